import { z } from "zod";

/** Text, or parts of text that are joined. */
export type Content = string | { type: "text"; text: string }[];

export interface WireToolCall {
  id: string;
  type: "function";
  /** `arguments` is a JSON object as text. */
  function: { name: string; arguments: string };
}

/** A message of a chat completions request. */
export type WireMessage =
  | { role: "system" | "developer" | "user"; content: Content }
  | {
      role: "assistant";
      content?: Content | null | undefined;
      /** What a guard said instead of an answer. */
      refusal?: string | null | undefined;
      tool_calls?: WireToolCall[] | null | undefined;
    }
  | { role: "tool"; content: Content; tool_call_id: string; name?: string | undefined };

const textPart = z.strictObject({
  type: z.literal("text", { error: "The model reads text only; the one type of content part is text" }),
  text: z.string(),
});
const content: z.ZodType<Content> = z.union([z.string(), z.array(textPart).min(1)]);

const toolCall: z.ZodType<WireToolCall> = z.strictObject({
  id: z.string().min(1),
  type: z.literal("function", { error: "The one type of tool call is function" }),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
});

const assistant = z.strictObject({
  role: z.literal("assistant"),
  content: content.nullish(),
  tool_calls: z.array(toolCall).min(1).nullish(),
  refusal: z.string().nullish(),
  // Clients send answers back as they came; these are then empty.
  audio: z.null().optional(),
  function_call: z.null().optional(),
  annotations: z.array(z.never()).nullish(),
});

export const messageSchema: z.ZodType<WireMessage> = z.discriminatedUnion(
  "role",
  [
    z.strictObject({ role: z.enum(["system", "developer", "user"]), content }),
    assistant,
    z.strictObject({
      role: z.literal("tool"),
      content,
      tool_call_id: z.string().min(1),
      name: z.string().optional(),
    }),
  ],
  {
    error: (issue) =>
      issue.code === "invalid_union" ? "Roles are system, developer, user, assistant and tool" : undefined,
  },
);
