import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readGguf } from "./gguf.ts";
import { writeGguf } from "./gguf-writer.ts";
import { readTensorRows } from "./read-tensor-rows.ts";
import { floatTensor } from "./tensor-source.ts";
import { temporaryFolder } from "./test-model.ts";

test("readGguf and readTensorRows reach the last row of a tensor above 4 GiB", (t) => {
  const path = join(temporaryFolder(t), "sparse.gguf");
  const cols = 8192;
  const rows = 300_000;
  writeGguf(path, { metadata: [], tensors: [floatTensor("w", [1, cols], new Float32Array(cols), "f16")] });
  const bytes = readFileSync(path);
  // Dimensions follow magic, version, two counts, name length, name and the number of dimensions.
  bytes.writeBigUInt64LE(BigInt(rows), 24 + 8 + 1 + 4 + 8);
  const { dataOffset } = readGguf(path);
  writeFileSync(path, bytes.subarray(0, dataOffset));
  const end = dataOffset + rows * cols * 2;
  assert.ok(end > 2 ** 32);
  const fd = openSync(path, "r+");
  ftruncateSync(fd, end);
  writeSync(fd, Uint8Array.of(0, 0x3c, 0, 0xc0), 0, 4, end - 4);
  closeSync(fd);
  const tensor = readGguf(path).tensors.get("w")!;
  assert.deepEqual(tensor.shape, [rows, cols]);
  const last = readTensorRows(tensor, rows - 1, 1);
  assert.deepEqual([...last.subarray(-3)], [0, 1, -2]);
});
