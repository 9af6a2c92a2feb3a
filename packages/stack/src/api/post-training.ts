import { z } from "zod";
import type { Json } from "./json.ts";

/** How a job of post-training is set up, in Llama Stack's words. What this server cannot follow is refused. */
export interface TrainingConfig {
  n_epochs?: number | undefined;
  max_steps_per_epoch?: number | null | undefined;
  gradient_accumulation_steps?: number | undefined;
  data_config?: DataConfig | null | undefined;
  optimizer_config?: OptimizerConfig | null | undefined;
  dtype?: "fp32" | "bf16" | undefined;
}

export interface DataConfig {
  /** A registered dataset, an uploaded file, or a file of JSON lines in the server's data folder. */
  dataset_id: string;
  validation_dataset_id?: string | null | undefined;
  /** Conversations of up to `recipe.batch.length` tokens, 1,024 by default, or preference pairs. */
  batch_size?: number | undefined;
  /** Always: the order is drawn anew for each epoch. */
  shuffle?: true | undefined;
  data_format?: "instruct" | "dialog" | undefined;
  /** Sequences are always packed; it changes no result. */
  packed?: boolean | null | undefined;
  train_on_input?: boolean | null | undefined;
}

export interface OptimizerConfig {
  optimizer_type?: "adamw" | undefined;
  lr?: number | undefined;
  weight_decay?: number | undefined;
  num_warmup_steps?: number | undefined;
}

export interface LoraConfig {
  type: "LoRA";
  rank: number;
  alpha: number;
  lora_attn_modules?: string[] | undefined;
  apply_lora_to_mlp?: boolean | undefined;
  apply_lora_to_output?: false | undefined;
  use_dora?: false | null | undefined;
  quantize_base?: false | null | undefined;
}

export interface DpoConfig {
  beta?: number | undefined;
  loss_type?: "sigmoid" | undefined;
}

interface CommonRequest {
  job_uuid: string;
  training_config: TrainingConfig;
  /** Fields of the training recipe (docs/fine-tuning.md), which go before everything else. */
  recipe?: Record<string, Json> | undefined;
  hyperparam_search_config?: Record<string, never> | undefined;
  logger_config?: Record<string, never> | undefined;
}

export interface FineTuneRequest extends CommonRequest {
  model: string;
  algorithm_config?: LoraConfig | null | undefined;
}

export interface PreferenceRequest extends CommonRequest {
  finetuned_model: string;
  algorithm_config?: DpoConfig | null | undefined;
}

export interface PretrainRequest extends CommonRequest {
  model: string;
}

const jobUuid = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "It takes 1 to 64 letters, digits, dots, dashes and underscores");
const positive = z.int().min(1);
const noFields = z.strictObject({});

const trainingConfig: z.ZodType<TrainingConfig> = z.strictObject({
  n_epochs: positive.max(10_000).optional(),
  max_steps_per_epoch: positive.nullable().optional(),
  gradient_accumulation_steps: positive.optional(),
  data_config: z
    .strictObject({
      dataset_id: z.string().min(1),
      validation_dataset_id: z.string().min(1).nullable().optional(),
      batch_size: positive.optional(),
      shuffle: z
        .literal(true, { error: "The order of the data is always drawn; leave shuffle out" })
        .optional(),
      data_format: z.enum(["instruct", "dialog"]).optional(),
      packed: z.boolean().nullable().optional(),
      train_on_input: z.boolean().nullable().optional(),
    })
    .nullable()
    .optional(),
  optimizer_config: z
    .strictObject({
      optimizer_type: z.literal("adamw", { error: "The optimizer is adamw" }).optional(),
      lr: z.number().positive().optional(),
      weight_decay: z.number().min(0).optional(),
      num_warmup_steps: z.int().min(0).optional(),
    })
    .nullable()
    .optional(),
  dtype: z.enum(["fp32", "bf16"]).optional(),
});

const common = {
  job_uuid: jobUuid,
  training_config: trainingConfig,
  recipe: z.record(z.string(), z.json()).optional() as z.ZodOptional<z.ZodType<Record<string, Json>>>,
  hyperparam_search_config: noFields.optional(),
  logger_config: noFields.optional(),
};

