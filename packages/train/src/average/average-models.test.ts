import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { convertModel, openCheckpoint, readTensorRows } from "@llamero/core";
import { byteConfig, writeByteModel } from "../tune/fake-model-folder.ts";
import { averageModels } from "./average-models.ts";

test("averageModels is the mean by weight, and refuses models of another shape", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-average-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [a, b, other, out] = ["a", "b", "other", "out"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  await writeByteModel(a, 1);
  await writeByteModel(b, 2);
  await writeByteModel(other, 3, { ...byteConfig, intermediateSize: 24 });
  await convertModel(averageModels([a, b], [3, 1]), out, { container: "safetensors", format: "f32" });
  const name = "model.layers.0.self_attn.q_proj.weight";
  const [x, y, mean] = [a, b, out].map((path) =>
    readTensorRows(openCheckpoint(path).tensors.get(name)!, 0, 16),
  );
  assert.equal(mean!.length, 256);
  for (const [i, value] of mean!.entries())
    assert.ok(Math.abs(value - (0.75 * x![i]! + 0.25 * y![i]!)) < 1e-7);
  assert.deepEqual(openCheckpoint(out).eosTokenIds, openCheckpoint(a).eosTokenIds);
  assert.throws(() => averageModels([a, other]), /intermediateSize is 32 and 24/);
  assert.throws(() => averageModels([a, b], [1]), /Weights are 1 for 2 models/);
  assert.throws(() => averageModels([]), /no model to average/);
});
