import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { WeightFormat } from "@llamero/kernels";
import { weightFormats } from "@llamero/kernels";
import { modelPath } from "../testdata.ts";
import { readGguf } from "./gguf.ts";
import { exportGguf } from "./gguf-export.ts";
import type { GgufValue } from "./gguf-types.ts";
import { writeGguf } from "./gguf-writer.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { readTensorBytes } from "./read-tensor.ts";
import { readTensorRows } from "./read-tensor-rows.ts";
import { copyTensor, floatTensor } from "./tensor-source.ts";
import { seededRandom, temporaryFolder, testConfig, writeTestFolder } from "./test-model.ts";

const everyType: [string, GgufValue][] = [
  ["a.u8", { type: "u8", value: 255 }],
  ["a.i8", { type: "i8", value: -128 }],
  ["a.u16", { type: "u16", value: 65535 }],
  ["a.i16", { type: "i16", value: -32768 }],
  ["a.u32", { type: "u32", value: 4294967295 }],
  ["a.i32", { type: "i32", value: -2147483648 }],
  ["a.f32", { type: "f32", value: 0.5 }],
  ["a.bool", { type: "bool", value: true }],
  ["a.string", { type: "string", value: "Ġhello 🦙\0" }],
  ["a.u64", { type: "u64", value: 2n ** 64n - 1n }],
  ["a.i64", { type: "i64", value: -5 }],
  ["a.f64", { type: "f64", value: Math.PI }],
  ["a.strings", { type: "array", of: "string", value: ["", "Ġa", "日本", "🦙"] }],
  ["a.floats", { type: "array", of: "f32", value: [1, -2.5] }],
  ["a.flags", { type: "array", of: "bool", value: [true, false] }],
  ["a.empty", { type: "array", of: "i32", value: [] }],
];

test("writeGguf and readGguf keep every metadata type and every weight format", (t) => {
  const path = join(temporaryFolder(t), "all.gguf");
  const random = seededRandom(3);
  const values = Float32Array.from({ length: 3 * 512 }, () => random() - 0.5);
  const formats = (Object.keys(weightFormats) as WeightFormat[]).filter((format) => format !== "f8_e4m3");
  for (const alignment of [32, 64]) {
    const metadata: [string, GgufValue][] = [
      ...everyType,
      ["general.alignment", { type: "u32", value: alignment }],
    ];
    const tensors = formats.map((format) => floatTensor(`t.${format}`, [3, 512], values, format));
    writeGguf(path, { metadata, tensors });
    const file = readGguf(path);
    assert.deepEqual([...file.metadata], metadata);
    assert.equal(file.alignment, alignment);
    for (const format of formats) {
      const tensor = file.tensors.get(`t.${format}`)!;
      assert.deepEqual([tensor.shape, tensor.format], [[3, 512], format]);
      assert.ok(tensor.data.kind === "file" && tensor.data.offset % alignment === 0);
      const stored = Buffer.concat([...floatTensor("", [3, 512], values, format).pieces()]);
      assert.ok(stored.equals(readTensorBytes(tensor.data)), format);
      const expected = new Float32Array(512);
      weightFormats[format].dequantize(stored, (stored.length / 3) * 2, expected, 0, 512);
      assert.deepEqual(readTensorRows(tensor, 2, 1), expected);
    }
  }
});

test("writeGguf refuses formats that GGUF does not have and leaves no file behind", (t) => {
  const folder = temporaryFolder(t);
  const fp8 = floatTensor("w", [1, 4], new Float32Array(4), "f8_e4m3");
  const path = join(folder, "x.gguf");
  assert.throws(
    () => writeGguf(path, { metadata: [], tensors: [fp8] }),
    /GGUF cannot store f8_e4m3 \(tensor w\)/,
  );
  const short = { name: "w", shape: [4], format: "f32" as const, pieces: () => [new Uint8Array(12)] };
  assert.throws(() => writeGguf(path, { metadata: [], tensors: [short] }), /gave 12 bytes instead of 16/);
  assert.throws(() => readFileSync(path), /ENOENT/);
  assert.throws(() => readFileSync(`${path}.partial`), /ENOENT/);
});

/** Header of a file with one f32 tensor [2, 4], with a chance to damage it. */
function writeDamaged(path: string, damage: (bytes: Buffer) => void): void {
  const tensor = floatTensor("w", [2, 4], new Float32Array(8));
  writeGguf(path, { metadata: [["k", { type: "string", value: "v" }]], tensors: [tensor] });
  const bytes = readFileSync(path);
  damage(bytes);
  writeFileSync(path, bytes);
}

