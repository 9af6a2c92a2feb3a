import type { WeightFormat, WeightSpec } from "../kernels.ts";
import { rowBytes, weightFormats } from "../weight-formats/table.ts";

/** Uniform numbers in [-1, 1), the same in every run (mulberry32). */
export function randomNumbers(seed: number, count: number): Float32Array {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    numbers[i] = (mixed ^ (mixed >>> 14)) / 2 ** 31;
  }
  return numbers;
}

/** Integers in [0, below), the same in every run. */
export function randomIntegers(seed: number, count: number, below: number): Int32Array {
  return Int32Array.from(randomNumbers(seed, count), (x) => Math.floor(((x + 1) / 2) * below));
}

/** A weight of such numbers times `size`; FP8 gets a factor of 0.5 to 1.5 per row. */
export function randomWeight(
  name: string,
  format: WeightFormat,
  rows: number,
  cols: number,
  { seed, size = 1 }: { seed: number; size?: number },
): WeightSpec {
  const values = randomNumbers(seed, rows * cols).map((x) => x * size);
  const bytes = new Uint8Array(rows * rowBytes(format, cols));
  weightFormats[format].quantize(values, 0, bytes, 0, rows * cols);
  const spec: WeightSpec = { name, format, rows, cols, data: { kind: "bytes", bytes } };
  if (format !== "f8_e4m3") return spec;
  return { ...spec, rowScale: randomNumbers(seed + 1, rows).map((x) => 1 + x / 2) };
}
