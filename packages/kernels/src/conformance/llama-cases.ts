import type { Op, Program, ValueId, WeightFormat, WeightSpec } from "../kernels.ts";
import { numKvBlocks, scheduledSteps } from "./attention-cases.ts";
import type { ConformanceCase } from "./case.ts";
import { randomIntegers, randomNumbers, randomWeight } from "./random-data.ts";

// D hidden size, F intermediate size, V vocabulary.
const [D, F, V, heads, kvHeads, headDim, numLayers] = [256, 256, 320, 8, 2, 32, 2];

/** A Llama of two layers. Its output `y` is the logits. */
function tinyLlama(format: WeightFormat): { program: Program; weights: WeightSpec[] } {
  const weights: WeightSpec[] = [];
  const ops: Op[] = [];
  const emit = (op: Op): ValueId => ops.push(op) - 1;
  const matrix = (name: string, rows: number, cols: number): number => {
    const size = Math.sqrt(3 / cols);
    return weights.push(randomWeight(name, format, rows, cols, { seed: weights.length, size })) - 1;
  };
  const linear = (x: ValueId, name: string, rows: number, cols: number): ValueId =>
    emit({ op: "linear", x, weight: matrix(name, rows, cols) });
  const norm = (x: ValueId, name: string): ValueId => {
    const values = randomNumbers(weights.length, D).map((w) => 1 + w / 4);
    const bytes = new Uint8Array(values.buffer);
    const weight =
      weights.push({ name, format: "f32", rows: 1, cols: D, data: { kind: "bytes", bytes } }) - 1;
    return emit({ op: "rmsNorm", x, weight, eps: 1e-5 });
  };
  const rotate = (x: ValueId, count: number): ValueId =>
    emit({ op: "rope", x, heads: count, headDim, layout: "halves", frequencies: 0 });

  let x = emit({ op: "embed", table: matrix("embed", V, D) });
  for (let layer = 0; layer < numLayers; layer++) {
    const n = norm(x, `${layer}.attention_norm`);
    const q = rotate(linear(n, `${layer}.q`, heads * headDim, D), heads);
    const k = rotate(linear(n, `${layer}.k`, kvHeads * headDim, D), kvHeads);
    const v = linear(n, `${layer}.v`, kvHeads * headDim, D);
    const after = emit({ op: "writeKv", k, v, layer });
    const scale = 1 / Math.sqrt(headDim);
    const mixed = emit({ op: "attention", q, after, layer, heads, kvHeads, headDim, scale });
    x = emit({ op: "add", a: x, b: linear(mixed, `${layer}.o`, D, heads * headDim) });
    const m = norm(x, `${layer}.ffn_norm`);
    const gate = linear(m, `${layer}.gate`, F, D);
    const up = linear(m, `${layer}.up`, F, D);
    const down = linear(emit({ op: "siluMul", gate, up }), `${layer}.down`, D, F);
    x = emit({ op: "add", a: x, b: down });
  }
  const hidden = norm(emit({ op: "selectRows", x }), "norm");
  // Tied: the embedding is also the output matrix.
  const y = emit({ op: "linear", x: hidden, weight: 0 });
  const frequencies = [Array.from({ length: headDim / 2 }, (_, i) => 10000 ** ((-2 * i) / headDim))];
  const program: Program = {
    weights: weights.map(({ name, rows, cols }) => ({ name, rows, cols })),
    frequencies,
    ops,
    outputs: { y },
  };
  return { program, weights };
}

/** A whole model in the formats that are packed differently. */
export const llamaCases: readonly ConformanceCase[] = (["bf16", "q8_0", "q4_1", "q4_k"] as const).map(
  (format) => ({
    name: `llama of ${numLayers} layers in ${format}`,
    op: "llama",
    format,
    tolerance: "llama",
    build: () => ({
      ...tinyLlama(format),
      kv: { layers: numLayers, kvHeads, headDim, blocks: numKvBlocks, dtype: "f16" },
      steps: scheduledSteps((rows, step) => ({ tokens: randomIntegers(step, rows, V) })),
      stepsArePrefixes: false,
    }),
  }),
);
