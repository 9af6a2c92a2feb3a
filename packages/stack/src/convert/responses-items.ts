import type { JsonValue, Message, ToolCall } from "@llamero/core";
import type { ConversationItem } from "../api/conversation-items.ts";
import type { HostedCallItem } from "../api/hosted-items.ts";
import {
  type FunctionCallItem,
  type InputPart,
  type Item,
  type ItemParam,
  itemParamSchema,
  type MessageItem,
  type OutputPart,
} from "../api/responses-items.ts";
import { HttpError } from "../http/http-error.ts";

/** Makes the id of a new object from the prefix of its kind. */
export type NewId = (prefix: string) => string;

/** Input of a request -> items; references become the items that they name. */
export function toItems(
  input: string | readonly ItemParam[] | null | undefined,
  references: ReadonlyMap<string, Item>,
  newId: NewId,
): Item[] {
  if (input == null) return [];
  if (typeof input === "string") return [userMessage(input, newId)];
  return input.map((param, index): Item => {
    if (param.type === "item_reference") {
      const item = references.get(param.id);
      if (item !== undefined) return item;
      throw new HttpError(404, `input[${index}].id: Item '${param.id}' not found.`, {
        param: `input[${index}].id`,
        code: "item_not_found",
      });
    }
    return toItem(param, newId);
  });
}

function toItem(param: Exclude<ItemParam, { type: "item_reference" }>, newId: NewId): Item {
  switch (param.type) {
    case "function_call": {
      const { type, call_id, name, arguments: text } = param;
      const status = param.status ?? "completed";
      return { type, id: param.id ?? newId("fc_"), call_id, name, arguments: text, status };
    }
    case "function_call_output": {
      const { type, call_id, output } = param;
      return { type, id: param.id ?? newId("fco_"), call_id, output, status: param.status ?? "completed" };
    }
    case "mcp_approval_response":
      return { ...param, id: param.id ?? newId("mcpa_") };
    case "mcp_list_tools":
    case "mcp_call":
    case "mcp_approval_request":
    case "file_search_call":
    case "web_search_call":
    case "code_interpreter_call":
      return param;
    case "message":
    case undefined: {
      const { role } = param;
      const content = toContent(param.content, role);
      const status = param.status ?? "completed";
      return { type: "message", id: param.id ?? newId("msg_"), status, role, content };
    }
    default:
      return param satisfies never;
  }
}

function userMessage(text: string, newId: NewId): MessageItem {
  const content = toContent(text, "user");
  return { type: "message", id: newId("msg_"), status: "completed", role: "user", content };
}

function toContent(
  content: string | readonly InputPart[],
  role: MessageItem["role"],
): MessageItem["content"] {
  if (typeof content === "string") {
    return role === "assistant" ? [outputText(content)] : [{ type: "input_text", text: content }];
  }
  return content.map((part) => (part.type === "output_text" ? outputText(part.text) : part));
}

const outputText = (text: string): OutputPart => ({
  type: "output_text",
  text,
  annotations: [],
  logprobs: [],
});

/** Item of a conversation -> item that the model can read; throws for any other. */
export function fromConversation(item: ConversationItem): Item {
  // Neither is for the model: who made the item, and how the one who shows it is to place it.
  const { created_by: _creator, phase: _phase, ...rest } = item;
  const result = itemParamSchema.safeParse(rest);
  if (!result.success || result.data.type === "item_reference") {
    const what = `The item ${item.id} of the conversation, of type ${item.type},`;
    throw new HttpError(
      400,
      `${what} is not one that the model can read; delete it, or start another conversation`,
      {
        param: "conversation",
        code: "unsupported_item",
      },
    );
  }
  return toItem(result.data, () => item.id);
}

/**
 * Items -> messages; calls join the message that they follow, results get the name of their call. `results` has what
 * items of the server's tools do not say.
 */
