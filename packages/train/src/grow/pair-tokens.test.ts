import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openCheckpoint, readTensorRows } from "@llamero/core";
import { byteConfig, writeByteModel } from "../tune/fake-model-folder.ts";
import { pairTokens } from "./pair-tokens.ts";

test("pairTokens makes tokens that differ by a space differ by one direction, and leaves the others", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "llamero-pair-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, "model");
  await writeByteModel(folder, 1);
  // Names of the model's tokens as a vocabulary of words would have them.
  const vocabulary = new Map([
    ["Coral", 10],
    ["ĠCoral", 20],
    ["bay", 30],
    ["Ġbay", 40],
    ["Ġ", 50],
    ["ĠĠ", 80],
    [".", 60],
    ["Ġ.", 70],
  ]);
  const { model, pairs } = pairTokens(folder, vocabulary);
  assert.equal(pairs, 2);
  const [before, after] = [openCheckpoint(folder), model].map((each) => {
    const tensor = each.tensors.get("model.embed_tokens.weight")!;
    return readTensorRows(tensor, 0, byteConfig.vocabSize);
  }) as [Float32Array, Float32Array];
  const { hiddenSize } = byteConfig;
  const at = (values: Float32Array, id: number, i: number): number => values[id * hiddenSize + i]!;
  for (let i = 0; i < hiddenSize; i++) {
    const apart = at(after, 10, i) - at(after, 20, i);
    assert.ok(Math.abs(apart - (at(after, 30, i) - at(after, 40, i))) < 1e-6, `direction ${i}`);
    const middles = [before, after].map((values) => (at(values, 10, i) + at(values, 20, i)) / 2);
    assert.ok(Math.abs(middles[0]! - middles[1]!) < 1e-6, `middle ${i}`);
    for (const id of [50, 60, 70, 80]) assert.equal(at(after, id, i), at(before, id, i));
  }
  assert.throws(() => pairTokens(folder, new Map([["Coral", 10]])), /no tokens with and without a space/);
});
