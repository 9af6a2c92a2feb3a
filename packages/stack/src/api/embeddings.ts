import { z } from "zod";
import type { DegradationEntry } from "./health.ts";

/** Body of `POST /v1/embeddings`. What is not here is refused by name. */
export interface EmbeddingsRequest {
  model: string;
  /** A text, several, or the token ids of one or several. */
  input: string | string[] | number[] | number[][];
  encoding_format?: "float" | "base64" | null | undefined;
  /** Refused unless it is the size that the model has. */
  dimensions?: number | null | undefined;
  user?: string | null | undefined;
  /** Not OpenAI's: how the hidden states of the tokens become one vector; default mean. */
  pooling?: "mean" | "last" | null | undefined;
}

/** One vector: numbers, or its little-endian f32 in base64. */
export interface EmbeddingEntry {
  object: "embedding";
  index: number;
  embedding: number[] | string;
}

export interface EmbeddingsResponse {
  object: "list";
  data: EmbeddingEntry[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
  llamero: { pooling: "mean" | "last" | "cls"; degraded: DegradationEntry[] };
}

const text = z.string().min(1, "An empty text has no embedding");
const ids = z
  .array(z.int().min(0))
  .min(1, "A list of token ids needs at least one")
  .max(2 ** 20);
const maxInputs = 2048;

export const embeddingsRequestSchema: z.ZodType<EmbeddingsRequest> = z.strictObject({
  model: z.string(),
  input: z.union(
    [text, z.array(text).min(1).max(maxInputs), ids, z.array(ids).min(1).max(maxInputs)],
    `Input is a text, up to ${maxInputs} texts, or the token ids of either; none of them empty`,
  ),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.int().min(1).nullish(),
  user: z.string().nullish(),
  pooling: z.enum(["mean", "last"]).nullish(),
});

const count = z.int().min(0);

export const embeddingsResponseSchema: z.ZodType<EmbeddingsResponse> = z.strictObject({
  object: z.literal("list"),
  data: z.array(
    z.strictObject({
      object: z.literal("embedding"),
      index: count,
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  model: z.string(),
  usage: z.strictObject({ prompt_tokens: count, total_tokens: count }),
  llamero: z.strictObject({
    pooling: z.enum(["mean", "last", "cls"]),
    degraded: z.array(
      z.strictObject({ what: z.string(), wanted: z.string(), used: z.string(), why: z.string() }),
    ),
  }),
});
