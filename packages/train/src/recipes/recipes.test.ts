import assert from "node:assert/strict";
import { test } from "node:test";
import { recipeKinds } from "./recipe-kinds.ts";
import { shippedRecipe, shippedRecipes } from "./shipped-recipes.ts";
import { validateRecipe } from "./validate-recipe.ts";

test("every shipped recipe has a title, a kind and no mistake, and every kind has one", async () => {
  const all = shippedRecipes();
  for (const { name, kind, title, text } of all) {
    assert.ok(title.length > 20 && title.length < 110, `${name}: ${title}`);
    const found = await validateRecipe(text, `/nowhere/${name}.yaml`);
    assert.equal(found.kind, kind, name);
    assert.ok(text.includes(`llamero ${found.command} ${name}.yaml`) || name === "scaling-tiny", name);
    // Without its line of kind it is still known.
    const guessed = await validateRecipe(text.replace(/^# kind:.*\n/m, ""), `/nowhere/${name}.yaml`);
    assert.equal(guessed.kind, kind, name);
  }
  assert.deepEqual([...new Set(all.map(({ kind }) => kind))].sort(), Object.keys(recipeKinds).sort());
});

test("validateRecipe fills in defaults, sets overrides and names inputs that are missing", async () => {
  const { text } = shippedRecipe("sft-lora");
  const overrides = ["lora.rank=4", "epochs=3"];
  const { value, missing } = await validateRecipe(text, "/nowhere/a.yaml", { overrides });
  const { lora, epochs } = value as { lora: { rank: number }; epochs: number };
  assert.deepEqual([lora.rank, epochs], [4, 3]);
  assert.deepEqual(missing, ["/nowhere/model", "/nowhere/chat.jsonl"]);
  const synth = shippedRecipe("synth-chat").text;
  const made = await validateRecipe(synth, "a.yaml", { overrides: ["tasks.0.count=7", "seed=9"] });
  const recipe = made.value as { seed: number; tasks: { count: number }[] };
  assert.deepEqual([recipe.seed, recipe.tasks[0]!.count], [9, 7]);
});

test("validateRecipe names wrong keys of every kind with what was meant", async () => {
  const wrong: Readonly<Record<string, readonly [string, RegExp]>> = {
    "pretrain-tiny": ["learningRat=1", /learningRat; did you mean learningRate\?/],
    "sft-lora": ["batch.token=1", /batch has no field token; did you mean tokens\?/],
    "dpo-full": ["betta=1", /betta; did you mean beta\?/],
    "synth-chat": ["sampling.temprature=1", /temprature; did you mean temperature\?/],
    "curate-texts": ["output.foldr=x", /foldr/],
  };
  for (const [name, [override, message]] of Object.entries(wrong)) {
    const { text } = shippedRecipe(name);
    await assert.rejects(validateRecipe(text, "a.yaml", { overrides: [override] }), (error: Error) => {
      assert.ok(error instanceof SyntaxError || error instanceof RangeError, name);
      assert.match(error.message, message);
      return true;
    });
  }
  const { text } = shippedRecipe("curate-texts");
  const bad = text.replace("keep: [en]", "kep: [en]");
  await assert.rejects(validateRecipe(bad, "a.yaml"), /kep/);
});

test("validateRecipe and shippedRecipe say what they do not know", async () => {
  await assert.rejects(validateRecipe("a: 1\n", "a.yaml"), /like no kind of recipe/);
  await assert.rejects(validateRecipe("# kind: sftt\na: 1\n", "a.yaml"), /no kind of recipe sftt/);
  await assert.rejects(validateRecipe("a: [\n", "a.yaml"), /a\.yaml is not YAML/);
  await assert.rejects(validateRecipe("[]", "a.yaml"), /no named settings/);
  await assert.rejects(
    validateRecipe("tasks: []\n", "a.yaml", { overrides: ["=1"] }),
    /=1 is not an override/,
  );
  assert.throws(() => shippedRecipe("sft-lra"), /no recipe sft-lra; did you mean sft-lora\?/);
});
