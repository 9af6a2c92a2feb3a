// Test support: one attention layer with made-up weights, run by the tests here and by a page in a browser.
import type {
  Backend,
  Executable,
  KvDtype,
  Mode,
  Program,
  Step,
  WeightFormat,
  WeightHandle,
} from "../kernels.ts";
import { rowBytes, weightFormats } from "../weight-formats/table.ts";

/** Uniform numbers in [-1, 1), the same in every run. */
export function numbers(seed: number, count: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x40000000 - 1;
  });
}

/** A weight of such numbers. */
export function createWeight(
  backend: Backend,
  name: string,
  format: WeightFormat,
  rows: number,
  cols: number,
): WeightHandle {
  const bytes = new Uint8Array(rows * rowBytes(format, cols));
  const values = numbers(rows * 31 + cols + name.length, rows * cols);
  weightFormats[format].quantize(values, 0, bytes, 0, rows * cols);
  return backend.createWeight({ name, format, rows, cols, data: { kind: "bytes", bytes } });
}

const D = 64;
/** Tokens of the vocabulary. */
export const V = 40;
const weights = [
  { name: "embed", rows: V, cols: D },
  { name: "norm", rows: 1, cols: D },
  { name: "q", rows: D, cols: D },
  { name: "kv", rows: D / 2, cols: D },
] as const;

/** One attention layer over a small vocabulary: every op but `input`. */
const program: Program = {
  weights,
  frequencies: [[1, 0.5, 0.25, 0.125, 0.1, 0.05, 0.01, 0.001]],
  ops: [
    { op: "embed", table: 0 },
    { op: "rmsNorm", x: 0, weight: 1, eps: 1e-5 },
    { op: "linear", x: 1, weight: 2 },
    { op: "linear", x: 1, weight: 3 },
    { op: "rope", x: 2, heads: 4, headDim: 16, layout: "halves", frequencies: 0 },
    { op: "rope", x: 3, heads: 2, headDim: 16, layout: "halves", frequencies: 0 },
    { op: "writeKv", k: 5, v: 3, layer: 0 },
    { op: "attention", q: 4, after: 6, layer: 0, heads: 4, kvHeads: 2, headDim: 16, scale: 0.25 },
    { op: "add", a: 0, b: 7 },
    { op: "siluMul", gate: 8, up: 1 },
    { op: "selectRows", x: 9 },
    { op: "linear", x: 10, weight: 0 },
  ],
  outputs: { logits: 11 },
};

/** The program over fresh weights and KV pool. */
export function openTinyProgram(backend: Backend, mode: Mode, dtype: KvDtype): Executable {
  const handles = weights.map(({ name, rows, cols }) =>
    createWeight(backend, name, rows === 1 ? "f32" : "q4_1", rows, cols),
  );
  const kv = backend.createKv({ layers: 1, kvHeads: 2, headDim: 16, blocks: 6, dtype });
  return backend.compile(program, { weights: handles, kv, maxRows: 64, maxOutputs: 64, mode });
}

const blocks = Int32Array.of(4, 1, 5);

/** One step of one sequence, all rows wanted. */
export function stepOf(tokens: readonly number[], position: number): Step {
  return {
    tokens: Int32Array.from(tokens),
    sequences: [{ rowStart: 0, rowCount: tokens.length, position, blocks }],
    outputRows: Int32Array.from(tokens.keys()),
  };
}

const prompt = Array.from({ length: 45 }, (_, i) => (i * 7) % V);

/** Logits of the prompt, fed in chunks of the given sizes. */
export async function logitsOf(executable: Executable, chunks: readonly number[]): Promise<Float32Array> {
  const logits = new Float32Array(prompt.length * V);
  let position = 0;
  for (const size of chunks) {
    const tokens = prompt.slice(position, position + size);
    await executable.run(stepOf(tokens, position));
    logits.set(executable.read("logits", 0, tokens.length), position * V);
    position += tokens.length;
  }
  return logits;
}
