import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fakeFolder } from "../../train/src/pretrain/fake-pretrain.ts";
import { createFakeHome } from "./fake-home.ts";

const home = createFakeHome();

/** A recipe small enough for the reference backend. */
function recipe(): string {
  const folder = fakeFolder();
  const path = join(folder, "tiny.yaml");
  writeFileSync(
    path,
    `name: tiny
tokenizer: tokenizer.json
model: { hiddenSize: 16, intermediateSize: 32, numHiddenLayers: 1, numAttentionHeads: 2, maxPositionEmbeddings: 64 }
data:
  sources: { counts: counts.jsonl, letters: letters }
  mix: { counts: 3, letters: 1 }
  validation: { share: 0.1, tokens: 64 }
batch: { steps: 4, length: 32, tokens: 64 }
`,
  );
  return path;
}
const train = (words: readonly string[]): ReturnType<typeof home.llamero> =>
  home.llamero(["train", "pretrain", ...words, "--backend", "reference"]);

test("train pretrain writes a model, and refuses to begin the run again", async () => {
  const path = recipe();
  const { code, stdout, stderr } = await train([path, "batch.steps=3", "--json"]);
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as { step: number; model: string };
  assert.equal(result.step, 3);
  assert.equal(result.model, join(home.path, "runs", "tiny", "model"));
  assert.ok(existsSync(join(result.model, "tokenizer.json")));
  assert.match(stderr, /counts: 1 of 1 files.*\n.*letters: 6 of 6 files/s);
  assert.match(stderr, /step 3 of 3 {2}loss \d\.\d{3} {2}[\d.,]+ tokens\/s/);
  assert.match(readFileSync(join(home.path, "runs", "tiny", "run.json"), "utf8"), /"kind": "pretrain"/);
  const again = await train([path, "batch.steps=3"]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /stands after step 3; give --resume/);
  const other = await train([path, "batch.steps=3", "learningRate=1", "--resume"]);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /Setting learningRate was 0.001 .* and is 1 now/);
});

test("train pretrain names what is wrong with exit code 2", async () => {
  const path = recipe();
  for (const [words, message] of [
    [[path, "batch.step=3"], /batch has no field step; did you mean steps\?/],
    [["none.yaml"], /Cannot read none\.yaml/],
    [["none"], /Cannot read none/],
    [[path, "tokenizer=none.json"], /No such tokenizer: .*none\.json/],
    [[path, "model.vocabSize=10"], /has 258 tokens, but the model 10/],
    [[path, "data.sources.counts=none.jsonl"], /No file matches/],
    [[path, "--init", "none"], /No model named none/],
  ] as const) {
    const { code, stderr } = await train([...words, "--out", join(home.path, "bad")]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
