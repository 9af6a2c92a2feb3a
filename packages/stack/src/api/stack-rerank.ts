import { z } from "zod";

/** A text, as it is or as a part of content. */
export type RerankItem = string | { type?: "text" | undefined; text: string };

/** Body of `POST /v1alpha/inference/rerank`, Llama Stack's. Images are refused. */
export interface StackRerankRequest {
  model: string;
  query: RerankItem;
  items: RerankItem[];
  /** How many of the best to answer with; default all. */
  max_num_results?: number | null | undefined;
}

export interface StackRerankResponse {
  /** From the most to the least relevant. */
  data: { index: number; relevance_score: number }[];
}

const text = z.string().min(1, "A text needs at least one character");
const item: z.ZodType<RerankItem> = z.union(
  [text, z.strictObject({ type: z.literal("text").optional(), text })],
  "An item is a text or {type: text, text}",
);

export const stackRerankRequestSchema: z.ZodType<StackRerankRequest> = z.strictObject({
  model: z.string(),
  query: item,
  items: z.array(item).min(1, "There are no items to rank").max(1000),
  max_num_results: z.int().min(1).nullish(),
});

export const stackRerankResponseSchema: z.ZodType<StackRerankResponse> = z.strictObject({
  data: z.array(z.strictObject({ index: z.int().min(0), relevance_score: z.number() })),
});