export function itemMessages(
  history: readonly Item[],
  input: readonly Item[],
  results: Readonly<Record<string, string>> = {},
): Message[] {
  const messages: Message[] = [];
  const names = new Map<string, string>();
  const addCall = (call: ToolCall, content: string): void => {
    const last = messages.at(-1);
    if (last?.role === "assistant" && last.toolCalls === undefined)
      messages[messages.length - 1] = { ...last, toolCalls: [call] };
    else messages.push({ role: "assistant", content: "", toolCalls: [call] });
    messages.push({ role: "tool", toolCallId: call.id, name: call.name, content });
  };
  const requests = new Map([...history, ...input].map((item) => [item.id, item]));
  [...history, ...input].forEach((item, at) => {
    const param = at < history.length ? "previous_response_id" : `input[${at - history.length}]`;
    switch (item.type) {
      case "message":
        messages.push(toMessage(item));
        break;
      case "function_call": {
        names.set(item.call_id, item.name);
        const call = itemCall(item, param);
        const last = messages.at(-1);
        if (last?.role === "assistant") {
          messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] };
        } else {
          messages.push({ role: "assistant", content: "", toolCalls: [call] });
        }
        break;
      }
      case "function_call_output": {
        const name = names.get(item.call_id);
        if (name === undefined) {
          throw new HttpError(400, `${param}.call_id: ${item.call_id} is of no function call before it`, {
            param: `${param}.call_id`,
            code: "call_not_found",
          });
        }
        const { output } = item;
        const content = typeof output === "string" ? output : output.map(({ text }) => text).join("");
        messages.push({ role: "tool", toolCallId: item.call_id, name, content });
        break;
      }
      case "mcp_approval_response": {
        const request = requests.get(item.approval_request_id);
        if (item.approve || request?.type !== "mcp_approval_request") break;
        const why = item.reason == null || item.reason === "" ? "" : `: ${item.reason}`;
        const call = toToolCall({ ...request, call_id: request.id }, param);
        addCall(call, `The user did not agree to this call${why}`);
        break;
      }
      case "mcp_call":
      case "file_search_call":
      case "web_search_call":
      case "code_interpreter_call": {
        const said = results[item.id] ?? resultOf(item);
        if (said !== null) addCall(itemCall(item, param), said);
        break;
      }
      case "mcp_list_tools":
      case "mcp_approval_request":
        break;
      default:
        item satisfies never;
    }
  });
  return messages;
}

function toMessage({ role, content }: MessageItem): Message {
  const text = content.map((part) => (part.type === "refusal" ? part.refusal : part.text)).join("");
  return { role: role === "developer" ? "system" : role, content: text };
}

/** What the call of a tool of the server gave, as far as its item says it; the answer after it says the rest. */
function resultOf(item: HostedCallItem): string | null {
  switch (item.type) {
    case "mcp_call":
      return item.error ?? item.output ?? null;
    case "file_search_call":
      return item.results == null
        ? null
        : item.results.map(({ filename, text }) => `${filename}\n${text}`).join("\n\n");
    case "code_interpreter_call":
      return item.outputs === null ? null : item.outputs.map(({ logs }) => logs).join("\n");
    case "web_search_call":
      return null;
    default:
      return item satisfies never;
  }
}

/** The call that an item is of; `param` is where the item stands. */
export function itemCall(item: FunctionCallItem | HostedCallItem, param: string): ToolCall {
  switch (item.type) {
    case "function_call":
      return toToolCall(item, param);
    case "mcp_call":
      return toToolCall({ call_id: item.id, name: item.name, arguments: item.arguments }, param);
    case "file_search_call":
      return { id: item.id, name: "file_search", arguments: { query: item.queries[0] ?? "" } };
    case "web_search_call":
      return { id: item.id, name: "web_search", arguments: { query: item.action.query } };
    case "code_interpreter_call":
      return { id: item.id, name: "code_interpreter", arguments: { code: item.code } };
    default:
      return item satisfies never;
  }
}

function toToolCall(
  { call_id: id, name, arguments: text }: Pick<FunctionCallItem, "call_id" | "name" | "arguments">,
  param: string,
): ToolCall {
  const refuse = (why: string): HttpError =>
    new HttpError(400, `${param}.arguments ${why}`, { param: `${param}.arguments`, code: "invalid_value" });
  let value: JsonValue;
  try {
    value = JSON.parse(text === "" ? "{}" : text) as JsonValue;
  } catch {
    throw refuse("is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse("is not a JSON object");
  }
  return { id, name, arguments: value as ToolCall["arguments"] };
}
