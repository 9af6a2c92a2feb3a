import type { LlamaConfig } from "@llamero/core";
import type { ProductFormat } from "@llamero/kernels";
import type { OptimizerOptions } from "../session/session.ts";

/** Texts under one name. */
export interface CorpusSource {
  /** Files, folders or patterns: text, JSONL and so on, `.zst` and `.gz` too. */
  files: readonly string[];
  /** Field of JSONL records and columns of Parquet files with the text. */
  field: string;
}

/** Shares by source; they need not add up to 1. */
export type MixShares = Readonly<Record<string, number>>;

export interface PretrainData {
  sources: Readonly<Record<string, CorpusSource>>;
  mix: MixShares;
  /** Sources of old text, mixed in with this share of the tokens, so that a model that learns new text keeps the old. */
  replay: { sources: readonly string[]; share: number } | null;
  /** Documents that are held out of each source: this share of its tokens, and how many tokens are measured on. */
  validation: { share: number; tokens: number };
}

export interface BatchPlan {
  /** Optimizer steps. */
  steps: number;
  /** Rows of the longest sequence. */
  length: number;
  /** Tokens of one optimizer step. */
  tokens: number;
  /** Tokens that are computed at once; gradients of a step are added up. */
  microTokens: number;
  /** Smaller batches at the beginning: up to step `until`, `tokens` each. */
  ramp: readonly { until: number; tokens: number }[];
}

export interface SchedulePlan {
  shape: "cosine" | "linear" | "constant" | "wsd";
  warmupSteps: number;
  finalRatio: number;
  decaySteps: number;
}

/** The last steps: another mix, and the learning rate falls linearly to zero. */
export interface AnnealPlan {
  steps: number;
  /** null keeps the mix. */
  mix: MixShares | null;
  /** Takes the weights into an average every so many steps; the average is the result. 0 does not. */
  averageEvery: number;
}

/** Longer sequences from a step on. */
export interface LongPlan {
  fromStep: number;
  length: number;
  /** null keeps it. */
  ropeTheta: number | null;
}

export interface SamplePlan {
  prompts: readonly string[];
  maxTokens: number;
  temperature: number;
}

/** A pre-training run, checked and with every default filled in. Paths are absolute. */
export interface PretrainRecipe {
  name: string;
  seed: number;
  /** tokenizer.json, tokenizer.model, or a model that has one. */
  tokenizer: string;
  /** Goes on with the weights of this model; `model` is null then. */
  init: string | null;
  /** `vocabSize` null: that of the tokenizer. */
  model: (Omit<LlamaConfig, "vocabSize"> & { vocabSize: number | null }) | null;
  data: PretrainData;
  batch: BatchPlan;
  learningRate: number;
  schedule: SchedulePlan;
  optimizer: OptimizerOptions;
  /** `bf16` rounds the inputs of matrix products where the processor gains by it. */
  products: ProductFormat;
  anneal: AnnealPlan | null;
  long: LongPlan | null;
  /** Steps between checkpoints, evaluations and samples; 0 for never. */
  checkpointEvery: number;
  evalEvery: number;
  sampleEvery: number;
  /** Newest checkpoints that stay, besides the best. */
  keep: number;
  samples: SamplePlan;
  /** Who may use the result how; goes into its README. */
  license: string | null;
}
