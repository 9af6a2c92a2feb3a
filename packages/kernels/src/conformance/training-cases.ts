import type { TrainBatch, TrainOp } from "../training/training.ts";
import { type TrainingCase, TrainingProgramBuilder, trainingBatch } from "./training-case.ts";
import { trainingLlama } from "./training-llama.ts";

const LENGTHS = [33, 1, 43];
const ROWS = 77;

const batchOf = (lengths: readonly number[] = LENGTHS): TrainBatch =>
  trainingBatch(lengths, { vocabulary: Number.POSITIVE_INFINITY, targets: 1, perOutput: 1 });

function linearCase(inputs: number, outputs: number, dim: "rows" | "outputs"): TrainingCase {
  const b = new TrainingProgramBuilder(ROWS);
  const source = b.source("x", inputs);
  const weight = b.param("weight", outputs, inputs);
  const x = dim === "rows" ? source : b.push({ op: "selectRows", x: source });
  const dy = b.output("y", b.push({ op: "linear", x, weight }));
  b.push({ op: "linearGradWeight", dy, x, weight });
  b.sink("dx", b.push({ op: "linearGradX", dy, weight }), inputs, dim);
  return {
    name: `linear ${inputs} to ${outputs} of ${dim}`,
    program: b.build(),
    batch: batchOf(),
    tolerance: 1e-5,
  };
}

function normCase(cols: number): TrainingCase {
  const b = new TrainingProgramBuilder(ROWS);
  const x = b.source("x", cols);
  const weight = b.param("weight", 1, cols);
  const eps = 1e-3;
  const dy = b.output("y", b.push({ op: "rmsNorm", x, weight, eps }));
  b.push({ op: "rmsNormGradWeight", dy, x, weight, eps });
  b.sink("dx", b.push({ op: "rmsNormGradX", dy, x, weight, eps }), cols);
  return { name: `rmsNorm of ${cols}`, program: b.build(), batch: batchOf(), tolerance: 1e-5 };
}

function ropeCase(heads: number, headDim: number, layout: "adjacent" | "halves"): TrainingCase {
  const b = new TrainingProgramBuilder(ROWS);
  const x = b.source("x", heads * headDim);
  const rope = { op: "rope", heads, headDim, layout, frequencies: 1 } as const;
  const dy = b.output("y", b.push({ ...rope, x }));
  b.sink("dx", b.push({ ...rope, x: dy, inverse: true }), heads * headDim);
  const frequencies = [[1], Array.from({ length: headDim / 2 }, (_, i) => 0.7 ** i)];
  return {
    name: `rope of ${heads} heads of ${headDim}, ${layout}`,
    program: b.build(frequencies),
    batch: batchOf(),
    tolerance: 1e-5,
  };
}

function attentionCase(
  heads: number,
  kvHeads: number,
  headDim: number,
  lengths: readonly number[],
): TrainingCase {
  const b = new TrainingProgramBuilder(lengths.reduce((sum, length) => sum + length, 0));
  const wide = heads * headDim;
  const narrow = kvHeads * headDim;
  const [q, k, v] = [b.source("q", wide), b.source("k", narrow), b.source("v", narrow)];
  const forward = b.push({ op: "attention", q, k, v, heads, kvHeads, headDim, scale: 0.7 });
  const grad = b.push({ op: "attentionGrad", dy: b.output("y", forward), forward });
  b.sink("dq", b.push({ op: "columns", x: grad, from: 0, count: wide }), wide);
  b.sink("dk and dv", b.push({ op: "columns", x: grad, from: wide, count: 2 * narrow }), 2 * narrow);
  const name = `attention of ${heads}/${kvHeads} heads of ${headDim}, lengths ${lengths.join(", ")}`;
  return { name, program: b.build(), batch: batchOf(lengths), tolerance: 2e-5 };
}

function siluCase(cols: number): TrainingCase {
  const b = new TrainingProgramBuilder(ROWS);
  const [gate, up] = [b.source("gate", cols), b.source("up", cols)];
  const product = b.push({ op: "siluMul", gate, up });
  const dy = b.output("y", b.push({ op: "add", a: product, b: up }));
  b.sink("dGate", b.push({ op: "siluMulGradGate", dy, gate, up }), cols);
  b.sink("dUp", b.push({ op: "siluMulGradUp", dy, gate }), cols);
  return { name: `siluMul and add of ${cols}`, program: b.build(), batch: batchOf(), tolerance: 1e-5 };
}

