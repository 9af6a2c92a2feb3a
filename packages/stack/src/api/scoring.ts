import { z } from "zod";
import type { Json } from "./json.ts";
import { objectSchema, providerIdSchema, type Resource, resourceIdSchema } from "./registry.ts";

export type AggregationFunction =
  | "average"
  | "weighted_average"
  | "median"
  | "categorical_count"
  | "accuracy";

/** How a function scores. */
export type ScoringParams =
  | { type: "basic"; aggregation_functions?: AggregationFunction[] | undefined }
  | {
      type: "regex_parser";
      parsing_regexes?: string[] | undefined;
      aggregation_functions?: AggregationFunction[] | undefined;
    }
  | {
      type: "llm_as_judge";
      judge_model: string;
      prompt_template?: string | null | undefined;
      judge_score_regexes?: string[] | undefined;
      aggregation_functions?: AggregationFunction[] | undefined;
    };

export interface ReturnType {
  type:
    | "string"
    | "number"
    | "boolean"
    | "array"
    | "object"
    | "json"
    | "union"
    | "chat_completion_input"
    | "completion_input";
}

export interface ScoringFunction extends Resource<"scoring_function"> {
  description: string | null;
  metadata: Record<string, Json>;
  return_type: ReturnType;
  params: ScoringParams | null;
}

export interface RegisterScoringFunctionRequest {
  scoring_fn_id: string;
  description: string;
  return_type: ReturnType;
  provider_scoring_fn_id?: string | null | undefined;
  provider_id?: string | null | undefined;
  params?: ScoringParams | null | undefined;
}

/** Functions by name, each with parameters or null for its own. */
export type ScoringFunctionParams = Record<string, ScoringParams | null>;

export interface ScoreRequest {
  input_rows: Record<string, Json>[];
  scoring_functions: ScoringFunctionParams;
}

export interface ScoreBatchRequest {
  dataset_id: string;
  scoring_functions: ScoringFunctionParams;
  save_results_dataset?: boolean | undefined;
}

export interface ScoringResult {
  score_rows: Record<string, Json>[];
  aggregated_results: Record<string, Json>;
}

export interface ScoreResponse {
  results: Record<string, ScoringResult>;
}

export interface ScoreBatchResponse extends ScoreResponse {
  dataset_id: string | null;
}

const aggregation = z.array(
  z.enum(["average", "weighted_average", "median", "categorical_count", "accuracy"]),
);
const regexes = z.array(z.string().max(1000)).max(20);

const params: z.ZodType<ScoringParams> = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("basic"), aggregation_functions: aggregation.optional() }),
    z.strictObject({
      type: z.literal("regex_parser"),
      parsing_regexes: regexes.optional(),
      aggregation_functions: aggregation.optional(),
    }),
    z.strictObject({
      type: z.literal("llm_as_judge"),
      judge_model: z.string().min(1),
      prompt_template: z.string().max(100_000).nullish(),
      judge_score_regexes: regexes.optional(),
      aggregation_functions: aggregation.optional(),
    }),
  ],
  { error: "Parameters are of type basic, regex_parser or llm_as_judge" },
);

const returnType: z.ZodType<ReturnType> = z.strictObject({
  type: z.enum([
    "string",
    "number",
    "boolean",
    "array",
    "object",
    "json",
    "union",
    "chat_completion_input",
    "completion_input",
  ]),
});

export const scoringFunctionSchema: z.ZodType<ScoringFunction> = z.strictObject({
  identifier: z.string(),
  provider_id: z.string(),
  provider_resource_id: z.string().nullable(),
  type: z.literal("scoring_function"),
  description: z.string().nullable(),
  metadata: objectSchema,
  return_type: returnType,
  params: params.nullable(),
});

export const scoringFunctionListSchema: z.ZodType<{ data: ScoringFunction[] }> = z.strictObject({
  data: z.array(scoringFunctionSchema),
});

export const registerScoringFunctionSchema: z.ZodType<RegisterScoringFunctionRequest> = z.strictObject({
  scoring_fn_id: resourceIdSchema,
  description: z.string().max(10_000),
  return_type: returnType,
  provider_scoring_fn_id: z.string().min(1).max(200).nullish(),
  provider_id: providerIdSchema.nullish(),
  params: params.nullish(),
});

const functions: z.ZodType<ScoringFunctionParams> = z.record(z.string(), params.nullable());

export const scoreRequestSchema: z.ZodType<ScoreRequest> = z.strictObject({
  input_rows: z.array(objectSchema).min(1, "There are no rows to score").max(10_000),
  scoring_functions: functions,
});

export const scoreBatchRequestSchema: z.ZodType<ScoreBatchRequest> = z.strictObject({
  dataset_id: resourceIdSchema,
  scoring_functions: functions,
  save_results_dataset: z.boolean().optional(),
});

const results = z.record(
  z.string(),
  z.strictObject({ score_rows: z.array(objectSchema), aggregated_results: objectSchema }),
);

export const scoreResponseSchema: z.ZodType<ScoreResponse> = z.strictObject({ results });

export const scoreBatchResponseSchema: z.ZodType<ScoreBatchResponse> = z.strictObject({
  results,
  dataset_id: z.string().nullable(),
});
