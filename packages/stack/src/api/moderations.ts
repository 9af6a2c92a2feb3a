/** Moderations of OpenAI and run-shield of Llama Stack. */
import { z } from "zod";
import { messageSchema, type WireMessage } from "./chat-messages.ts";
import type { Json } from "./json.ts";
import { refusedVariant } from "./refused.ts";
import { objectSchema } from "./registry.ts";

export interface ModerationRequest {
  input: string | string[] | { type: "text"; text: string }[];
  /** A shield; default those that the policy puts on what users say, or all that there are. */
  model?: string | null | undefined;
}

export interface ModerationResult {
  flagged: boolean;
  categories: Record<string, boolean>;
  category_applied_input_types: Record<string, string[]>;
  category_scores: Record<string, number>;
  user_message: string | null;
  metadata: Record<string, Json>;
}

export interface Moderation {
  id: string;
  model: string;
  results: ModerationResult[];
}

export interface RunShieldRequest {
  shield_id: string;
  messages: WireMessage[];
  params?: Record<string, Json> | null | undefined;
}

export interface SafetyViolation {
  violation_level: "info" | "warn" | "error";
  user_message: string | null;
  metadata: Record<string, Json>;
}

export interface RunShieldResponse {
  violation: SafetyViolation | null;
}

const shieldName = z.string().min(1).max(200);

const part: z.ZodType<{ type: "text"; text: string }> = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("text"), text: z.string() }),
    refusedVariant(
      "image_url",
      { image_url: z.looseObject({ url: z.string().optional() }).optional() },
      { reason: "Shields read text only" },
    ),
  ],
  { error: "Parts are of type text" },
);

export const moderationRequestSchema: z.ZodType<ModerationRequest> = z.strictObject({
  input: z.union([z.string(), z.array(z.string()).min(1).max(1024), z.array(part).min(1).max(1024)], {
    error: "input is a text, or an array of texts or of parts of type text",
  }),
  model: shieldName.nullish(),
});

export const moderationSchema: z.ZodType<Moderation> = z.strictObject({
  id: z.string(),
  model: z.string(),
  results: z.array(
    z.strictObject({
      flagged: z.boolean(),
      categories: z.record(z.string(), z.boolean()),
      category_applied_input_types: z.record(z.string(), z.array(z.string())),
      category_scores: z.record(z.string(), z.number()),
      user_message: z.string().nullable(),
      metadata: objectSchema,
    }),
  ),
});

export const runShieldRequestSchema: z.ZodType<RunShieldRequest> = z.strictObject({
  shield_id: shieldName,
  messages: z.array(messageSchema).min(1).max(1024),
  // Older clients send it; there is nothing to set for a single run.
  params: objectSchema
    .refine(
      (params) => Object.keys(params).length === 0,
      "params must be empty; a shield is set up when registered",
    )
    .nullish(),
});

export const runShieldResponseSchema: z.ZodType<RunShieldResponse> = z.strictObject({
  violation: z
    .strictObject({
      violation_level: z.enum(["info", "warn", "error"]),
      user_message: z.string().nullable(),
      metadata: objectSchema,
    })
    .nullable(),
});