export const fineTuneSchema: z.ZodType<FineTuneRequest> = z.strictObject({
  ...common,
  model: z.string().min(1),
  algorithm_config: z
    .strictObject({
      type: z.literal("LoRA", {
        error: "Adapters are of type LoRA; without algorithm_config all weights are trained",
      }),
      rank: positive.max(4096),
      alpha: z.number().positive(),
      lora_attn_modules: z.array(z.enum(["q_proj", "k_proj", "v_proj", "output_proj", "o_proj"])).optional(),
      apply_lora_to_mlp: z.boolean().optional(),
      apply_lora_to_output: z.literal(false).optional(),
      use_dora: z.literal(false).nullable().optional(),
      quantize_base: z.literal(false).nullable().optional(),
    })
    .nullable()
    .optional(),
});

export const preferenceSchema: z.ZodType<PreferenceRequest> = z.strictObject({
  ...common,
  finetuned_model: z.string().min(1),
  algorithm_config: z
    .strictObject({
      beta: z.number().positive().optional(),
      loss_type: z.literal("sigmoid", { error: "The loss of DPO is sigmoid here" }).optional(),
    })
    .nullable()
    .optional(),
});

export const continualPretrainSchema: z.ZodType<PretrainRequest> = z.strictObject({
  ...common,
  model: z.string().min(1),
});

export interface PostTrainingJob {
  job_uuid: string;
}

/** A saved state of a run. */
export interface PostTrainingCheckpoint {
  identifier: string;
  created_at: string;
  epoch: number;
  post_training_job_id: string;
  path: string;
  training_metrics: Record<string, number> | null;
}

export interface PostTrainingProgress {
  step: number;
  steps: number;
  /** Tokens, or preference pairs, learned from so far. */
  tokens: number;
  seconds: number;
  loss: number | null;
  tokens_per_second: number | null;
  /** The newest measurement on validation data. */
  evaluation: Record<string, number> | null;
}

export interface PostTrainingArtifact {
  kind: "model" | "adapter" | "checkpoint";
  path: string;
}

export interface PostTrainingArtifacts {
  job_uuid: string;
  checkpoints: PostTrainingCheckpoint[];
  artifacts: PostTrainingArtifact[];
}

export interface PostTrainingStatus {
  job_uuid: string;
  method: string;
  status: "completed" | "in_progress" | "failed" | "scheduled" | "cancelled";
  scheduled_at: string;
  started_at: string | null;
  completed_at: string | null;
  resources_allocated: Record<string, Json> | null;
  checkpoints: PostTrainingCheckpoint[];
  progress: PostTrainingProgress | null;
  error: { code: string; message: string } | null;
}

export const postTrainingJobSchema: z.ZodType<PostTrainingJob> = z.strictObject({ job_uuid: z.string() });

export const postTrainingJobListSchema: z.ZodType<{ data: PostTrainingJob[] }> = z.strictObject({
  data: z.array(postTrainingJobSchema),
});

const numbers = z.record(z.string(), z.number());

const checkpoints = z.array(
  z.strictObject({
    identifier: z.string(),
    created_at: z.string(),
    epoch: z.int(),
    post_training_job_id: z.string(),
    path: z.string(),
    training_metrics: numbers.nullable(),
  }),
);

export const postTrainingStatusSchema: z.ZodType<PostTrainingStatus> = z.strictObject({
  job_uuid: z.string(),
  method: z.string(),
  status: z.enum(["completed", "in_progress", "failed", "scheduled", "cancelled"]),
  scheduled_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  resources_allocated: z.record(z.string(), z.json()).nullable() as z.ZodType<Record<string, Json> | null>,
  checkpoints,
  progress: z
    .strictObject({
      step: z.int(),
      steps: z.int(),
      tokens: z.number(),
      seconds: z.number(),
      loss: z.number().nullable(),
      tokens_per_second: z.number().nullable(),
      evaluation: numbers.nullable(),
    })
    .nullable(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
});

export const postTrainingArtifactsSchema: z.ZodType<PostTrainingArtifacts> = z.strictObject({
  job_uuid: z.string(),
  checkpoints,
  artifacts: z.array(z.strictObject({ kind: z.enum(["model", "adapter", "checkpoint"]), path: z.string() })),
});

/** Query and body that name a job. */
export const jobUuidSchema: z.ZodType<PostTrainingJob> = z.strictObject({
  job_uuid: z.string().min(1).max(64),
});
