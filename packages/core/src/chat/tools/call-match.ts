import type { ToolDefinition } from "../message.ts";
import type { CallContent } from "./builtin.ts";
import type { LiteralReader } from "./literal.ts";

/** What a form of call finds at a place of the text: calls, too little text to tell, or nothing. */
export type CallMatch =
  | { kind: "calls"; calls: readonly CallContent[]; end: number }
  | { kind: "partial" }
  | { kind: "none" };

export const noCall: { kind: "none" } = { kind: "none" };
export const partialCall: { kind: "partial" } = { kind: "partial" };

/** Where and with what knowledge a call is looked for. */
export interface MatchContext {
  text: string;
  /** No more text will come. */
  isFinal: boolean;
  /** The model's answer begins here, so a call to an unknown function is likelier than prose. */
  isStart: boolean;
  /** Functions offered to the model, by name. */
  tools: ReadonlyMap<string, ToolDefinition | null>;
}

/** What became of a reader that returned undefined. */
export function unfinished(reader: LiteralReader): CallMatch {
  return reader.status === "partial" && !reader.isFinal ? partialCall : noCall;
}

/** Whether `text` goes on at `pos` with `expected`, or may when more text comes. */
export function matchFixed(context: MatchContext, pos: number, expected: string): "yes" | "partial" | "no" {
  if (context.text.startsWith(expected, pos)) return "yes";
  const rest = context.text.length - pos;
  return !context.isFinal && rest < expected.length && context.text.endsWith(expected.slice(0, rest))
    ? "partial"
    : "no";
}

/** The offered name that a model means, such as get_weather by functions.get_weather; else the name itself. */
export function resolveToolName(name: string, tools: MatchContext["tools"]): string {
  if (tools.has(name)) return name;
  const last = name.slice(name.lastIndexOf(".") + 1);
  return tools.has(last) || name === `functions.${last}` ? last : name;
}
