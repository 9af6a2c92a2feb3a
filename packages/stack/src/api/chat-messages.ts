import { z } from "zod";
import { refusedField, refusedVariant } from "./refused.ts";

/** Text, or parts of text that are joined. */
export type Content = string | { type: "text"; text: string }[];

export interface WireToolCall {
  id: string;
  type: "function";
  /** `arguments` is a JSON object as text. */
  function: { name: string; arguments: string };
}

/** A call in the older form, without an id. */
export interface WireFunctionCall {
  name: string;
  arguments: string;
}

/** A message of a chat completions request. */
export type WireMessage =
  | { role: "system" | "developer" | "user"; content: Content; name?: string | null | undefined }
  | {
      role: "assistant";
      content?: Content | null | undefined;
      /** What a guard said instead of an answer. */
      refusal?: string | null | undefined;
      name?: string | null | undefined;
      tool_calls?: WireToolCall[] | null | undefined;
      /** The older form of one call. */
      function_call?: WireFunctionCall | null | undefined;
    }
  /** The older form of what a call gave; it answers the last call of that name. */
  | { role: "function"; content: string | null; name: string }
  | { role: "tool"; content: Content; tool_call_id: string; name?: string | undefined };

const textOnly = "The model reads text only; the one type of content part is text";
const string = z.string().optional();
const part: z.ZodType<{ type: "text"; text: string }> = z.discriminatedUnion(
  "type",
  [
    z.strictObject({
      type: z.literal("text"),
      text: z.string(),
      // Clients that keep conversations by parts send these of an answer back.
      role: z.literal("assistant").optional(),
      refusal: z.null().optional(),
    }),
    refusedVariant(
      "image_url",
      { image_url: z.looseObject({ url: string, detail: string }).optional() },
      { reason: textOnly },
    ),
    refusedVariant(
      "input_audio",
      { input_audio: z.looseObject({ data: string, format: string }).optional() },
      { reason: textOnly },
    ),
    refusedVariant(
      "file",
      { file: z.looseObject({ filename: string, file_data: string, file_id: string }).optional() },
      { reason: textOnly },
    ),
    refusedVariant(
      "refusal",
      { refusal: string },
      { reason: "What was refused goes into the field refusal of the message, not into a part" },
    ),
  ],
  { error: textOnly },
);
const content: z.ZodType<Content> = z.union([z.string(), z.array(part).min(1)]);

const functionsOnly = "The one type of tool call is function";
const toolCall: z.ZodType<WireToolCall> = z.discriminatedUnion(
  "type",
  [
    z.strictObject({
      id: z.string().min(1),
      type: z.literal("function"),
      function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
    }),
    refusedVariant(
      "custom",
      { id: string, custom: z.looseObject({ name: string, input: string }).optional() },
      { reason: functionsOnly },
    ),
  ],
  { error: functionsOnly },
);

/** Some clients name whoever speaks; Llama's formats of conversations have no place for it. */
const name = z.string().max(256).nullish();

const assistant = z.strictObject({
  role: z.literal("assistant"),
  content: content.nullish(),
  tool_calls: z.array(toolCall).min(1).nullish(),
  refusal: z.string().nullish(),
  name,
  // Clients send answers back as they came; these are then empty.
  audio: refusedField(z.looseObject({ id: string }), "Answers are text only"),
  function_call: z.strictObject({ name: z.string().min(1), arguments: z.string() }).nullish(),
  annotations: z.array(z.never()).nullish(),
});

export const messageSchema: z.ZodType<WireMessage> = z.discriminatedUnion(
  "role",
  [
    z.strictObject({ role: z.enum(["system", "developer", "user"]), content, name }),
    assistant,
    z.strictObject({
      role: z.literal("tool"),
      content,
      tool_call_id: z.string().min(1),
      name: z.string().optional(),
    }),
    z.strictObject({
      role: z.literal("function"),
      content: z.string().nullable(),
      name: z.string().min(1),
    }),
  ],
  {
    error: (issue) =>
      issue.code === "invalid_union"
        ? "Roles are system, developer, user, assistant, tool and function"
        : undefined,
  },
);
