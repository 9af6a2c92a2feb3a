/**
 * What every way of training works on: a model's parameters with their gradients and moments, and one step at a time.
 * Pre-training, SFT, reward models, DPO and distillation differ in the batches and in the seeds that they give.
 */
import type { LlamaConfig } from "@llamero/core";
import type { ProductFormat, RopeLayout, TrainBatch } from "@llamero/kernels";

/** A model as f32 arrays, by Hugging Face name (`model.embed_tokens.weight`, ...). */
export interface ModelParams {
  config: LlamaConfig;
  ropeLayout: RopeLayout;
  values: ReadonlyMap<string, Float32Array>;
}

export interface LoraOptions {
  rank: number;
  /** The change is scaled by alpha / rank. */
  alpha: number;
  /** Last parts of the module names that get an adapter, such as q_proj. */
  targets: readonly string[];
}

/** AdamW settings that stay the same for a run; the learning rate comes with each step. */
export interface OptimizerOptions {
  beta1: number;
  beta2: number;
  eps: number;
  /** Only matrices decay; norms do not. */
  weightDecay: number;
  /** Largest norm of the whole gradient; 0 leaves it as it is. */
  clipNorm: number;
}

export interface SessionOptions {
  model: ModelParams;
  /** `next-token`: output `rowLoss`, -log p of the targets in nats; `score`: output `score`, of a reward model's head. */
  head: "next-token" | "score";
  /** Only the adapter is trained when given. */
  lora?: LoraOptions;
  /** Fixed seed of what is drawn anew: an adapter's A, a reward model's head. */
  seed: number;
  /** Rows of the largest batch; and of those with a loss. */
  maxRows: number;
  maxOutputs: number;
  optimizer: OptimizerOptions;
  /** Without it only `forward` can be called, and there are no gradients or moments. */
  trainable: boolean;
  /** Default f32. */
  products?: ProductFormat;
}

/** Everything that the next step depends on, in names of tensors: `value/NAME`, `moment1/NAME`, `moment2/NAME`. */
export interface SessionState {
  step: number;
  tensors: ReadonlyMap<string, Float32Array>;
}

export interface TrainSession {
  readonly backend: string;
  /** Parameters that are trained, and all of them. */
  readonly trainableCount: number;
  readonly parameterCount: number;
  /** Optimizer steps so far. */
  readonly step: number;
  /** Rows of output `rowLoss` or `score`, one per output row of the batch. */
  forward(batch: TrainBatch, signal?: AbortSignal): Promise<Float32Array>;
  /** Adds to the gradients: `seeds` is dLoss/dOutput of the last forward, one per output row. */
  backward(seeds: Float32Array, signal?: AbortSignal): Promise<void>;
  /** Multiplies what was added up so far for one trained parameter; does nothing for one that is not trained. */
  scaleGradient?(name: string, factor: number): void;
  /** Norm of the gradient added up so far, before clipping. */
  gradientNorm(): number;
  /** One AdamW step with what was added up, times `gradientScale`; then gradients are zero. Gives the norm before clipping. */
  update(learningRate: number, gradientScale?: number): { gradientNorm: number };
  zeroGradients(): void;
  /** The live arrays, not copies: write them before the next step begins. */
  state(): SessionState;
  /** Copies a state of the same shape in. Throws RangeError naming the tensor that does not fit. */
  restore(state: SessionState): void;
  /** The values of the model, without adapter: live arrays. */
  model(): ModelParams;
  /** The adapter's matrices, live: `<target>.lora_A` and `<target>.lora_B`; empty without one. */
  adapter(): ReadonlyMap<string, Float32Array>;
  [Symbol.asyncDispose](): Promise<void>;
}
