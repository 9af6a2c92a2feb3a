import type { JsonValue } from "../message.ts";
import { pythonJson } from "../python-text.ts";
import type { CallContent } from "./builtin.ts";
import {
  type CallMatch,
  type MatchContext,
  noCall,
  partialCall,
  resolveToolName,
  unfinished,
} from "./call-match.ts";
import { LiteralReader } from "./literal.ts";

/** A call as Llama 3.1 writes it: {"type": "function", "name": ..., "parameters": ...}. */
export function encodeJsonCall(call: CallContent): string {
  return `{"type": "function", "name": ${pythonJson(call.name)}, "parameters": ${pythonJson(call.arguments)}}`;
}

/** A call as the Hugging Face templates write it: {"name": ..., "parameters": ...}. */
export function encodeHfCall(call: CallContent): string {
  return `{"name": ${pythonJson(call.name)}, "parameters": ${pythonJson(call.arguments)}}`;
}

const nameKeys = ["name", "function", "tool", "tool_name", "function_name"] as const;
const argumentKeys = ["parameters", "arguments", "args", "kwargs"] as const;
const callKeys: readonly string[] = ["type", "id", ...nameKeys, ...argumentKeys];

/** A call as a JSON object at `pos`, in any of the usual spellings. */
export function matchJsonCall(context: MatchContext, pos: number): CallMatch {
  const reader = new LiteralReader(context.text, pos, context.isFinal);
  const object = reader.object((key, isWhole) =>
    callKeys.some((known) => (isWhole ? known === key : known.startsWith(key))),
  );
  if (object === undefined) return unfinished(reader);
  const call = callFromObject(object, context.tools);
  return call === null ? noCall : { kind: "calls", calls: [call], end: reader.pos };
}

/** Calls as a JSON array of objects at `pos`. */
export function matchJsonList(context: MatchContext, pos: number): CallMatch {
  const reader = new LiteralReader(context.text, pos, context.isFinal);
  const calls: CallContent[] = [];
  reader.take("[");
  while (calls.length === 0 || !reader.takeClose("]")) {
    if (reader.peek() !== "{") return reader.peek() === "" && !context.isFinal ? partialCall : noCall;
    const match = matchJsonCall(context, reader.pos);
    if (match.kind !== "calls") return match;
    calls.push(...match.calls);
    reader.pos = match.end;
    if (reader.take(",")) continue;
    if (!reader.takeClose("]")) return reader.peek() === "" ? partialCall : noCall;
    break;
  }
  return { kind: "calls", calls, end: reader.pos };
}

function callFromObject(
  object: Readonly<Record<string, JsonValue>>,
  tools: MatchContext["tools"],
): CallContent | null {
  const nested = object["function"];
  if (isRecord(nested)) return callFromObject(nested, tools);
  const name = nameKeys.map((key) => object[key]).find((value) => value !== undefined);
  if (typeof name !== "string" || name === "") return null;
  const resolved = resolveToolName(name, tools);
  const given = argumentKeys.map((key) => object[key]).find((value) => value !== undefined && value !== null);
  if (given === undefined) {
    const isCall = tools.has(resolved) || argumentKeys.some((key) => object[key] === null);
    return isCall ? { name: resolved, arguments: {} } : null;
  }
  const args = typeof given === "string" ? parseWholeObject(given) : given;
  return isRecord(args) ? { name: resolved, arguments: args } : null;
}

function isRecord(value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseWholeObject(text: string): JsonValue | undefined {
  if (text.trim() === "") return {};
  const reader = new LiteralReader(text, 0, true);
  const value = reader.object();
  return value !== undefined && reader.peek() === "" ? value : undefined;
}
