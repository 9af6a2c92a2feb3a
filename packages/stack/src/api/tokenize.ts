import { z } from "zod";
import { messageSchema, type WireMessage } from "./chat-messages.ts";

/** Body of `POST /v1alpha/tokenize`: a text, as a completion reads it, or a conversation in the model's chat format. */
export interface TokenizeRequest {
  model: string;
  input?: string | undefined;
  messages?: WireMessage[] | undefined;
}

export interface ShownToken {
  id: number;
  text: string;
  /** Where the token is part of a character, so that no text says it. */
  bytes: number[] | null;
  /** A control token, which no text makes. */
  special: boolean;
}

export interface TokenizeResponse {
  object: "tokens";
  model: string;
  num_tokens: number;
  tokens: ShownToken[];
  /** Tokens by origin; null for a text. */
  parts: { system: number; messages: number; tools: number; template: number } | null;
}

export const tokenizeRequestSchema: z.ZodType<TokenizeRequest> = z.strictObject({
  model: z.string().min(1).max(500),
  input: z.string().max(1_000_000).optional(),
  messages: z.array(messageSchema).min(1).max(1000).optional(),
});

export const tokenizeResponseSchema: z.ZodType<TokenizeResponse> = z.strictObject({
  object: z.literal("tokens"),
  model: z.string(),
  num_tokens: z.int(),
  tokens: z.array(
    z.strictObject({
      id: z.int(),
      text: z.string(),
      bytes: z.array(z.int()).nullable(),
      special: z.boolean(),
    }),
  ),
  parts: z.strictObject({ system: z.int(), messages: z.int(), tools: z.int(), template: z.int() }).nullable(),
});
