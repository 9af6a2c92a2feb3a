import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mode, Program, WeightFormat } from "../kernels.ts";
import { rowBytes, weightFormats } from "../weight-formats/table.ts";
import { hasVariant, type KernelVariant } from "./assets.ts";
import { createWasmBackend } from "./backend.ts";
import { numbers } from "./tiny-program.ts";

const variants = (["base", "relaxed", "relaxed-dot"] as const).filter(hasVariant);
// Neither a whole number of groups of 16 rows, nor of panels of 512 columns.
const [T, N, K] = [5, 37, 768] as const;
const tokens = Int32Array.of(0, 1, 2, 17, 36);

const program: Program = {
  weights: [{ name: "w", rows: N, cols: K }],
  frequencies: [],
  ops: [
    { op: "input", name: "x", shape: ["rows", K] },
    { op: "linear", x: 0, weight: 0 },
    { op: "embed", table: 0 },
  ],
  outputs: { y: 1, rows: 2 },
};

/** Largest root mean square error of y against f64 sums, relative to y; 8-bit activations are the coarsest. */
function tolerance(variant: KernelVariant, mode: Mode): number {
  if (mode !== "fast") return 1e-6;
  return variant === "relaxed-dot" ? 1e-2 : 1e-4;
}

function relativeError(y: Float32Array, x: Float32Array, w: Float32Array): number {
  let error = 0;
  let size = 0;
  for (let t = 0; t < T; t++) {
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += x[t * K + k]! * w[n * K + k]!;
      error += (sum - y[t * N + n]!) ** 2;
      size += sum ** 2;
    }
  }
  return Math.sqrt(error / size);
}

for (const variant of variants) {
  for (const format of Object.keys(weightFormats) as WeightFormat[]) {
    test(`packWeight keeps ${format} without loss for embed and linear (${variant})`, async () => {
      const bytes = new Uint8Array(N * rowBytes(format, K));
      weightFormats[format].quantize(numbers(7, N * K), 0, bytes, 0, N * K);
      const w = new Float32Array(N * K);
      weightFormats[format].dequantize(bytes, 0, w, 0, N * K);
      const x = numbers(11, T * K);
      await using backend = await createWasmBackend({ threads: 0, variant });
      const weight = backend.createWeight({
        name: "w",
        format,
        rows: N,
        cols: K,
        data: { kind: "bytes", bytes },
      });
      assert.equal(backend.packedBytes(format, N, K) <= backend.live().bytes, true);
      for (const mode of ["fast", "exact", "deterministic"] as const) {
        const options = { weights: [weight], kv: null, maxRows: T, maxOutputs: 1, mode };
        await using executable = backend.compile(program, options);
        for (const count of [1, T]) {
          await executable.run({
            tokens: tokens.slice(0, count),
            sequences: [{ rowStart: 0, rowCount: count, position: 0, blocks: new Int32Array(0) }],
            outputRows: new Int32Array(0),
            inputs: { x: x.slice(0, count * K) },
          });
        }
        const error = relativeError(executable.read("y", 0, T), x, w);
        assert.ok(error < tolerance(variant, mode), `${mode}: relative error ${error}`);
        const rows = executable.read("rows", 0, T);
        const expected = [...tokens].flatMap((token) => [...w.subarray(token * K, (token + 1) * K)]);
        // Adding 0 makes -0, which q4_0 has where the scale is negative, equal to 0.
        assert.deepEqual(
          [...rows.map((value) => value + 0)],
          expected.map((value) => value + 0),
        );
      }
    });
  }
}
