import type { JsonValue } from "../message.ts";
import { pythonJson } from "../python-text.ts";
import {
  type CallContent,
  codeInterpreter,
  encodeMethodCall,
  isBuiltinTool,
  queryToolNames,
} from "./builtin.ts";
import type { ToolCallFormat } from "./encode.ts";
import { readPythonList } from "./pythonic.ts";

// Behaviour of llama-models 0.3.0 models/llama3/{chat_format,tool_utils}.py, weaknesses included, for comparing
// with systems built on it. `createToolCallParser` is what reads models' answers otherwise.

/** How a message ended in Meta's terms. */
export type MetaStopReason = "end_of_turn" | "end_of_message" | "out_of_tokens";

/** An answer as Meta's ChatFormat decodes it. */
export interface MetaAnswer {
  content: string;
  stopReason: MetaStopReason;
  toolCalls: CallContent[];
}

/** Text of a call as Meta's ToolUtils writes it: nothing escaped in Python and `.call` forms, ASCII JSON. */
export function encodeMetaToolCall(call: CallContent, format: ToolCallFormat): string {
  if (call.name === codeInterpreter) return String(call.arguments["code"]);
  if (queryToolNames.includes(call.name)) return encodeMethodCall(call, (text) => text);
  const json = pythonJson(call.arguments, { asciiOnly: true });
  switch (format) {
    case "json":
      return `{"type": "function", "name": ${pythonJson(call.name, { asciiOnly: true })}, "parameters": ${json}}`;
    case "function-tag":
      return `<function=${call.name}>${json}</function>`;
    case "pythonic": {
      const args = Object.entries(call.arguments).map(([key, value]) => `${key}=${looseLiteral(value)}`);
      return `[${call.name}(${args.join(", ")})]`;
    }
    default:
      return format satisfies never;
  }
}

/** Decodes an answer as Meta's ChatFormat does: at most one call, whose text empties the content. */
export function parseMetaAnswer(text: string, stopReason: MetaStopReason): MetaAnswer {
  const header = "<|start_header_id|>assistant<|end_header_id|>\n\n";
  let content = text.replace(/^ +| +$/g, "");
  if (content.startsWith(header)) content = content.slice(header.length);
  const tag = "<|python_tag|>";
  const isIpython = content.startsWith(tag);
  if (isIpython) content = content.slice(tag.length);
  let reason = stopReason;
  if (content.endsWith("<|eot_id|>")) {
    content = content.slice(0, -"<|eot_id|>".length);
    reason = "end_of_turn";
  } else if (content.endsWith("<|eom_id|>")) {
    content = content.slice(0, -"<|eom_id|>".length);
    reason = "end_of_message";
  }
  const call = customCall(content) ?? methodCall(content) ?? (isIpython ? codeCall(content) : null);
  if (call === null) return { content, stopReason: reason, toolCalls: [] };
  return { content: "", stopReason: reason, toolCalls: [call] };
}

function customCall(content: string): CallContent | null {
  const call = functionTag(content) ?? wholeJson(content) ?? readPythonList(content)?.[0] ?? null;
  if (call === null || !isBuiltinTool(call.name)) return call;
  const value = Object.values(call.arguments)[0];
  return value === undefined ? call : { name: call.name, arguments: { query: value } };
}

function functionTag(content: string): CallContent | null {
  const match = /<function=([^}]+)>(\{.*?\})/.exec(content);
  if (match === null) return null;
  const args = parseObject(match[2]!.replaceAll("'", '"'));
  return args === null ? null : { name: match[1]!, arguments: args };
}

function wholeJson(content: string): CallContent | null {
  const value = parseObject(content);
  const name = value?.["name"];
  const parameters = value?.["parameters"];
  if (typeof name !== "string" || typeof parameters !== "object" || parameters === null) return null;
  return { name, arguments: parameters as CallContent["arguments"] };
}

function methodCall(content: string): CallContent | null {
  const match = /\b(\w+)\.call\(query="([^"]*)"\)/.exec(content);
  return match === null ? null : { name: match[1]!, arguments: { query: match[2]! } };
}

function codeCall(content: string): CallContent {
  return { name: codeInterpreter, arguments: { code: content } };
}

function parseObject(text: string): Record<string, JsonValue> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, JsonValue>) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function looseLiteral(value: JsonValue): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null) return "None";
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(looseLiteral).join(", ")}]`;
  if (typeof value !== "object") return pythonJson(value);
  const items = Object.entries(value).map(([key, item]) => `${key}=${looseLiteral(item)}`);
  return `{${items.join(", ")}}`;
}
