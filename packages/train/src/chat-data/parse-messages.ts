import type { JsonValue, Message, ToolCall, ToolDefinition } from "@llamero/core";
import { isRecord, type JsonRecord, refuse, type UnknownFields } from "./record-reader.ts";

const textFields: ReadonlySet<string> = new Set(["role", "content", "trainable", "weight", "name"]);
const assistantFields: ReadonlySet<string> = new Set([...textFields, "tool_calls", "refusal"]);
const toolFields: ReadonlySet<string> = new Set([...textFields, "tool_call_id"]);
const roles = "system, developer, user, assistant, tool";

/** Messages in the form of OpenAI; `developer` is the system, `weight: 0` is `trainable: false`. */
export function parseMessages(
  value: JsonValue | undefined,
  where: string,
  unknown: UnknownFields,
): Message[] {
  if (!Array.isArray(value)) return refuse(where, "is not a list of messages");
  if (value.length === 0) return refuse(where, "has no message");
  const names = new Map<string, string>();
  return value.map((item: JsonValue, index) => {
    const at = `${where}[${index}]`;
    if (!isRecord(item)) return refuse(at, "is not an object with role and content");
    const message = parseMessage(item, at, names, unknown);
    if (message.role === "assistant")
      for (const call of message.toolCalls ?? []) names.set(call.id, call.name);
    return message;
  });
}

function parseMessage(
  item: JsonRecord,
  at: string,
  names: ReadonlyMap<string, string>,
  unknown: UnknownFields,
): Message {
  const { role } = item;
  const trained = trainableOf(item, at);
  if (item["function_call"] !== undefined) refuse(at, "function_call is the old form; write tool_calls");
  switch (role) {
    case "system":
    case "developer":
    case "user":
      unknown.check(item, at, textFields);
      return { role: role === "user" ? role : "system", content: textOf(item["content"], at), ...trained };
    case "assistant": {
      unknown.check(item, at, assistantFields);
      const toolCalls = parseCalls(item["tool_calls"], `${at}.tool_calls`);
      if (toolCalls.length > 0) {
        const content = item["content"] == null ? "" : textOf(item["content"], at);
        return { role, content, toolCalls, ...trained };
      }
      return { role, content: textOf(item["content"], at), ...trained };
    }
    case "tool": {
      unknown.check(item, at, toolFields);
      const id = item["tool_call_id"];
      if (typeof id !== "string")
        return refuse(at, "tool_call_id is missing; it names the call that is answered");
      const name = names.get(id);
      if (name === undefined) return refuse(at, `tool_call_id ${JSON.stringify(id)} is of no call before it`);
      return { role, toolCallId: id, name, content: textOf(item["content"], at), ...trained };
    }
    default:
      return refuse(at, `role is ${JSON.stringify(role ?? null)}; it is one of ${roles}`);
  }
}

function trainableOf({ trainable, weight }: JsonRecord, at: string): { trainable?: boolean } {
  if (trainable !== undefined && typeof trainable !== "boolean")
    return refuse(at, `trainable is ${JSON.stringify(trainable)}; it is true or false`);
  if (weight !== undefined && weight !== 0 && weight !== 1)
    return refuse(at, `weight is ${JSON.stringify(weight)}; it is 0 or 1`);
  const value = trainable ?? (weight === undefined ? undefined : weight === 1);
  return value === undefined ? {} : { trainable: value };
}

function textOf(content: JsonValue | undefined, at: string): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return refuse(at, "content is neither a text nor a list of text parts");
  return content
    .map((part: JsonValue, index) => {
      if (isRecord(part) && part["type"] === "text" && typeof part["text"] === "string") return part["text"];
      return refuse(`${at}.content[${index}]`, "is not a part of type text; only text can be learned");
    })
    .join("");
}

function parseCalls(value: JsonValue | undefined, at: string): ToolCall[] {
  if (value == null) return [];
  if (!Array.isArray(value)) return refuse(at, "is not a list of calls");
  return value.map((call: JsonValue, index) => {
    const where = `${at}[${index}]`;
    if (!isRecord(call)) return refuse(where, "is not an object");
    const inner = isRecord(call["function"]) ? call["function"] : call;
    const { name, arguments: given } = inner;
    if (typeof name !== "string" || name === "") return refuse(where, "the function has no name");
    const id = call["id"];
    return {
      id: typeof id === "string" ? id : `call${index}`,
      name,
      arguments: parseArguments(given, where),
    };
  });
}

function parseArguments(given: JsonValue | undefined, where: string): ToolCall["arguments"] {
  let value: JsonValue = given ?? {};
  if (typeof value === "string") {
    try {
      value = JSON.parse(value === "" ? "{}" : value) as JsonValue;
    } catch {
      return refuse(where, "arguments is a text that is not JSON");
    }
  }
  return isRecord(value) ? value : refuse(where, "arguments is not an object");
}

/** Functions that a record offers, in the form of OpenAI or bare. */
export function parseTools(value: JsonValue | undefined): ToolDefinition[] {
  if (value == null) return [];
  if (!Array.isArray(value)) return refuse("tools", "is not a list of functions");
  return value.map((tool: JsonValue, index) => {
    const where = `tools[${index}]`;
    if (!isRecord(tool)) return refuse(where, "is not an object");
    const { name, description, parameters } = isRecord(tool["function"]) ? tool["function"] : tool;
    if (typeof name !== "string" || name === "") return refuse(where, "the function has no name");
    if (parameters !== undefined && !isRecord(parameters))
      return refuse(where, "parameters is not an object");
    return {
      name,
      description: typeof description === "string" ? description : "",
      parameters: parameters ?? { type: "object", properties: {} },
    };
  });
}
