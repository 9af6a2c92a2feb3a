import { z } from "zod";
import type { WireMessage } from "./chat-messages.ts";
import type { Json } from "./json.ts";
import { type Deleted, deletedSchema, type Page, type PageQuery, pageFields, pageSchema } from "./paging.ts";

/** Body of `POST /v1alpha/feedback`. */
export interface FeedbackRequest {
  /** Id of a stored chat completion or response. */
  target_id: string;
  rating: "up" | "down";
  /** What should have been said. */
  better_answer?: string | undefined;
  reason?: string | undefined;
  /** Default the name of the key, `local` without keys. */
  rater?: string | undefined;
}

/** What somebody thinks of a stored answer. */
export interface Feedback {
  id: string;
  object: "feedback";
  created_at: number;
  target_id: string;
  target_type: "chat_completion" | "response";
  model: string;
  rating: "up" | "down";
  better_answer: string | null;
  reason: string | null;
  rater: string;
}

export interface ListFeedbackQuery extends PageQuery {
  target_id?: string | undefined;
  rating?: "up" | "down" | undefined;
}

/** What ratings and votes teach: records of `train sft` and of `train dpo`. */
export interface RoundData {
  object: "round_data";
  model: string;
  sft: { id: string; source: string; messages: WireMessage[]; tools?: Json | undefined }[];
  pairs: { id: string; source: string; prompt: WireMessage[]; chosen: string; rejected: string }[];
  /** Milliseconds since 1970 of the newest rating or vote; null where there is none. */
  learned_until: number | null;
  /** What was left out and why, by how often. */
  left_out: Record<string, number>;
}

export interface RoundDataQuery {
  model: string;
  /** Milliseconds since 1970: only what is newer. */
  since?: number | undefined;
}

const rater = z.string().min(1).max(200);

export const feedbackRequestSchema: z.ZodType<FeedbackRequest> = z.strictObject({
  target_id: z.string().min(1).max(200),
  rating: z.enum(["up", "down"]),
  better_answer: z.string().min(1).max(200_000).optional(),
  reason: z.string().max(2000).optional(),
  rater: rater.optional(),
});

export const feedbackSchema: z.ZodType<Feedback> = z.strictObject({
  id: z.string(),
  object: z.literal("feedback"),
  created_at: z.int(),
  target_id: z.string(),
  target_type: z.enum(["chat_completion", "response"]),
  model: z.string(),
  rating: z.enum(["up", "down"]),
  better_answer: z.string().nullable(),
  reason: z.string().nullable(),
  rater: z.string(),
});

export const feedbackListSchema: z.ZodType<Page<Feedback>> = pageSchema(feedbackSchema);

export const listFeedbackQuerySchema: z.ZodType<ListFeedbackQuery> = z.strictObject({
  ...pageFields,
  target_id: z.string().min(1).optional(),
  rating: z.enum(["up", "down"]).optional(),
});

export const feedbackDeletedSchema: z.ZodType<Deleted<"feedback.deleted">> =
  deletedSchema("feedback.deleted");

export const roundDataQuerySchema: z.ZodType<RoundDataQuery> = z.strictObject({
  model: z.string().min(1).max(500),
  since: z.coerce.number().int().min(0).optional(),
});

const messages = z.array(z.record(z.string(), z.json())) as unknown as z.ZodType<WireMessage[]>;

export const roundDataSchema: z.ZodType<RoundData> = z.strictObject({
  object: z.literal("round_data"),
  model: z.string(),
  sft: z.array(
    z.strictObject({
      id: z.string(),
      source: z.string(),
      messages,
      tools: z.json().optional() as z.ZodType<Json | undefined>,
    }),
  ),
  pairs: z.array(
    z.strictObject({
      id: z.string(),
      source: z.string(),
      prompt: messages,
      chosen: z.string(),
      rejected: z.string(),
    }),
  ),
  learned_until: z.int().nullable(),
  left_out: z.record(z.string(), z.int()),
});
