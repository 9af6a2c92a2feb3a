import { z } from "zod";
import { type DegradationEntry, degradationSchema } from "./health.ts";
import { type ServiceTier, saidTierSchema } from "./service-tier.ts";

export interface WireTokenLogprob {
  token: string;
  logprob: number;
  /** UTF-8 bytes of the token, which may be part of a character. */
  bytes: number[];
}

export interface WireLogprobs {
  content: (WireTokenLogprob & { top_logprobs: WireTokenLogprob[] })[];
  /** Only in answers of other servers. */
  refusal: WireLogprobs["content"] | null;
}

export interface WireUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  /** Prompt tokens whose computation was reused. */
  prompt_tokens_details: { cached_tokens: number; audio_tokens?: number | undefined };
  /** Nothing but text is made, and nothing is guessed that the client predicts: all of these are 0. */
  completion_tokens_details?:
    | {
        reasoning_tokens: number;
        audio_tokens: number;
        accepted_prediction_tokens: number;
        rejected_prediction_tokens: number;
      }
    | undefined;
}

/** `function_call` where the request had the older `functions`. */
export type WireFinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "function_call";

/** Why no more of a prompt was cached; the tokens in which it differs from the nearest earlier one. */
export interface WireCacheMiss {
  reason: string;
  position: number;
  wanted?: number | undefined;
  cached?: number | undefined;
  wanted_text?: string | undefined;
  cached_text?: string | undefined;
}

/** What OpenAI's answer has no field for: how the answer was made. */
export interface AnswerDetails {
  backend: string;
  mode: string;
  degraded: DegradationEntry[];
  context: { used: number; limit: number };
  /** Prompt tokens by origin. */
  ledger?:
    | { system: number; messages: number; tools: number; template: number; dropped?: number | undefined }
    | undefined;
  /** What the context policy left out. */
  dropped?: { policy: string; messages: number; tokens: number; summary_tokens: number } | undefined;
  /** Prompt tokens that the disk had, and why no more of the prompt was cached. */
  cache?: { from_disk: number; miss: WireCacheMiss | null } | undefined;
  timings: { queue_ms: number; prefill_ms: number; decode_ms: number; tokens_per_second: number };
}

export interface AnswerToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export interface ChatCompletion {
  id: string;
  object: "chat.completion";
  created: number;
  model: string;
  choices: {
    index: number;
    message: {
      role: "assistant";
      content: string | null;
      /** What a guard says instead of the answer, or of the rest of it. */
      refusal: string | null;
      tool_calls?: AnswerToolCall[] | undefined;
      /** The call, where the request had the older `functions`. */
      function_call?: AnswerToolCall["function"] | undefined;
    };
    logprobs: WireLogprobs | null;
    finish_reason: WireFinishReason;
  }[];
  usage: WireUsage;
  /** Where the request names one. */
  service_tier?: ServiceTier | "scale" | undefined;
  /** Names the model with what computed it: of one seed and one fingerprint comes one answer. */
  system_fingerprint?: string | undefined;
  llamero: AnswerDetails;
}

export interface ChunkDelta {
  role?: "assistant" | undefined;
  content?: string | undefined;
  refusal?: string | undefined;
  /** A call begins with its id and name; the rest of its arguments may follow in pieces. */
  tool_calls?: ToolCallDelta[] | undefined;
  function_call?: ToolCallDelta["function"] | undefined;
}

export interface ToolCallDelta {
  index: number;
  id?: string | undefined;
  type?: "function" | undefined;
  function: { name?: string | undefined; arguments: string };
}

/** One event of a streamed answer. */
export interface ChatCompletionChunk {
  id: string;
  object: "chat.completion.chunk";
  created: number;
  model: string;
  choices: {
    index: number;
    delta: ChunkDelta;
    logprobs: WireLogprobs | null;
    finish_reason: WireFinishReason | null;
  }[];
  /** Null but in the last chunk; absent unless `stream_options.include_usage` asks for it. */
  usage?: WireUsage | null | undefined;
  /** Where the request names one. */
  service_tier?: ServiceTier | "scale" | undefined;
  /** Padding of a piece of text, where the request asks for it. */
  obfuscation?: string | undefined;
  /** In the chunk that ends a choice, as what follows. */
  system_fingerprint?: string | undefined;
  llamero?: AnswerDetails | undefined;
}

