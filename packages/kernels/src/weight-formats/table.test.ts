import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { WeightFormat } from "../kernels.ts";
import { floatToHalf, halfValues } from "./float.ts";
import { fp8Values } from "./fp8.ts";
import { rowBytes, weightFormats } from "./table.ts";

const shared =
  process.env["LLAMERO_SHARED"] ?? resolve(dirname(fileURLToPath(import.meta.url)), "../../../../../shared");
const quantsPath = join(shared, "golden/gguf_quants.json");
const fp8Path = join(shared, "golden/fp8_e4m3fn.json");

interface GoldenQuant {
  shape: [number, number];
  input_f32_b64?: string;
  bytes_b64: string;
  dequant_f32_b64: string;
}

function floats(base64: string): Float32Array {
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  return new Float32Array(bytes.buffer);
}

/** Compares bits, with -0 and +0 taken as equal. */
function assertSameFloats(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    if (actual[i] !== expected[i]) assert.fail(`element ${i}: ${actual[i]} instead of ${expected[i]}`);
  }
}

const formats = Object.keys(weightFormats) as WeightFormat[];

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test("weightFormats dequantises and quantises the golden blocks exactly", (t) => {
  if (!existsSync(quantsPath)) return t.skip("needs ../shared: golden/gguf_quants.json");
  const golden = JSON.parse(readFileSync(quantsPath, "utf8")) as { types: Record<string, GoldenQuant> };
  const seen: string[] = [];
  for (const [name, entry] of Object.entries(golden.types)) {
    const codec = weightFormats[name.toLowerCase() as WeightFormat];
    if (codec === undefined) continue;
    seen.push(name);
    const bytes = new Uint8Array(Buffer.from(entry.bytes_b64, "base64"));
    const count = entry.shape[0] * entry.shape[1];
    const values = new Float32Array(count + 3);
    codec.dequantize(bytes, 0, values, 3, count);
    assertSameFloats(values.subarray(3), floats(entry.dequant_f32_b64));
    if (entry.input_f32_b64 === undefined) continue;
    const stored = new Uint8Array(bytes.length + 1);
    codec.quantize(floats(entry.input_f32_b64), 0, stored, 1, count);
    assert.deepEqual(stored.subarray(1), bytes, name);
  }
  assert.equal(seen.length, 10);
});

test("f8_e4m3 dequantises the golden table and quantises every value back to itself", (t) => {
  if (!existsSync(fp8Path)) return t.skip("needs ../shared: golden/fp8_e4m3fn.json");
  const { table } = JSON.parse(readFileSync(fp8Path, "utf8")) as { table: (number | null)[] };
  for (const [byte, value] of table.entries()) {
    if (value === null) assert.ok(Number.isNaN(fp8Values[byte]));
    else assert.equal(fp8Values[byte]! + 0, value + 0);
  }
  const finite = Uint8Array.from({ length: 256 }, (_, i) => i).filter((byte) => (byte & 0x7f) !== 0x7f);
  const values = new Float32Array(finite.length);
  weightFormats.f8_e4m3.dequantize(finite, 0, values, 0, finite.length);
  const back = new Uint8Array(finite.length);
  weightFormats.f8_e4m3.quantize(values, 0, back, 0, finite.length);
  assert.deepEqual(back, finite);
});

test("f8_e4m3 quantize rounds ties to even and saturates", () => {
  const codec = weightFormats.f8_e4m3;
  const out = new Uint8Array(5);
  codec.quantize(Float32Array.of(1 + 1 / 16, 1 + 3 / 16, 1e9, -Infinity, NaN), 0, out, 0, 5);
  const values = new Float32Array(5);
  codec.dequantize(out, 0, values, 0, 5);
  assert.deepEqual([...values], [1, 1.25, 448, -448, NaN]);
});

test("floatToHalf inverts halfValues and rounds ties to even", () => {
  for (let half = 0; half < 65536; half++) {
    const value = halfValues[half]!;
    if (!Number.isNaN(value) && floatToHalf(value) !== half) assert.fail(`half ${half}`);
  }
  assert.equal(floatToHalf(1 + 1 / 2048), 0x3c00);
  assert.equal(floatToHalf(1 + 3 / 2048), 0x3c02);
  assert.equal(floatToHalf(2 ** -25), 0);
  assert.equal(floatToHalf(65520), 0x7c00);
});

/** Largest root-mean-square error over random normal rows, in units of their deviation. */
const maxError: { readonly [F in WeightFormat]: number } = {
  f32: 0,
  f16: 0.0005,
  bf16: 0.004,
  q8_0: 0.01,
  q4_0: 0.12,
  q4_1: 0.1,
  q5_0: 0.06,
  q5_1: 0.05,
  q4_k: 0.08,
  q5_k: 0.04,
  q6_k: 0.02,
  f8_e4m3: 0.04,
};

for (const format of formats) {
  test(`${format} keeps random rows within its error bound, and zero rows exact`, () => {
    const codec = weightFormats[format];
    const next = random(7);
    const count = 4096;
    const values = Float32Array.from(
      { length: count },
      () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    );
    const bytes = new Uint8Array(rowBytes(format, count));
    const back = new Float32Array(count);
    codec.quantize(values, 0, bytes, 0, count);
    codec.dequantize(bytes, 0, back, 0, count);
    const error = Math.sqrt(back.reduce((sum, x, i) => sum + (x - values[i]!) ** 2, 0) / count);
    assert.ok(error <= maxError[format], `${error}`);
    codec.quantize(new Float32Array(count), 0, bytes, 0, count);
    codec.dequantize(bytes, 0, back, 0, count);
    assert.ok(back.every((x) => x === 0));
  });
}

test("rowBytes names the format when a row is not whole blocks", () => {
  assert.equal(rowBytes("q4_k", 512), 288);
  assert.throws(() => rowBytes("q8_0", 33), /Row of 33 elements is not a multiple of q8_0's block of 32/);
});
