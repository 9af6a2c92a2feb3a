import assert from "node:assert/strict";
import { test } from "node:test";
import { readPretrainRecipe } from "./parse-recipe.ts";

const yaml = `
name: base
tokenizer: tokenizer.json
model: { hiddenSize: 64, intermediateSize: 128, numHiddenLayers: 2, numAttentionHeads: 4 }
data:
  sources: { novels: "novels/*.jsonl.zst", code: { files: [a.jsonl, b.jsonl], field: content } }
  mix: { novels: 3, code: 1 }
batch: { steps: 400, length: 128 }
`;
const read = (...overrides: string[]): ReturnType<typeof readPretrainRecipe> =>
  readPretrainRecipe(yaml, "/recipes/base.yaml", overrides);

test("readPretrainRecipe fills in defaults and makes paths absolute", () => {
  const recipe = read();
  assert.equal(recipe.tokenizer, "/recipes/tokenizer.json");
  assert.deepEqual(recipe.data.sources["novels"]!.files, ["/recipes/novels/*.jsonl.zst"]);
  assert.equal(recipe.data.sources["code"]!.field, "content");
  assert.equal(recipe.model!.headDim, 16);
  assert.equal(recipe.batch.tokens, 2048);
  assert.equal(recipe.schedule.warmupSteps, 20);
  assert.equal(recipe.checkpointEvery, 20);
});

test("readPretrainRecipe takes key=value over what the file says", () => {
  const recipe = read(
    "batch.steps=7",
    "data.mix={code: 1}",
    "anneal.steps=2",
    "model.tieWordEmbeddings=false",
  );
  assert.equal(recipe.batch.steps, 7);
  assert.deepEqual(recipe.data.mix, { code: 1 });
  assert.deepEqual(recipe.anneal, { steps: 2, mix: null, averageEvery: 0 });
  assert.equal(recipe.model!.tieWordEmbeddings, false);
});

test("readPretrainRecipe names what it does not know, and what was meant", () => {
  assert.throws(
    () => read("learningrate=1"),
    /base.yaml has no field learningrate; did you mean learningRate\?/,
  );
  assert.throws(() => read("batch.step=1"), /batch has no field step; did you mean steps\?/);
  assert.throws(() => read("data.mix.novel=1"), /no field novel; did you mean novels\?/);
  assert.throws(() => read("anneal.mix.cod=1"), /no field cod; did you mean code\?/);
});

test("readPretrainRecipe names what makes no sense", () => {
  assert.throws(() => read("batch.steps=many"), /steps takes a number of at least 0, not "many"/);
  assert.throws(() => read("batch.steps"), /batch.steps is not an override; write key=value/);
  assert.throws(() => read("model=null"), /give either model .* or init/);
  assert.throws(() => read("batch.tokens=64"), /tokens is 64, less than one sequence of length 128/);
  assert.throws(() => read("model.numKeyValueHeads=3"), /4 heads are not a multiple of 3/);
  assert.throws(() => read("data.mix={}"), /no source has a share above 0/);
  assert.throws(() => read("anneal.steps=500"), /steps is 500, more than the 400 of the run/);
  assert.throws(() => readPretrainRecipe("a: [", "x.yaml"), /x.yaml is not YAML/);
});
