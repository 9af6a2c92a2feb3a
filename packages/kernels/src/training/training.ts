/**
 * The contract of training: programs with a forward and a backward part, the batches they run on, and the
 * `TrainBackend` that executes them. Plain data only; nothing here computes.
 *
 * Shape legend: T rows (tokens) of a batch, O output rows (those with a loss), D hidden size, N outputs and K inputs
 * of a linear, V vocabulary, R rank of an adapter, S soft targets per output row. All values are f32.
 */
import type { Dim, RopeLayout, ValueId } from "../kernels.ts";

/** Index into `TrainProgram.params`. */
export type ParamSlot = number;

/** Parameters of each op. The first part is forward; the gradient ops below it are what `train/autograd` emits. */
export interface TrainOpParams {
  /** Rows of a table by token: [T, D]. */
  embed: { table: ParamSlot };
  /** x / sqrt(mean(x^2) + eps) * weight (Zhang & Sennrich 2019). */
  rmsNorm: { x: ValueId; weight: ParamSlot; eps: number };
  /** x_TK times weight_NK transposed: [T, N]. */
  linear: { x: ValueId; weight: ParamSlot };
  /** Rotates each head by position * inverse frequency (Su et al. 2021); `inverse` rotates back, which is its gradient. */
  rope: {
    x: ValueId;
    heads: number;
    headDim: number;
    layout: RopeLayout;
    frequencies: number;
    inverse?: true;
  };
  /** Causal grouped-query attention; a row sees the rows of its own sequence up to itself. [T, heads * headDim]. */
  attention: {
    q: ValueId;
    k: ValueId;
    v: ValueId;
    heads: number;
    kvHeads: number;
    headDim: number;
    scale: number;
  };
  /** silu(gate) * up (Shazeer 2020). */
  siluMul: { gate: ValueId; up: ValueId };
  add: { a: ValueId; b: ValueId };
  /** base_TN + scale * B_NR (A_RK x_TK) (Hu et al. 2021). */
  loraAdd: { base: ValueId; x: ValueId; a: ParamSlot; b: ParamSlot; scale: number };
  /** The output rows of x: [O, D]. */
  selectRows: { x: ValueId };
  /** -sum_s targetProbs * log softmax(logits)[targetIds] per output row, in nats: [O, 1]. */
  crossEntropy: { logits: ValueId };

  /** The gradient that the caller gives for output `output` of the program, in the shape of that output. */
  seed: { output: string };
  /** Adds dy_TD to the gradient rows of the tokens. An effect: its value has no columns. */
  embedGrad: { dy: ValueId; table: ParamSlot };
  rmsNormGradX: { dy: ValueId; x: ValueId; weight: ParamSlot; eps: number };
  /** Adds sum over rows of dy * x / rms to the gradient of the weight. An effect. */
  rmsNormGradWeight: { dy: ValueId; x: ValueId; weight: ParamSlot; eps: number };
  /** dy_TN times weight_NK: [T, K]. */
  linearGradX: { dy: ValueId; weight: ParamSlot };
  /** Adds dy_TN transposed times x_TK to the gradient of the weight. An effect. */
  linearGradWeight: { dy: ValueId; x: ValueId; weight: ParamSlot };
  /** Gradients of q, k and v side by side: [T, (heads + 2 * kvHeads) * headDim]. `forward` is the attention's value. */
  attentionGrad: { dy: ValueId; forward: ValueId };
  /** Columns [from, from + count) of x. */
  columns: { x: ValueId; from: number; count: number };
  siluMulGradGate: { dy: ValueId; gate: ValueId; up: ValueId };
  siluMulGradUp: { dy: ValueId; gate: ValueId };
  /** scale * A^T (B^T dy): [T, K]. */
  loraGradX: { dy: ValueId; a: ParamSlot; b: ParamSlot; scale: number };
  /** Adds to the gradients of A and B. An effect. */
  loraGradWeights: { dy: ValueId; x: ValueId; a: ParamSlot; b: ParamSlot; scale: number };
  /** dy_OD back at the output rows, zero elsewhere: [T, D]. */
  selectRowsGrad: { dy: ValueId };
  /** dy_O1 * (sum_s targetProbs * softmax(logits) - targets): [O, V]. */
  crossEntropyGrad: { dy: ValueId; logits: ValueId };
}

