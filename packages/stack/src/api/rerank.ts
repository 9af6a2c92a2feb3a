import { z } from "zod";
import type { DegradationEntry } from "./health.ts";

/** Body of `POST /v1/rerank`, in the shape that Cohere and Jina share. What is not here is refused by name. */
export interface RerankRequest {
  model: string;
  query: string;
  documents: (string | { text: string })[];
  /** How many of the best to answer with; default all. */
  top_n?: number | null | undefined;
  /** Whether results repeat their documents; default false. */
  return_documents?: boolean | null | undefined;
}

export interface RerankResult {
  /** Place of the document in the request. */
  index: number;
  /** Geometric mean of the probabilities of the query's tokens after the document: above 0, at most 1. */
  relevance_score: number;
  document?: { text: string };
}

export interface RerankResponse {
  id: string;
  model: string;
  /** From the most to the least relevant. */
  results: RerankResult[];
  usage: { prompt_tokens: number; total_tokens: number };
  llamero: { degraded: DegradationEntry[] };
}

const text = z.string().min(1, "A text needs at least one character");

export const rerankRequestSchema: z.ZodType<RerankRequest> = z.strictObject({
  model: z.string(),
  query: text,
  documents: z
    .array(z.union([text, z.strictObject({ text })], "A document is a text or {text}"))
    .min(1, "There are no documents to rank")
    .max(1000),
  top_n: z.int().min(1).nullish(),
  return_documents: z.boolean().nullish(),
});

const count = z.int().min(0);

export const rerankResponseSchema: z.ZodType<RerankResponse> = z.strictObject({
  id: z.string(),
  model: z.string(),
  results: z.array(
    z.strictObject({
      index: count,
      relevance_score: z.number(),
      document: z.strictObject({ text: z.string() }).optional(),
    }),
  ) as z.ZodType<RerankResult[]>,
  usage: z.strictObject({ prompt_tokens: count, total_tokens: count }),
  llamero: z.strictObject({
    degraded: z.array(
      z.strictObject({ what: z.string(), wanted: z.string(), used: z.string(), why: z.string() }),
    ),
  }),
});
