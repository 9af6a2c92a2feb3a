import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { convertModel, loadModel, openCheckpoint } from "@llamero/core";
import { writeByteModel } from "../tune/fake-model-folder.ts";
import { growModel } from "./grow-model.ts";

test("growModel adds layers that change no probability, between the old ones", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-grow-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [small, large] = [join(folder, "small"), join(folder, "large")];
  await writeByteModel(small, 1);
  const { numHiddenLayers } = openCheckpoint(small).config;
  await convertModel(growModel(small, numHiddenLayers + 1), large, {
    container: "safetensors",
    format: "f32",
  });
  assert.equal(openCheckpoint(large).config.numHiddenLayers, numHiddenLayers + 1);
  const scores: number[][] = [];
  for (const path of [small, large]) {
    await using model = await loadModel(path, { backend: "reference" });
    const scored = await model.score(model.tokenizer.encode("a small one grows"));
    scores.push(scored.map(({ logprob }) => logprob));
  }
  for (const [i, value] of scores[1]!.entries())
    assert.ok(Math.abs(value - scores[0]![i]!) < 1e-6, `token ${i}`);
  assert.throws(() => growModel(small, numHiddenLayers), /has \d+ layers and cannot grow to/);
  assert.throws(() => growModel(small, 9 * numHiddenLayers), /ask for/);
});
