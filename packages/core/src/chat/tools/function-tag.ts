import { pythonJson } from "../python-text.ts";
import type { CallContent } from "./builtin.ts";
import {
  type CallMatch,
  type MatchContext,
  matchFixed,
  noCall,
  partialCall,
  resolveToolName,
  unfinished,
} from "./call-match.ts";
import { LiteralReader } from "./literal.ts";

/** How a call in this form begins. */
export const functionTagOpen = "<function=";
const functionTagClose = "</function>";
const maxNameLength = 128;

/** A call as <function=NAME>{...}</function>. */
export function encodeFunctionTagCall(call: CallContent): string {
  return `${functionTagOpen}${call.name}>${pythonJson(call.arguments)}${functionTagClose}`;
}

/** A call as <function=NAME>{...}</function> at `pos`, where the opening stands; the closing tag may be missing. */
export function matchFunctionTag(context: MatchContext, pos: number): CallMatch {
  const { text, isFinal } = context;
  const start = pos + functionTagOpen.length;
  const end = text.indexOf(">", start);
  const name = text.slice(start, end < 0 ? text.length : end).replace(/^["']|["']$/g, "");
  if (/[\s{}<]/.test(name) || name.length > maxNameLength) return noCall;
  if (end < 0) return isFinal ? noCall : partialCall;
  if (name === "") return noCall;
  const reader = new LiteralReader(text, end + 1, isFinal);
  const hasNoArguments = reader.peek() !== "" && text.startsWith(functionTagClose, reader.pos);
  const args = hasNoArguments ? {} : reader.object();
  if (args === undefined) return unfinished(reader);
  const call = { name: resolveToolName(name, context.tools), arguments: args };
  const afterArguments = reader.pos;
  reader.peek();
  const close = matchFixed(context, reader.pos, functionTagClose);
  if (close === "partial") return partialCall;
  const callEnd = close === "yes" ? reader.pos + functionTagClose.length : afterArguments;
  return { kind: "calls", calls: [call], end: callEnd };
}