const tokenFields = { token: z.string(), logprob: z.number(), bytes: z.array(z.int().min(0).max(255)) };
const tokenLogprobs: z.ZodType<WireLogprobs["content"]> = z.array(
  z.strictObject({ ...tokenFields, top_logprobs: z.array(z.strictObject(tokenFields)).max(20) }),
);
const logprobs: z.ZodType<WireLogprobs> = z.strictObject({
  content: tokenLogprobs,
  refusal: tokenLogprobs.nullable(),
});
/** What was stored by older versions has the cached tokens alone. */
export const promptTokensDetailsSchema: z.ZodType<WireUsage["prompt_tokens_details"]> = z.strictObject({
  cached_tokens: z.int(),
  audio_tokens: z.int().optional(),
});
export const completionTokensDetailsSchema: z.ZodType<NonNullable<WireUsage["completion_tokens_details"]>> =
  z.strictObject({
    reasoning_tokens: z.int(),
    audio_tokens: z.int(),
    accepted_prediction_tokens: z.int(),
    rejected_prediction_tokens: z.int(),
  });
const usage: z.ZodType<WireUsage> = z.strictObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: promptTokensDetailsSchema,
  completion_tokens_details: completionTokensDetailsSchema.optional(),
});
const details: z.ZodType<AnswerDetails> = z.strictObject({
  backend: z.string(),
  mode: z.string(),
  degraded: z.array(degradationSchema),
  context: z.strictObject({ used: z.int(), limit: z.int() }),
  ledger: z
    .strictObject({
      system: z.int(),
      messages: z.int(),
      tools: z.int(),
      template: z.int(),
      dropped: z.int().optional(),
    })
    .optional(),
  dropped: z
    .strictObject({ policy: z.string(), messages: z.int(), tokens: z.int(), summary_tokens: z.int() })
    .optional(),
  cache: z
    .strictObject({
      from_disk: z.int(),
      miss: z
        .strictObject({
          reason: z.string(),
          position: z.int(),
          wanted: z.int().optional(),
          cached: z.int().optional(),
          wanted_text: z.string().optional(),
          cached_text: z.string().optional(),
        })
        .nullable(),
    })
    .optional(),
  timings: z.strictObject({
    queue_ms: z.number(),
    prefill_ms: z.number(),
    decode_ms: z.number(),
    tokens_per_second: z.number(),
  }),
});
const toolCallFields = {
  id: z.string(),
  type: z.literal("function"),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
};
const callDelta: z.ZodType<ToolCallDelta["function"]> = z.strictObject({
  name: z.string().optional(),
  arguments: z.string(),
});
const toolCallDelta: z.ZodType<ToolCallDelta> = z.strictObject({
  index: z.int(),
  id: z.string().optional(),
  type: z.literal("function").optional(),
  function: callDelta,
});
const finishReason = z.enum(["stop", "length", "tool_calls", "content_filter", "function_call"]);

export const chatCompletionSchema: z.ZodType<ChatCompletion> = z.strictObject({
  id: z.string(),
  object: z.literal("chat.completion"),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.strictObject({
      index: z.int(),
      message: z.strictObject({
        role: z.literal("assistant"),
        content: z.string().nullable(),
        refusal: z.string().nullable(),
        tool_calls: z.array(z.strictObject(toolCallFields)).optional(),
        function_call: toolCallFields.function.optional(),
      }),
      logprobs: logprobs.nullable(),
      finish_reason: finishReason,
    }),
  ),
  usage,
  service_tier: saidTierSchema.optional(),
  system_fingerprint: z.string().optional(),
  llamero: details,
});

export const chatCompletionChunkSchema: z.ZodType<ChatCompletionChunk> = z.strictObject({
  id: z.string(),
  object: z.literal("chat.completion.chunk"),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.strictObject({
      index: z.int(),
      delta: z.strictObject({
        role: z.literal("assistant").optional(),
        content: z.string().optional(),
        refusal: z.string().optional(),
        tool_calls: z.array(toolCallDelta).optional(),
        function_call: callDelta.optional(),
      }),
      logprobs: logprobs.nullable(),
      finish_reason: finishReason.nullable(),
    }),
  ),
  usage: usage.nullable().optional(),
  obfuscation: z.string().optional(),
  service_tier: saidTierSchema.optional(),
  system_fingerprint: z.string().optional(),
  llamero: details.optional(),
});
