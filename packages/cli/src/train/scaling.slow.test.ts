import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createFakeHome } from "../fake-home.ts";

const home = createFakeHome();
const file = (name: string): string => join(home.path, name);

const lines = Array.from({ length: 60 }, (_, i) =>
  JSON.stringify({ text: `line ${i} of a text about rivers, lakes and ${i * 17} hills` }),
);

test("train scaling trains each run once, and goes on with what is missing", async () => {
  writeFileSync(file("texts.jsonl"), `${lines.join("\n")}\n`);
  const words300 = ["train", "tokenizer", "-i", file("texts.jsonl"), "-v", "300", "-o", file("words")];
  assert.equal((await home.llamero(words300)).code, 0);
  const recipe = file("base.yaml");
  writeFileSync(
    recipe,
    JSON.stringify({
      tokenizer: file("words"),
      model: { hiddenSize: 64, intermediateSize: 128, numHiddenLayers: 2, numAttentionHeads: 4 },
      data: { sources: { texts: { files: [file("texts.jsonl")] } } },
      batch: { steps: 100, length: 32, tokens: 256 },
    }),
  );
  const out = file("trained-sweep");
  const words = [
    "train",
    "scaling",
    recipe,
    "--budgets",
    "3e8,6e8",
    "--sizes",
    "16x1,32x1,48x1",
    "--min-steps",
    "2",
  ];
  const heldOut = ["data.validation.share=0.2", "data.validation.tokens=256"];
  const first = await home.llamero([...words, ...heldOut, "-o", out]);
  // So few steps need not give a law; the runs are kept all the same.
  assert.ok(first.code === 0 || /best size|resamples/.test(first.stderr), first.stderr);
  const path = join(out, "points.json");
  const points = JSON.parse(readFileSync(path, "utf8"));
  assert.equal(points.length, 6);
  for (const { loss } of points) assert.ok(loss > 1 && loss < 10, `${loss}`);
  assert.equal(first.stderr.match(/: loss /g)?.length, 6);
  writeFileSync(path, JSON.stringify(points.slice(0, 5)));
  const second = await home.llamero([...words, ...heldOut, "-o", out]);
  assert.equal(second.stderr.match(/ steps\n/g)?.length, 1);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), points);
});
