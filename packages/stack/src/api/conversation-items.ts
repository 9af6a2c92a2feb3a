/** Items of conversations: every type of OpenAI's specification, whether or not the model can read it. */
import { z } from "zod";
import { type ForeignCallType, foreignCallFields, foreignCallPrefixes } from "./conversation-calls.ts";
import { contentPartSchema, resultPartSchema } from "./conversation-parts.ts";
import { mcpToolsSchema } from "./hosted-items.ts";
import type { Json } from "./json.ts";

/** An item as it is kept: `id`, and for messages and calls `status`, are always there. */
export type ConversationItem = { id: string; type: string } & { [key: string]: Json };

/** An item in a request, or one of the owner's other items by its id (`item_reference`); without a type it is a message. */
export type ConversationItemParam = {
  id?: string | null | undefined;
  type?: string | undefined;
  status?: string | null | undefined;
} & Record<string, unknown>;

const id = z.string().min(1).max(200);
const status = z.enum([
  "in_progress",
  "completed",
  "incomplete",
  "searching",
  "generating",
  "interpreting",
  "calling",
  "failed",
]);
const text = z.string();
const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;
const object = z.record(z.string(), json);

/** Every type of item. */
export type ConversationItemType =
  | "message"
  | "function_call"
  | "function_call_output"
  | "web_search_call"
  | "file_search_call"
  | "code_interpreter_call"
  | "mcp_call"
  | "mcp_list_tools"
  | "mcp_approval_request"
  | "mcp_approval_response"
  | "reasoning"
  | ForeignCallType;

/** Who made an item, as OpenAI's answers have it. */
const createdBy = { created_by: text.optional() };

const webAction = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("search"),
    query: text.optional(),
    queries: z.array(text).optional(),
    sources: z.array(z.strictObject({ type: z.literal("url"), url: text })).nullish(),
  }),
  z.strictObject({ type: z.literal("open_page"), url: text.nullish() }),
  z.strictObject({ type: z.enum(["find_in_page", "find"]), url: text, pattern: text }),
]);

/** Fields of each type but `id`, `type` and `status`. */
const fields = {
  message: {
    role: z.enum(["system", "developer", "user", "assistant", "tool", "critic", "discriminator", "unknown"]),
    content: z.union([text, z.array(contentPartSchema)]),
    phase: z.enum(["commentary", "final_answer"]).nullish(),
  },
  function_call: { call_id: id, name: text, arguments: text, namespace: text.nullish(), ...createdBy },
  function_call_output: {
    call_id: id,
    output: z.union([text, z.array(resultPartSchema)]),
    ...createdBy,
  },
  web_search_call: { action: webAction.nullish() },
  file_search_call: { queries: z.array(text), results: z.array(object).nullish() },
  code_interpreter_call: {
    code: text.nullish(),
    container_id: text,
    outputs: z.array(object).nullish(),
  },
  mcp_call: {
    server_label: text,
    name: text,
    arguments: text,
    error: text.nullish(),
    output: text.nullish(),
    approval_request_id: text.nullish(),
  },
  mcp_list_tools: {
    server_label: text,
    tools: mcpToolsSchema,
    error: text.nullish(),
    schema_tokens: z.int().optional(),
  },
  mcp_approval_request: { server_label: text, name: text, arguments: text },
  mcp_approval_response: { approval_request_id: id, approve: z.boolean(), reason: text.nullish() },
  reasoning: {
    summary: z.array(z.strictObject({ type: z.literal("summary_text"), text })),
    content: z.array(z.strictObject({ type: z.literal("reasoning_text"), text })).nullish(),
    encrypted_content: text.nullish(),
  },
  ...foreignCallFields,
} as const satisfies Readonly<Record<ConversationItemType, z.ZodRawShape>>;

/** Types of items, each with what its ids begin with. */
export const itemIdPrefixes: Readonly<Record<ConversationItemType, string>> = {
  message: "msg_",
  function_call: "fc_",
  function_call_output: "fco_",
  web_search_call: "ws_",
  file_search_call: "fs_",
  code_interpreter_call: "ci_",
  mcp_call: "mcp_",
  mcp_list_tools: "mcpl_",
  mcp_approval_request: "mcpr_",
  mcp_approval_response: "mcpa_",
  reasoning: "rs_",
  ...foreignCallPrefixes,
};

const types = Object.keys(fields) as (keyof typeof fields)[];

function union(
  forType: (type: keyof typeof fields) => z.ZodObject,
  error: string,
  others: readonly z.ZodObject[] = [],
): z.ZodType {
  const [first, ...rest] = types.map(forType);
  return z.discriminatedUnion("type", [first!, ...rest, ...others], { error });
}

const typeError = `Items are of type ${types.join(", ")}`;
const itemReference = z.strictObject({ type: z.literal("item_reference"), id });

export const conversationItemSchema: z.ZodType<ConversationItem> = union(
  (type) => z.strictObject({ ...fields[type], id, type: z.literal(type), status: status.nullish() }),
  typeError,
) as z.ZodType<ConversationItem>;

export const conversationItemParamSchema: z.ZodType<ConversationItemParam> = union(
  (type) => {
    const literal = z.literal(type);
    const own = { ...fields[type], id: id.nullish(), status: status.nullish() };
    return z.strictObject({ ...own, type: type === "message" ? literal.optional() : literal });
  },
  typeError,
  [itemReference],
) as z.ZodType<ConversationItemParam>;
