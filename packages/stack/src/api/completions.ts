import { z } from "zod";
import { completionTokensDetailsSchema, promptTokensDetailsSchema, type WireUsage } from "./chat-response.ts";

/** Body of `POST /v1/completions`. What is not here is refused by name. */
export interface CompletionRequest {
  model: string;
  /** A text, several, or the token ids of one or several. */
  prompt: string | string[] | number[] | number[][];
  /** Whether the answer begins with the prompt; for texts only. */
  echo?: boolean | null | undefined;
  frequency_penalty?: number | null | undefined;
  presence_penalty?: number | null | undefined;
  logit_bias?: Record<string, number> | null | undefined;
  /** How many alternatives each token is shown with. */
  logprobs?: number | null | undefined;
  /** Default 16, as OpenAI has it. */
  max_tokens?: number | null | undefined;
  /** Choices for each prompt. */
  n?: number | null | undefined;
  seed?: number | null | undefined;
  stop?: string | string[] | null | undefined;
  stream?: boolean | null | undefined;
  stream_options?: { include_usage?: boolean | undefined } | null | undefined;
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  user?: string | null | undefined;
}

export interface CompletionLogprobs {
  tokens: string[];
  token_logprobs: number[];
  top_logprobs: Record<string, number>[];
  /** Characters before each token. */
  text_offset: number[];
}

export interface CompletionChoice {
  index: number;
  text: string;
  logprobs: CompletionLogprobs | null;
  finish_reason: "stop" | "length" | "content_filter" | null;
}

/** An answer, or one event of it. */
export interface Completion {
  id: string;
  object: "text_completion";
  created: number;
  model: string;
  choices: CompletionChoice[];
  /** The model with what computed it; absent in all events but the last. */
  system_fingerprint?: string | undefined;
  /** In events: null but in the last, and only where it was asked for. */
  usage?: WireUsage | null | undefined;
}

const count = z
  .int()
  .min(1)
  .max(2 ** 31);
const penalty = z.number().min(-2).max(2).nullish();
const ids = z
  .array(z.int().min(0))
  .min(1)
  .max(2 ** 20);

export const completionRequestSchema: z.ZodType<CompletionRequest> = z.strictObject({
  model: z.string().min(1),
  prompt: z.union(
    [z.string(), z.array(z.string()).min(1).max(16), ids, z.array(ids).min(1).max(16)],
    "A prompt is a text, up to 16 texts, or the token ids of either",
  ),
  best_of: z.literal(1, { error: "best_of is 1; generate n choices and compare them" }).nullish(),
  suffix: z.literal("", { error: "Nothing can be filled in before a suffix; leave it out" }).nullish(),
  echo: z.boolean().nullish(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  logit_bias: z
    .record(z.string().regex(/^\d{1,10}$/, "Keys are token ids"), z.number().min(-100).max(100))
    .nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  max_tokens: count.nullish(),
  n: z.int().min(1).max(8).nullish(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().optional(),
      include_obfuscation: z.literal(false, { error: "Streams are not obfuscated" }).optional(),
    })
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  user: z.string().nullish(),
});

const choice = z.strictObject({
  index: z.int(),
  text: z.string(),
  logprobs: z
    .strictObject({
      tokens: z.array(z.string()),
      token_logprobs: z.array(z.number()),
      top_logprobs: z.array(z.record(z.string(), z.number())),
      text_offset: z.array(z.int()),
    })
    .nullable(),
  finish_reason: z.enum(["stop", "length", "content_filter"]).nullable(),
});

const fields = {
  id: z.string(),
  object: z.literal("text_completion"),
  created: z.int(),
  model: z.string(),
  choices: z.array(choice),
  system_fingerprint: z.string().optional(),
  usage: z
    .strictObject({
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      total_tokens: z.int(),
      prompt_tokens_details: promptTokensDetailsSchema,
      completion_tokens_details: completionTokensDetailsSchema.optional(),
    })
    .nullish(),
};

export const completionSchema: z.ZodType<Completion> = z.strictObject(fields);

export const completionEventSchema: z.ZodType<Completion> = z.strictObject(fields);
