import type { ValueId } from "../kernels.ts";
import type { ParamSlot, TrainOp, TrainParam, TrainProgram } from "../training/training.ts";

export interface TrainingLlama {
  layers: number;
  hidden: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  inner: number;
  vocabulary: number;
  /** Rank of adapters of q and of the down projection; 0 for none. */
  rank: number;
  layout: "halves" | "adjacent";
}

/** Forward and backward of a Llama with tied embeddings, written by hand: every training op is in it. */
export function trainingLlama(shape: TrainingLlama): TrainProgram {
  const { layers, hidden, heads, kvHeads, headDim, inner, vocabulary, rank, layout } = shape;
  const params: TrainParam[] = [];
  const ops: TrainOp[] = [];
  const param = (name: string, rows: number, cols: number): ParamSlot =>
    params.push({ name, rows, cols, trainable: true }) - 1;
  const push = (op: TrainOp): ValueId => ops.push(op) - 1;
  const eps = 1e-5;
  const frequencies = [Array.from({ length: headDim / 2 }, (_, i) => 10000 ** ((-2 * i) / headDim))];
  const rotate = (x: ValueId, count: number, inverse: boolean): ValueId =>
    push({ op: "rope", x, heads: count, headDim, layout, frequencies: 0, ...(inverse && { inverse }) });
  /** What the backward part does, from the last to the first; each takes the gradient of its value. */
  const tape: ((dy: ValueId) => ValueId)[] = [];

  const table = param("embed", vocabulary, hidden);
  const linear = (x: ValueId, name: string, rows: number, cols: number, adapted: boolean) => {
    const weight = param(name, rows, cols);
    const base = push({ op: "linear", x, weight });
    if (!adapted || rank === 0)
      return {
        y: base,
        back: (dy: ValueId): ValueId => {
          push({ op: "linearGradWeight", dy, x, weight });
          return push({ op: "linearGradX", dy, weight });
        },
      };
    const a = param(`${name}.lora_A`, rank, cols);
    const b = param(`${name}.lora_B`, rows, rank);
    return {
      y: push({ op: "loraAdd", base, x, a, b, scale: 0.5 }),
      back: (dy: ValueId): ValueId => {
        push({ op: "linearGradWeight", dy, x, weight });
        push({ op: "loraGradWeights", dy, x, a, b, scale: 0.5 });
        const first = push({ op: "linearGradX", dy, weight });
        return push({ op: "add", a: first, b: push({ op: "loraGradX", dy, a, b, scale: 0.5 }) });
      },
    };
  };
  const norm = (x: ValueId, name: string) => {
    const weight = param(name, 1, hidden);
    return {
      y: push({ op: "rmsNorm", x, weight, eps }),
      back: (dy: ValueId): ValueId => {
        push({ op: "rmsNormGradWeight", dy, x, weight, eps });
        return push({ op: "rmsNormGradX", dy, x, weight, eps });
      },
    };
  };
  const sum = (a: ValueId, b: ValueId): ValueId => push({ op: "add", a, b });

  let x = push({ op: "embed", table });
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: string): string => `layers.${layer}.${part}`;
    const before = norm(x, name("norm1"));
    const q = linear(before.y, name("q"), heads * headDim, hidden, true);
    const k = linear(before.y, name("k"), kvHeads * headDim, hidden, false);
    const v = linear(before.y, name("v"), kvHeads * headDim, hidden, false);
    const rotatedQ = rotate(q.y, heads, false);
    const rotatedK = rotate(k.y, kvHeads, false);
    const scale = headDim ** -0.5;
    const mixed = push({ op: "attention", q: rotatedQ, k: rotatedK, v: v.y, heads, kvHeads, headDim, scale });
    const o = linear(mixed, name("o"), hidden, heads * headDim, false);
    const middle = sum(x, o.y);
    tape.push((dy) => {
      const grad = push({ op: "attentionGrad", dy: o.back(dy), forward: mixed });
      const wide = heads * headDim;
      const narrow = kvHeads * headDim;
      const dq = rotate(push({ op: "columns", x: grad, from: 0, count: wide }), heads, true);
      const dk = rotate(push({ op: "columns", x: grad, from: wide, count: narrow }), kvHeads, true);
      const dv = push({ op: "columns", x: grad, from: wide + narrow, count: narrow });
      return sum(dy, before.back(sum(sum(q.back(dq), k.back(dk)), v.back(dv))));
    });
    const after = norm(middle, name("norm2"));
    const gate = linear(after.y, name("gate"), inner, hidden, false);
    const up = linear(after.y, name("up"), inner, hidden, false);
    const product = push({ op: "siluMul", gate: gate.y, up: up.y });
    const down = linear(product, name("down"), hidden, inner, true);
    x = sum(middle, down.y);
    tape.push((dy) => {
      const d = down.back(dy);
      const dGate = push({ op: "siluMulGradGate", dy: d, gate: gate.y, up: up.y });
      const dUp = push({ op: "siluMulGradUp", dy: d, gate: gate.y });
      return sum(dy, after.back(sum(gate.back(dGate), up.back(dUp))));
    });
  }
  const selected = push({ op: "selectRows", x });
  const last = norm(selected, "norm");
  const logits = push({ op: "linear", x: last.y, weight: table });
  const rowLoss = push({ op: "crossEntropy", logits });
  const backwardStart = ops.length;

  const dLogits = push({ op: "crossEntropyGrad", dy: push({ op: "seed", output: "rowLoss" }), logits });
  push({ op: "linearGradWeight", dy: dLogits, x: last.y, weight: table });
  let dy = push({
    op: "selectRowsGrad",
    dy: last.back(push({ op: "linearGradX", dy: dLogits, weight: table })),
  });
  for (const back of tape.reverse()) dy = back(dy);
  push({ op: "embedGrad", dy, table });
  return { params, frequencies, ops, backwardStart, outputs: { rowLoss } };
}