export type TrainOpName = keyof TrainOpParams;
export type TrainOp = { [K in TrainOpName]: { op: K } & TrainOpParams[K] }[TrainOpName];

/** A matrix [rows, cols], or a vector (rows = 1). Only trainable ones get gradients. */
export interface TrainParam {
  /** Hugging Face name; the matrices of an adapter are `<target>.lora_A` [R, K] and `<target>.lora_B` [N, R]. */
  name: string;
  rows: number;
  cols: number;
  trainable: boolean;
}

/** Serialisable. Ops before `backwardStart` are the forward part; a program without backward part ends there. */
export interface TrainProgram {
  params: readonly TrainParam[];
  /** Inverse frequencies [headDim / 2] used by rope, by slot. */
  frequencies: readonly (readonly number[])[];
  ops: readonly TrainOp[];
  backwardStart: number;
  /** Forward values readable after `forward`, by name: `rowLoss` [O, 1], or `score` [O, 1] of a reward model, and others. */
  outputs: Readonly<Record<string, ValueId>>;
}

/** Shape of a value; effects have no columns. */
export type TrainShape = readonly [Dim, number];

/** Sequences one behind the other, without padding. */
export interface TrainBatch {
  tokens: Int32Array;
  /** Position of each row in its own sequence, for rope. */
  positions: Int32Array;
  /** First row of each sequence, increasing, the first is 0. Rows attend within their sequence only. */
  starts: Int32Array;
  /** Rows with a loss or a score, increasing. */
  outputRows: Int32Array;
  /** [O, S]: tokens that output rows should give; S is targetIds.length / outputRows.length. Empty for a reward model. */
  targetIds: Int32Array;
  /** [O, S]: their probabilities; 1 for a plain target. */
  targetProbs: Float32Array;
}

/** The memory of one parameter, owned by the caller; the executable reads and writes it in place. */
export interface ParamBuffers {
  value: Float32Array;
  /** null where the parameter is not trainable. */
  gradient: Float32Array | null;
}

/** `bf16` rounds the inputs of matrix products to bf16 where the processor gains by it, with f32 sums; `f32` never. */
export type ProductFormat = "f32" | "bf16";

export interface TrainCompileOptions {
  /** By slot of `TrainProgram.params`. */
  params: readonly ParamBuffers[];
  maxRows: number;
  maxOutputs: number;
  products: ProductFormat;
}

/** A compiled training program with its scratch arena. One run in flight at a time. */
export interface TrainExecutable {
  readonly scratchBytes: number;
  /** Runs the forward part, off the event loop where the backend can. Rejects with AbortError soon after the signal fires. */
  forward(batch: TrainBatch, signal?: AbortSignal): Promise<void>;
  /** A copy of an output of the last forward, all its rows. */
  read(output: string): Float32Array;
  /**
   * Runs the backward part for the batch of the last forward and adds to the gradients. `seeds` has the gradient of each
   * output that the program has a `seed` for, in its shape.
   */
  backward(seeds: Readonly<Record<string, Float32Array>>, signal?: AbortSignal): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** AdamW (Loshchilov & Hutter 2019) of one parameter, in place: decoupled decay, bias-corrected moments. */
export interface AdamWArguments {
  value: Float32Array;
  gradient: Float32Array;
  /** First and second moments. */
  moment1: Float32Array;
  moment2: Float32Array;
  learningRate: number;
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
  /** Steps so far, this one included: 1, 2, ... */
  step: number;
  /** Factor on the gradient before anything else: clipping and averaging. */
  gradientScale: number;
}

/**
 * Executes training programs. Results do not depend on the number of threads: each element is summed by one thread in
 * a fixed order, so that a resumed run repeats bit for bit.
 */
export interface TrainBackend {
  /** `reference`, or the instruction set. */
  readonly name: string;
  readonly threads: number;
  compile(program: TrainProgram, options: TrainCompileOptions): TrainExecutable;
  adamw(update: AdamWArguments): void;
  /** Sum of squares in f64, in a fixed order. */
  sumOfSquares(values: Float32Array): number;
  [Symbol.asyncDispose](): Promise<void>;
}
