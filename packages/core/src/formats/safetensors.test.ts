import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openCheckpoint } from "./open-checkpoint.ts";
import { readTensorRows } from "./read-tensor-rows.ts";
import { readSafetensors, readShardedSafetensors, writeSafetensors } from "./safetensors.ts";
import { floatTensor } from "./tensor-source.ts";
import { configJson, temporaryFolder, testConfig, testTensors, writeJson } from "./test-model.ts";

test("writeSafetensors and readSafetensors keep every format, the order and the metadata", (t) => {
  const path = join(temporaryFolder(t), "x.safetensors");
  const values = Float32Array.of(1, -2, 0.5, 4, -8, 16);
  const formats = ["f8_e4m3", "f32", "bf16", "f16"] as const;
  const tensors = formats.map((format) => floatTensor(format, [2, 3], values, format));
  writeSafetensors(path, { tensors, metadata: { step: "12" } });
  const file = readSafetensors(path);
  assert.deepEqual([...file.tensors.keys()], formats);
  assert.deepEqual(file.metadata, { format: "pt", step: "12" });
  const fp8 = file.tensors.get("f8_e4m3")!;
  assert.ok(fp8.data.kind === "file" && fp8.data.offset % 8 === 0);
  for (const format of formats) assert.deepEqual(readTensorRows(file.tensors.get(format)!, 0, 2), values);
  const q8 = floatTensor("w", [1, 32], new Float32Array(32), "q8_0");
  assert.throws(
    () => writeSafetensors(path, { tensors: [q8] }),
    /safetensors cannot store q8_0 \(tensor w\)/,
  );
});

test("openCheckpoint reads shards through model.safetensors.index.json", (t) => {
  const folder = temporaryFolder(t);
  const tensors = testTensors(testConfig).map(({ name, shape, values }) => floatTensor(name, shape, values));
  const shards = [tensors.slice(0, 9), tensors.slice(9)];
  const weightMap: Record<string, string> = {};
  for (const [i, shard] of shards.entries()) {
    const name = `model-0000${i + 1}-of-00002.safetensors`;
    writeSafetensors(join(folder, name), { tensors: shard });
    for (const tensor of shard) weightMap[tensor.name] = name;
  }
  writeJson(folder, "config.json", configJson(testConfig));
  writeJson(folder, "model.safetensors.index.json", { metadata: {}, weight_map: weightMap });
  assert.deepEqual(openCheckpoint(folder).config, testConfig);
  writeJson(folder, "model.safetensors.index.json", {
    weight_map: { ...weightMap, extra: "model-00001-of-00002.safetensors" },
  });
  assert.throws(
    () => openCheckpoint(folder),
    /Tensor is not in model-00001-of-00002.safetensors.* \(tensor extra\)/,
  );
});

test("readShardedSafetensors opens only files beside the index", (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "model.safetensors.index.json");
  for (const name of ["../x", "/etc/passwd", "a/b", "..", "a\\b", "", 7]) {
    writeJson(folder, "model.safetensors.index.json", { weight_map: { w: name } });
    assert.throws(() => readShardedSafetensors(path), {
      name: "FormatError",
      message: /is not a file beside the index/,
    });
  }
});

const w = { dtype: "F32", shape: [2], data_offsets: [0, 8] };

const damages: { name: string; header: unknown; length?: bigint; message: RegExp }[] = [
  {
    name: "a huge header length",
    header: {},
    length: 2n ** 63n,
    message: /Impossible header length 9223372036854775808/,
  },
  { name: "text that is not JSON", header: "{", message: /Not valid JSON/ },
  { name: "deeply nested JSON", header: "[".repeat(1_000_000), message: /Not valid JSON/ },
  { name: "an array", header: "[]", message: /JSON is not an object/ },
  {
    name: "an entry that is a number",
    header: { w: 1 },
    message: /Header entry is not an object \(tensor w\)/,
  },
  {
    name: "an unknown dtype",
    header: { w: { ...w, dtype: "F64" } },
    message: /dtype "F64" is not supported/,
  },
  { name: "a negative size", header: { w: { ...w, shape: [-2] } }, message: /Impossible shape \[-2\]/ },
  {
    name: "sizes that overflow",
    header: { w: { ...w, shape: [2 ** 52, 2 ** 52] } },
    message: /of 8 bytes does not fit/,
  },
  {
    name: "no offsets",
    header: { w: { ...w, data_offsets: undefined } },
    message: /Impossible data_offsets/,
  },
  {
    name: "an end before the start",
    header: { w: { ...w, data_offsets: [8, 0] } },
    message: /Data at 8 to 0/,
  },
  {
    name: "an end beyond the file",
    header: { w: { ...w, data_offsets: [0, 99] } },
    message: /beyond the 8 bytes of data/,
  },
  {
    name: "overlapping tensors",
    header: { a: w, b: w },
    message: /Data starts at 0 but the tensor before ends at 8/,
  },
  { name: "bytes of no tensor", header: {}, message: /Tensors end at byte \d+ of \d+/ },
];

for (const { name, header, length, message } of damages) {
  test(`readSafetensors names what is wrong with ${name}`, (t) => {
    const path = join(temporaryFolder(t), "x.safetensors");
    const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(length ?? BigInt(json.length));
    writeFileSync(path, Buffer.concat([start, json, Buffer.alloc(8)]));
    assert.throws(() => readSafetensors(path), { name: "FormatError", message });
  });
}