// Offsets: 24 key length, 33 value type, 37 value length, 46 tensor name length, 55 dimensions,
// 59 and 67 the dimensions, 75 type, 79 offset.
const damages: { name: string; damage: (bytes: Buffer) => void; message: RegExp }[] = [
  { name: "another magic", damage: (b) => b.write("GGML"), message: /Not a GGUF file/ },
  { name: "version 1", damage: (b) => b.writeUInt32LE(1, 4), message: /GGUF version 1 is not supported/ },
  { name: "big-endian", damage: (b) => b.writeUInt32BE(3, 4), message: /big-endian/ },
  {
    name: "a huge tensor count",
    damage: (b) => b.writeBigUInt64LE(2n ** 40n, 8),
    message: /Impossible number of tensors: 1099511627776/,
  },
  {
    name: "a metadata count beyond 2^53",
    damage: (b) => b.writeBigUInt64LE(2n ** 63n, 16),
    message: /Impossible number of metadata entries: 9223372036854775808/,
  },
  {
    name: "a huge key length",
    damage: (b) => b.writeBigUInt64LE(10n ** 12n, 24),
    message: /Impossible length of metadata key: 1000000000000 bytes/,
  },
  {
    name: "an unknown value type",
    damage: (b) => b.writeUInt32LE(13, 33),
    message: /k has unknown value type 13/,
  },
  {
    name: "a huge string",
    damage: (b) => b.writeBigUInt64LE(2n ** 32n, 37),
    message: /Impossible length of k: 4294967296 bytes/,
  },
  {
    name: "zero dimensions",
    damage: (b) => b.writeUInt32LE(0, 55),
    message: /number of dimensions: 0 \(tensor w/,
  },
  {
    name: "dimensions whose product overflows",
    damage: (b) => {
      b.writeBigUInt64LE(2n ** 40n, 59);
      b.writeBigUInt64LE(2n ** 40n, 67);
    },
    message: /Impossible dimensions 1099511627776: the file is too small \(tensor w, byte 67\)/,
  },
  {
    name: "an unsupported type",
    damage: (b) => b.writeUInt32LE(10, 75),
    message: /Q2_K \(type 10\) is not supported/,
  },
  {
    name: "an unknown type",
    damage: (b) => b.writeUInt32LE(77, 75),
    message: /unknown \(type 77\) is not supported/,
  },
  {
    name: "partial blocks",
    damage: (b) => b.writeUInt32LE(8, 75),
    message: /Rows of 4 elements are not whole q8_0/,
  },
  {
    name: "a misaligned offset",
    damage: (b) => b.writeUInt32LE(8, 79),
    message: /not a multiple of the alignment 32/,
  },
  {
    name: "an offset beyond the end",
    damage: (b) => b.writeUInt32LE(64, 79),
    message: /ends beyond the file's 128 bytes/,
  },
];

for (const { name, damage, message } of damages) {
  test(`readGguf names what is wrong with ${name}`, (t) => {
    const path = join(temporaryFolder(t), "x.gguf");
    writeDamaged(path, damage);
    assert.throws(() => readGguf(path), { name: "FormatError", message });
  });
}

test("openCheckpoint opens SmolLM2-135M with its configuration, tokenizer and 272 tensors", (t) => {
  const path = modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
  if (path === null) return t.skip("needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf");
  const model = openCheckpoint(path);
  assert.deepEqual(model.config, {
    hiddenSize: 576,
    intermediateSize: 1536,
    numHiddenLayers: 30,
    numAttentionHeads: 9,
    numKeyValueHeads: 3,
    headDim: 64,
    vocabSize: 49152,
    rmsNormEps: 1e-5,
    ropeTheta: 100000,
    ropeScaling: null,
    maxPositionEmbeddings: 8192,
    tieWordEmbeddings: true,
  });
  assert.equal(model.kind, "gguf");
  assert.equal(model.ropeLayout, "adjacent");
  assert.equal(model.tensors.size, 272);
  assert.deepEqual([model.bosTokenId, model.eosTokenIds], [1, [2]]);
  assert.match(model.chatTemplate ?? "", /^\{% for message in messages %\}/);
  const { tokenizer } = model;
  assert.ok(tokenizer?.kind === "gguf");
  assert.deepEqual([tokenizer.model, tokenizer.pre, tokenizer.addBosToken], ["gpt2", "smollm", false]);
  assert.deepEqual([tokenizer.tokens.length, tokenizer.merges.length], [49152, 48900]);
  const parameters = [...model.tensors.values()].reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b),
    0,
  );
  assert.equal(parameters, 134_515_008);
});

test("openCheckpoint applies a GGUF file's linear RoPE factor to its divisors too, and refuses other scalings", (t) => {
  const folder = temporaryFolder(t);
  writeTestFolder(folder, testConfig);
  const path = join(folder, "plain.gguf");
  exportGguf(openCheckpoint(folder), path, { formatOf: () => "f32" });
  const { metadata, tensors } = readGguf(path);
  const scaled = (type: string, hasDivisors: boolean): (() => unknown) => {
    const divisors = floatTensor("rope_freqs.weight", [4], Float32Array.of(1, 1, 2, 8));
    writeGguf(join(folder, "scaled.gguf"), {
      metadata: [
        ...metadata,
        ["llama.rope.scaling.type", { type: "string", value: type }],
        ["llama.rope.scaling.factor", { type: "f32", value: 4 }],
      ],
      tensors: [...[...tensors.values()].map(copyTensor), ...(hasDivisors ? [divisors] : [])],
    });
    return () => openCheckpoint(join(folder, "scaled.gguf")).config.ropeScaling;
  };
  assert.deepEqual(scaled("linear", false)(), { ropeType: "linear", factor: 4 });
  assert.deepEqual(scaled("none", false)(), null);
  assert.deepEqual(scaled("linear", true)(), { ropeType: "divisors", divisors: [4, 4, 8, 32] });
  assert.deepEqual(scaled("none", true)(), { ropeType: "divisors", divisors: [1, 1, 2, 8] });
  for (const hasDivisors of [false, true])
    assert.throws(scaled("yarn", hasDivisors), /RoPE scaling "yarn" is not supported/);
});