function loraCase(rank: number, dim: "rows" | "outputs"): TrainingCase {
  const [inputs, outputs] = [37, 29];
  const builder = new TrainingProgramBuilder(ROWS);
  const sources = [builder.source("x", inputs), builder.source("base", outputs)] as const;
  const [x, base] = sources.map((id) =>
    dim === "rows" ? id : builder.push({ op: "selectRows", x: id }),
  ) as [number, number];
  const a = builder.param("lora_A", rank, inputs);
  const b = builder.param("lora_B", outputs, rank);
  const dy = builder.output("y", builder.push({ op: "loraAdd", base, x, a, b, scale: 1.5 }));
  builder.push({ op: "loraGradWeights", dy, x, a, b, scale: 1.5 });
  builder.sink("dx", builder.push({ op: "loraGradX", dy, a, b, scale: 1.5 }), inputs, dim);
  return {
    name: `loraAdd of rank ${rank} of ${dim}`,
    program: builder.build(),
    batch: batchOf(),
    tolerance: 1e-5,
  };
}

function crossEntropyCase(vocabulary: number, perOutput: number): TrainingCase {
  const b = new TrainingProgramBuilder(ROWS);
  const logits = b.push({ op: "selectRows", x: b.source("logits", vocabulary) });
  const dy = b.output("rowLoss", b.push({ op: "crossEntropy", logits }));
  b.sink("dLogits", b.push({ op: "crossEntropyGrad", dy, logits }), vocabulary, "outputs");
  return {
    name: `crossEntropy of ${vocabulary}, ${perOutput} targets`,
    program: b.build(),
    batch: trainingBatch(LENGTHS, { vocabulary: ROWS, targets: vocabulary, perOutput }),
    tolerance: 1e-5,
  };
}

function embedCase(cols: number): TrainingCase {
  const table = { name: "table", rows: 9, cols, trainable: true };
  const ops: TrainOp[] = [
    { op: "embed", table: 0 },
    { op: "seed", output: "y" },
    { op: "embedGrad", dy: 1, table: 0 },
  ];
  return {
    name: `embed of ${cols}, tokens repeated`,
    program: { params: [table], frequencies: [], ops, backwardStart: 1, outputs: { y: 0 } },
    batch: trainingBatch(LENGTHS, { vocabulary: 9, targets: 1, perOutput: 1 }),
    tolerance: 1e-5,
  };
}

/** A whole Llama of odd sizes, its batch of several sequences. */
export function llamaTrainingCase(layout: "halves" | "adjacent", rank: number): TrainingCase {
  const shape = { layers: 2, hidden: 36, heads: 4, kvHeads: 2, headDim: 10, inner: 50, vocabulary: 61 };
  return {
    name: `Llama, ${layout}, adapters of rank ${rank}`,
    program: trainingLlama({ ...shape, rank, layout }),
    batch: trainingBatch([70, 1, 90, 13], { vocabulary: 61, targets: 61, perOutput: 2 }),
    tolerance: 5e-5,
  };
}

/** Every training op with odd sizes and several sequences, then whole models. */
export function trainingCases(): TrainingCase[] {
  return [
    ...([1, 13, 64] as const).map(embedCase),
    linearCase(1, 1, "rows"),
    linearCase(37, 50, "outputs"),
    linearCase(300, 131, "rows"),
    ...([1, 33, 64] as const).map(normCase),
    ropeCase(1, 2, "adjacent"),
    ropeCase(3, 10, "halves"),
    ropeCase(2, 64, "adjacent"),
    attentionCase(1, 1, 8, LENGTHS),
    attentionCase(4, 2, 10, [1, 64, 61]),
    attentionCase(6, 2, 64, [200]),
    attentionCase(3, 3, 66, [60, 65]),
    ...([1, 29, 64] as const).map(siluCase),
    loraCase(1, "rows"),
    loraCase(7, "outputs"),
    crossEntropyCase(1, 1),
    crossEntropyCase(61, 3),
    crossEntropyCase(1030, 1),
    llamaTrainingCase("halves", 3),
    llamaTrainingCase("adjacent", 0),
  ];
}
