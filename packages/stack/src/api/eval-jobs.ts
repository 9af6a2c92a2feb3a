import { z } from "zod";
import type { Json } from "./json.ts";
import { objectSchema, resourceIdSchema } from "./registry.ts";
import {
  type ScoreRequest,
  type ScoreResponse,
  type ScoringFunctionParams,
  type ScoringResult,
  scoreRequestSchema,
  scoreResponseSchema,
} from "./scoring.ts";

/** How tokens are drawn. */
export type SamplingStrategy =
  | { type: "greedy" }
  | { type: "top_p"; temperature: number; top_p?: number | undefined }
  | { type: "top_k"; top_k: number };

export interface EvalSampling {
  strategy?: SamplingStrategy | undefined;
  /** Instead of a strategy, in OpenAI's words. */
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  max_tokens?: number | null | undefined;
  repetition_penalty?: number | null | undefined;
  stop?: string[] | null | undefined;
}

/** What is evaluated, and how. */
export interface BenchmarkConfig {
  eval_candidate: {
    type?: "model" | undefined;
    model: string;
    sampling_params?: EvalSampling | undefined;
    system_message?: { role: "system"; content: string } | null | undefined;
  };
  /** Parameters of scoring functions by name. */
  scoring_params?: ScoringFunctionParams | undefined;
  /** The first so many rows only. */
  num_examples?: number | null | undefined;
}

export interface RunEvalRequest {
  benchmark_config: BenchmarkConfig;
}

export interface EvaluateRowsRequest extends RunEvalRequest {
  input_rows: Record<string, Json>[];
  scoring_functions: string[];
}

export interface EvalJob {
  job_id: string;
  status: "completed" | "in_progress" | "failed" | "scheduled" | "cancelled";
}

export interface EvaluateResponse {
  generations: Record<string, Json>[];
  scores: Record<string, ScoringResult>;
}

/** A part of what scoring takes or gives, which scoring itself does not name. */
type Parts<T> = z.ZodObject<{ [Key in keyof T]: z.ZodType<T[Key]> }>;

const scoringFunctions: z.ZodType<ScoringFunctionParams> = (
  scoreRequestSchema as unknown as Parts<ScoreRequest>
).shape.scoring_functions;

const benchmarkConfig: z.ZodType<BenchmarkConfig> = z.strictObject({
  eval_candidate: z.strictObject({
    type: z.literal("model", { error: "Candidates are of type model" }).optional(),
    model: z.string().min(1),
    sampling_params: z
      .strictObject({
        strategy: z
          .discriminatedUnion("type", [
            z.strictObject({ type: z.literal("greedy") }),
            z.strictObject({
              type: z.literal("top_p"),
              temperature: z.number().positive().max(2),
              top_p: z.number().positive().max(1).optional(),
            }),
            z.strictObject({ type: z.literal("top_k"), top_k: z.int().min(1) }),
          ])
          .optional(),
        temperature: z.number().min(0).max(2).nullable().optional(),
        top_p: z.number().min(0).max(1).nullable().optional(),
        max_tokens: z.int().min(1).nullable().optional(),
        repetition_penalty: z.number().positive().nullable().optional(),
        stop: z.array(z.string().min(1)).max(16).nullable().optional(),
      })
      .refine(
        ({ strategy, temperature, top_p }) => strategy === undefined || (temperature ?? top_p) == null,
        "Give strategy, or temperature and top_p, not both",
      )
      .optional(),
    system_message: z
      .strictObject({ role: z.literal("system"), content: z.string() })
      .nullable()
      .optional(),
  }),
  scoring_params: scoringFunctions.optional(),
  num_examples: z.int().min(1).nullable().optional(),
});

export const runEvalSchema: z.ZodType<RunEvalRequest> = z.strictObject({ benchmark_config: benchmarkConfig });

export const evaluateRowsSchema: z.ZodType<EvaluateRowsRequest> = z.strictObject({
  input_rows: z.array(objectSchema).min(1, "There are no rows to evaluate").max(1000),
  scoring_functions: z.array(resourceIdSchema).max(100),
  benchmark_config: benchmarkConfig,
});

export const evalJobSchema: z.ZodType<EvalJob> = z.strictObject({
  job_id: z.string(),
  status: z.enum(["completed", "in_progress", "failed", "scheduled", "cancelled"]),
});

export const evaluateResponseSchema: z.ZodType<EvaluateResponse> = z.strictObject({
  generations: z.array(objectSchema),
  scores: (scoreResponseSchema as unknown as Parts<ScoreResponse>).shape.results,
});
