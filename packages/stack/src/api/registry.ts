/** Resources that clients register by name: shields, benchmarks, datasets. */
import { z } from "zod";
import type { Json } from "./json.ts";

/** Fields that every resource has. */
export interface Resource<Type extends string> {
  identifier: string;
  provider_id: string;
  provider_resource_id: string | null;
  type: Type;
}

export interface Shield extends Resource<"shield"> {
  params: Record<string, Json> | null;
}

export interface Benchmark extends Resource<"benchmark"> {
  dataset_id: string;
  scoring_functions: string[];
  metadata: Record<string, Json>;
}

export type DatasetPurpose = "eval/question-answer" | "eval/messages-answer" | "post-training/messages";

/** Rows of the request, a `data:` URI of CSV or JSON, or a file of JSON lines in the server's data folder. */
export type DataSource = { type: "rows"; rows: Record<string, Json>[] } | { type: "uri"; uri: string };

export interface Dataset extends Resource<"dataset"> {
  purpose: DatasetPurpose;
  source: DataSource;
  metadata: Record<string, Json>;
}

export interface RegisterShieldRequest {
  shield_id: string;
  provider_shield_id?: string | null | undefined;
  provider_id?: string | null | undefined;
  params?: Record<string, Json> | null | undefined;
}

export interface RegisterBenchmarkRequest {
  benchmark_id: string;
  dataset_id: string;
  scoring_functions: string[];
  provider_benchmark_id?: string | null | undefined;
  provider_id?: string | null | undefined;
  metadata?: Record<string, Json> | null | undefined;
}

export interface RegisterDatasetRequest {
  purpose: DatasetPurpose;
  source: DataSource;
  metadata?: Record<string, Json> | null | undefined;
  dataset_id?: string | null | undefined;
}

/** A name that clients choose. */
export const resourceIdSchema: z.ZodType<string> = z
  .string()
  .max(128)
  .regex(
    /^\w[\w.:-]*(\/\w[\w.:-]*)*$/,
    "An identifier has letters, digits, _, ., : and -, and / between parts that begin with a letter or digit",
  );

export const objectSchema: z.ZodType<Record<string, Json>> = z.record(
  z.string(),
  z.json() as z.ZodType<Json>,
);

/** The one provider that resources can have. */
export const providerIdSchema: z.ZodType<"llamero"> = z.literal("llamero", {
  error: "The one provider is llamero; leave provider_id out",
});

const common = {
  identifier: z.string(),
  provider_id: z.string(),
  provider_resource_id: z.string().nullable(),
};
const maxDataUri = 16 * 2 ** 20;
const purpose = z.enum(["eval/question-answer", "eval/messages-answer", "post-training/messages"]);
const source = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("rows"), rows: z.array(objectSchema) }),
  z.strictObject({
    type: z.literal("uri"),
    uri: z.union([
      z.string().min(1).max(1000),
      z.string().startsWith("data:").max(maxDataUri, `A data URI has at most ${maxDataUri} characters`),
    ]),
  }),
]);

export const shieldSchema: z.ZodType<Shield> = z.strictObject({
  ...common,
  type: z.literal("shield"),
  params: objectSchema.nullable(),
});

export const registerShieldSchema: z.ZodType<RegisterShieldRequest> = z.strictObject({
  shield_id: resourceIdSchema,
  provider_shield_id: z.string().min(1).max(200).nullish(),
  provider_id: providerIdSchema.nullish(),
  params: objectSchema.nullish(),
});

export const benchmarkSchema: z.ZodType<Benchmark> = z.strictObject({
  ...common,
  type: z.literal("benchmark"),
  dataset_id: z.string(),
  scoring_functions: z.array(z.string()),
  metadata: objectSchema,
});

export const registerBenchmarkSchema: z.ZodType<RegisterBenchmarkRequest> = z.strictObject({
  benchmark_id: resourceIdSchema,
  dataset_id: resourceIdSchema,
  scoring_functions: z.array(resourceIdSchema).max(100),
  provider_benchmark_id: z.string().min(1).max(200).nullish(),
  provider_id: providerIdSchema.nullish(),
  metadata: objectSchema.nullish(),
});

export const datasetSchema: z.ZodType<Dataset> = z.strictObject({
  ...common,
  type: z.literal("dataset"),
  purpose,
  source,
  metadata: objectSchema,
});

export const registerDatasetSchema: z.ZodType<RegisterDatasetRequest> = z.strictObject({
  purpose,
  source,
  metadata: objectSchema.nullish(),
  dataset_id: resourceIdSchema.nullish(),
});

export const shieldListSchema: z.ZodType<{ data: Shield[] }> = z.strictObject({
  data: z.array(shieldSchema),
});
export const benchmarkListSchema: z.ZodType<{ data: Benchmark[] }> = z.strictObject({
  data: z.array(benchmarkSchema),
});
export const datasetListSchema: z.ZodType<{ data: Dataset[] }> = z.strictObject({
  data: z.array(datasetSchema),
});
