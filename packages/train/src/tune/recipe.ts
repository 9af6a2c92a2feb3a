import type { ProductFormat } from "@llamero/kernels";
import type { Schedule } from "../optim/schedule.ts";
import type { LoraOptions, OptimizerOptions } from "../session/session.ts";

/** Fine-tuning of a model on conversations (`sft`) or on preference pairs (`dpo`), every default filled in. */
export interface TuneRecipe {
  method: "sft" | "dpo";
  /** Name of the result. */
  name: string;
  /** Any file or folder that `openCheckpoint` opens. */
  model: string;
  /** JSONL files, each with how often an epoch goes through it: 3 for good data, 0.5 for half of its records. */
  data: readonly { file: string; repeat: number }[];
  /** Records that are held out: files of their own, else this share of the data, but no more than `most`. */
  validation: { files: readonly string[]; share: number; most: number };
  /** Folder of the run; the result is in it as `model` or `adapter`. */
  out: string;
  /** Only an adapter is trained; null trains all weights. */
  lora: LoraOptions | null;
  seed: number;
  epochs: number;
  /** End after as many steps; null for all epochs. */
  maxSteps: number | null;
  batch: {
    /** Of one optimizer step: tokens of conversations, or preference pairs. */
    tokens: number;
    pairs: number;
    /** Tokens of the longest conversation; null: 1,024, or as many as the model takes if these are fewer. */
    length: number | null;
    /** Tokens that are computed at once. */
    microTokens: number;
  };
  /** Cut or leave out what is longer than `batch.length` instead of refusing it. */
  truncate: boolean;
  /** Weight of the loss on what users, tools and the system say, of `sft`; 0 learns answers only. */
  promptWeight: number;
  learningRate: number;
  /** `warmupSteps` null: a twentieth of the steps. */
  schedule: Omit<Schedule, "peak" | "steps" | "warmupSteps"> & { warmupSteps: number | null };
  optimizer: OptimizerOptions;
  products: ProductFormat;
  /** Of preference training, as in the Llama 3 paper. */
  beta: number;
  nllWeight: number;
  /** Steps between checkpoints, evaluations and samples; 0 for none. null: twenty, ten and two times in all. */
  checkpointEvery: number | null;
  evalEvery: number | null;
  sampleEvery: number | null;
  /** Newest checkpoints that stay, besides the best. */
  keep: number;
  /** Questions that the model answers for people to look at; empty takes the first ones of the data. */
  samples: { prompts: readonly string[]; maxTokens: number };
  /** How the weights of a full fine-tune are written. */
  format: "f32" | "f16" | "bf16";
}
