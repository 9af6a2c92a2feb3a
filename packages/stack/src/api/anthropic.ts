import { z } from "zod";
import type { Json } from "./json.ts";

export interface AnthropicText {
  type: "text";
  text: string;
}

export interface AnthropicToolUse {
  type: "tool_use";
  id: string;
  name: string;
  input: Record<string, Json>;
}

export interface AnthropicToolResult {
  type: "tool_result";
  tool_use_id: string;
  content?: string | AnthropicText[] | undefined;
  is_error?: boolean | undefined;
}

export type AnthropicBlock = AnthropicText | AnthropicToolUse | AnthropicToolResult;

export interface AnthropicMessage {
  role: "user" | "assistant";
  content: string | AnthropicBlock[];
}

export interface AnthropicTool {
  type?: "custom" | undefined;
  name: string;
  description?: string | undefined;
  input_schema: Record<string, Json>;
}

export type AnthropicToolChoice =
  | { type: "auto" | "any"; disable_parallel_tool_use?: boolean | undefined }
  | { type: "tool"; name: string; disable_parallel_tool_use?: boolean | undefined }
  | { type: "none" };

/** What the tokens of a prompt depend on: body of `POST /v1/messages/count_tokens`. */
export interface CountTokensRequest {
  model: string;
  messages: AnthropicMessage[];
  system?: string | AnthropicText[] | undefined;
  tools?: AnthropicTool[] | undefined;
  tool_choice?: AnthropicToolChoice | undefined;
}

/** Body of `POST /v1/messages`. What is not here is refused by name. */
export interface MessagesRequest extends CountTokensRequest {
  max_tokens: number;
  stream?: boolean | undefined;
  stop_sequences?: string[] | undefined;
  temperature?: number | undefined;
  top_p?: number | undefined;
  top_k?: number | undefined;
  metadata?: { user_id?: string | null | undefined } | undefined;
  /** What the answer must be. */
  output_config?:
    | { format?: { type: "json_schema"; schema: Record<string, Json> } | null | undefined }
    | undefined;
}

export type AnthropicStopReason = "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "refusal";

export interface AnthropicUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
}

/** The answer. */
export interface AnthropicAnswer {
  id: string;
  type: "message";
  role: "assistant";
  model: string;
  content: (AnthropicText | AnthropicToolUse)[];
  stop_reason: AnthropicStopReason | null;
  stop_sequence: string | null;
  usage: AnthropicUsage;
}

/** One event of a streamed answer; its name is its type. */
export type AnthropicEvent =
  | { type: "message_start"; message: AnthropicAnswer }
  | { type: "content_block_start"; index: number; content_block: AnthropicText | AnthropicToolUse }
  | {
      type: "content_block_delta";
      index: number;
      delta: { type: "text_delta"; text: string } | { type: "input_json_delta"; partial_json: string };
    }
  | { type: "content_block_stop"; index: number }
  | {
      type: "message_delta";
      delta: { stop_reason: AnthropicStopReason; stop_sequence: string | null };
      usage: AnthropicUsage;
    }
  | { type: "message_stop" }
  | AnthropicError;

