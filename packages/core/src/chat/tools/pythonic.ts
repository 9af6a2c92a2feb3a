import type { JsonValue } from "../message.ts";
import { pythonJsonString, pythonNumber } from "../python-text.ts";
import type { CallContent } from "./builtin.ts";
import { type CallMatch, type MatchContext, noCall, resolveToolName, unfinished } from "./call-match.ts";
import { LiteralReader } from "./literal.ts";

const isKeyword = /^[A-Za-z_$][\w$]*$/;

/** Calls as a Python list: [f(a=1), g()]. */
export function encodePythonicCalls(calls: readonly CallContent[]): string {
  return `[${calls.map(encodePythonicCall).join(", ")}]`;
}

function encodePythonicCall(call: CallContent): string {
  const entries = Object.entries(call.arguments);
  const args = entries
    .filter(([key]) => isKeyword.test(key))
    .map(([key, value]) => `${key}=${pythonLiteral(value)}`);
  // Python gives such names by a dictionary too.
  const others = entries.filter(([key]) => !isKeyword.test(key));
  if (others.length > 0) args.push(`**${pythonLiteral(Object.fromEntries(others))}`);
  return `${call.name}(${args.join(", ")})`;
}

function pythonLiteral(value: JsonValue): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return pythonNumber(value);
  if (typeof value === "string") return pythonJsonString(value, false);
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(pythonLiteral).join(", ")}]`;
  const items = Object.entries(value).map(
    ([key, item]) => `${pythonJsonString(key, false)}: ${pythonLiteral(item)}`,
  );
  return `{${items.join(", ")}}`;
}

/** Calls as a Python list at `pos`; away from the start of an answer only functions that were offered count. */
export function matchPythonicList(context: MatchContext, pos: number): CallMatch {
  const reader = new LiteralReader(context.text, pos, context.isFinal);
  const calls: CallContent[] = [];
  reader.take("[");
  while (calls.length === 0 || !reader.takeClose("]")) {
    const call = readCall(reader, context.tools);
    if (call === undefined) return unfinished(reader);
    if (!context.isStart && !context.tools.has(call.name)) return noCall;
    calls.push(call);
    if (reader.take(",")) continue;
    if (!reader.takeClose("]")) {
      reader.fail();
      return unfinished(reader);
    }
    break;
  }
  return { kind: "calls", calls, end: reader.pos };
}

/** One call as f(a=1) or f.call(a=1) at `pos`. */
export function matchPythonicCall(context: MatchContext, pos: number): CallMatch {
  const reader = new LiteralReader(context.text, pos, context.isFinal);
  const call = readCall(reader, context.tools);
  return call === undefined ? unfinished(reader) : { kind: "calls", calls: [call], end: reader.pos };
}

/** The calls of a text that is nothing but a Python list of calls with keyword arguments and plain names. */
export function readPythonList(text: string): CallContent[] | null {
  const context = { text, isFinal: false, isStart: true, tools: new Map() };
  if (!text.trimStart().startsWith("[")) return null;
  const match = matchPythonicList(context, 0);
  if (match.kind !== "calls" || text.slice(match.end).trim() !== "") return null;
  return match.calls.every((call) => !call.name.includes(".")) ? [...match.calls] : null;
}

function readCall(reader: LiteralReader, tools: MatchContext["tools"]): CallContent | undefined {
  const name = readOddName(reader, tools) ?? readName(reader);
  if (name === undefined) return undefined;
  if (!reader.take("(")) return reader.fail();
  const resolved = resolveToolName(tools.has(name) ? name : name.replace(/\.call$/, ""), tools);
  const positional = Object.keys(tools.get(resolved)?.parameters["properties"] ?? {});
  const args: Record<string, JsonValue> = {};
  let numPositional = 0;
  const put = (key: string, value: JsonValue): void => {
    Object.defineProperty(args, key, { value, writable: true, enumerable: true, configurable: true });
  };
  while (!reader.takeClose(")")) {
    if (reader.take("*")) {
      const more = reader.take("*") ? reader.object() : reader.fail();
      if (more === undefined) return undefined;
      for (const [key, value] of Object.entries(more)) put(key, value);
      if (reader.take(",")) continue;
      if (!reader.takeClose(")")) return reader.fail();
      break;
    }
    const key = readKeyword(reader);
    if (reader.status !== "ok") return undefined;
    const value = reader.value();
    if (value === undefined) return undefined;
    const parameter = key ?? positional[numPositional++];
    if (parameter === undefined) {
      reader.status = "invalid";
      return undefined;
    }
    put(parameter, value);
    if (reader.take(",")) continue;
    if (!reader.takeClose(")")) return reader.fail();
    break;
  }
  return { name: resolved, arguments: args };
}

/** A name of Python, dots included. */
function readName(reader: LiteralReader): string | undefined {
  let name = reader.word();
  while (name !== undefined && reader.text[reader.pos] === ".") {
    reader.pos++;
    const part = reader.word();
    if (part === undefined) return undefined;
    name = `${name}.${part}`;
  }
  return name;
}

/** A function that was offered under a name that is none of Python, such as get-weather. */
function readOddName(reader: LiteralReader, tools: MatchContext["tools"]): string | undefined {
  for (const name of tools.keys()) {
    if (/^[A-Za-z_$][\w$.]*$/.test(name)) continue;
    reader.peek();
    const { text, pos, isFinal } = reader;
    const here = text.slice(pos, pos + name.length);
    if (here === name && !/[\w$.-]/.test(text[pos + name.length] ?? "")) {
      reader.pos += name.length;
      return name;
    }
    if (!isFinal && here !== "" && here.length < name.length && name.startsWith(here)) {
      reader.status = "partial";
      return undefined;
    }
  }
  return undefined;
}

/** Steps over `key=`; null when the next argument is positional. */
function readKeyword(reader: LiteralReader): string | null {
  if (!/[A-Za-z_$]/.test(reader.peek())) return null;
  const start = reader.pos;
  const word = reader.word();
  if (word === undefined) return null;
  if (reader.take("=")) return word;
  if (reader.peek() === "" && !reader.isFinal) reader.status = "partial";
  reader.pos = start;
  return null;
}