export interface AnthropicError {
  type: "error";
  error: { type: string; message: string };
}

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;
/** What is computed once is kept anyway, so that marks of what to cache change nothing. */
const cached = {
  cache_control: z
    .strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() })
    .nullish(),
};
const text = z.strictObject({
  type: z.literal("text", { error: "The model reads text only" }),
  text: z.string(),
  // Clients send answers back as they came.
  citations: z.null().optional(),
  ...cached,
});
const toolUseFields = {
  type: z.literal("tool_use"),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.record(z.string(), json),
};
const block = z.discriminatedUnion(
  "type",
  [
    text,
    z.strictObject({ ...toolUseFields, ...cached }),
    z.strictObject({
      type: z.literal("tool_result"),
      tool_use_id: z.string().min(1),
      content: z.union([z.string(), z.array(text)]).optional(),
      is_error: z.boolean().optional(),
      ...cached,
    }),
  ],
  { error: "The model reads text only: blocks are of type text, tool_use and tool_result" },
);
const parallel = { disable_parallel_tool_use: z.boolean().optional() };
const countFields = {
  model: z.string().min(1),
  messages: z
    .array(
      z.strictObject({
        role: z.enum(["user", "assistant"]),
        content: z.union([z.string(), z.array(block).min(1)]),
      }),
    )
    .min(1),
  system: z.union([z.string(), z.array(text)]).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal("custom", { error: "Tools are functions of yours; none runs here" }).optional(),
        name: z.string().regex(/^[\w.-]{1,64}$/, "A name has 1 to 64 letters, digits, _, . and -"),
        description: z.string().optional(),
        input_schema: z.record(z.string(), json),
        // Inputs are streamed as they are written in any case.
        eager_input_streaming: z.boolean().optional(),
        ...cached,
      }),
    )
    .max(128)
    .optional(),
  tool_choice: z
    .union([
      z.strictObject({ type: z.enum(["auto", "any"]), ...parallel }),
      z.strictObject({ type: z.literal("tool"), name: z.string().min(1), ...parallel }),
      z.strictObject({ type: z.literal("none") }),
    ])
    .optional(),
  thinking: z
    .strictObject({ type: z.literal("disabled", { error: "The model does not think aloud" }) })
    .optional(),
};

export const countTokensRequestSchema: z.ZodType<CountTokensRequest> = z.strictObject(countFields);

export const messagesRequestSchema: z.ZodType<MessagesRequest> = z.strictObject({
  ...countFields,
  max_tokens: z
    .int()
    .min(1)
    .max(2 ** 31),
  stream: z.boolean().optional(),
  stop_sequences: z.array(z.string().min(1)).max(16).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
  service_tier: z.enum(["auto", "standard_only"]).optional(),
  output_config: z
    .strictObject({
      format: z
        .strictObject({
          type: z.literal("json_schema", { error: "Formats are of type json_schema" }),
          schema: z.record(z.string(), json),
        })
        .nullish(),
    })
    .optional(),
});

const stopReason = z.enum(["end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal"]);
const usage: z.ZodType<AnthropicUsage> = z.strictObject({
  input_tokens: z.int().min(0),
  cache_creation_input_tokens: z.int().min(0),
  cache_read_input_tokens: z.int().min(0),
  output_tokens: z.int().min(0),
});
const said = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject(toolUseFields),
]);

export const anthropicAnswerSchema: z.ZodType<AnthropicAnswer> = z.strictObject({
  id: z.string(),
  type: z.literal("message"),
  role: z.literal("assistant"),
  model: z.string(),
  content: z.array(said),
  stop_reason: stopReason.nullable(),
  stop_sequence: z.string().nullable(),
  usage,
});

export const countTokensSchema: z.ZodType<{ input_tokens: number }> = z.strictObject({
  input_tokens: z.int().min(0),
});

export const anthropicErrorSchema: z.ZodType<AnthropicError> = z.strictObject({
  type: z.literal("error"),
  error: z.strictObject({ type: z.string(), message: z.string() }),
});

const index = z.int().min(0);

export const anthropicEventSchema: z.ZodType<AnthropicEvent> = z.union([
  z.strictObject({ type: z.literal("message_start"), message: anthropicAnswerSchema }),
  z.strictObject({ type: z.literal("content_block_start"), index, content_block: said }),
  z.strictObject({
    type: z.literal("content_block_delta"),
    index,
    delta: z.union([
      z.strictObject({ type: z.literal("text_delta"), text: z.string() }),
      z.strictObject({ type: z.literal("input_json_delta"), partial_json: z.string() }),
    ]),
  }),
  z.strictObject({ type: z.literal("content_block_stop"), index }),
  z.strictObject({
    type: z.literal("message_delta"),
    delta: z.strictObject({ stop_reason: stopReason, stop_sequence: z.string().nullable() }),
    usage,
  }),
  z.strictObject({ type: z.literal("message_stop") }),
  anthropicErrorSchema,
]);
