import { type CallContent, codeInterpreter, queryToolNames } from "./builtin.ts";
import { type CallMatch, type MatchContext, matchFixed, noCall, partialCall } from "./call-match.ts";
import { functionTagOpen, matchFunctionTag } from "./function-tag.ts";
import { matchJsonCall, matchJsonList } from "./json-call.ts";
import { matchPythonicCall, matchPythonicList } from "./pythonic.ts";

/** What may begin at a place of an answer. `closers` are texts that may follow the calls and belong to them. */
export type Candidate =
  | { kind: "calls"; calls: readonly CallContent[]; end: number; closers: readonly string[] }
  /** The python tag: calls or code until the message ends. */
  | { kind: "code"; end: number }
  | { kind: "partial" }
  | { kind: "none" };

const pythonTag = "<|python_tag|>";

// Marks that other model families put around JSON calls.
const wrappers: readonly { open: string; close: string }[] = [
  { open: "<tool_call>", close: "</tool_call>" },
  { open: "[TOOL_CALLS]", close: "" },
];

/** Looks for a call at `at`; `before` is the text that ends there. */
export function matchCandidate(context: MatchContext, at: number, before: string): Candidate {
  const { text, isFinal } = context;
  const here = context.isStart && text.slice(0, at).trim() === "" ? context : { ...context, isStart: false };
  switch (text[at]) {
    case "`": {
      const head = /```[\w-]*\s*/y;
      head.lastIndex = at;
      const fence = head.exec(text)?.[0];
      if (fence === undefined) return !isFinal && /^``?$/.test(text.slice(at)) ? partialCall : noCall;
      const inside = at + fence.length;
      if (inside === text.length) return isFinal ? noCall : partialCall;
      // Fences of this name hold calls, not examples.
      const isCall = /^```tool_(?:code|call)/.test(fence);
      return withClosers(matchForm(isCall ? { ...here, isStart: true } : here, inside, ""), ["```"]);
    }
    case "<": {
      const tag = matchFixed(context, at, pythonTag);
      if (tag === "yes") return { kind: "code", end: at + pythonTag.length };
      if (tag === "partial") return partialCall;
      return matchForm(here, at, before);
    }
    default:
      return matchForm(here, at, before);
  }
}

/** Calls that a text begins with, white space and separators between; null when it is not calls but code. */
export function matchCallSequence(
  context: MatchContext,
): { calls: readonly CallContent[]; end: number } | null {
  const calls: CallContent[] = [];
  const { text } = context;
  let end = 0;
  for (let at = 0; at < text.length; ) {
    at += /^[\s;,]*/.exec(text.slice(at))![0].length;
    if (at === text.length) break;
    const match = /[\w$]/.test(text[at]!) ? matchPythonicCall(context, at) : matchForm(context, at, "");
    if (match.kind !== "calls") break;
    calls.push(...match.calls);
    at = match.end;
    end = at;
  }
  if (calls.length === 0) return null;
  const isWhole = text.slice(end).trim() === "";
  // Python that merely begins with something like a call is code: print(1), then more.
  const isAllOffered = calls.every(
    (call) => context.tools.has(call.name) || queryToolNames.includes(call.name),
  );
  const isMarked = /^\s*[{<]/.test(text);
  if (isMarked || isAllOffered) return { calls, end };
  const isMethod = /^\s*[\w.]+\.call\(/.test(text) || /^\s*\[\s*[\w.]+\(/.test(text);
  return isWhole && isMethod ? { calls, end } : null;
}

function matchForm(context: MatchContext, at: number, before: string): Candidate {
  const { text } = context;
  const character = text[at]!;
  for (const { open, close } of wrappers) {
    if (character !== open[0]) continue;
    const found = matchFixed(context, at, open);
    if (found === "partial" && text.length - at > 1) return partialCall;
    if (found === "yes") return matchWrapped(context, at + open.length, close);
  }
  if (character === "<") {
    const found = matchFixed(context, at, functionTagOpen);
    if (found === "partial") return partialCall;
    return found === "yes" ? withClosers(matchFunctionTag(context, at), []) : noCall;
  }
  if (character === "{")
    return isInsideLiteral(before) ? noCall : withClosers(matchJsonCall(context, at), []);
  if (character === "[") {
    if (isInsideLiteral(before)) return noCall;
    const json = matchJsonList(context, at);
    return withClosers(json.kind === "none" ? matchPythonicList(context, at) : json, []);
  }
  return /[A-Za-z_]/.test(character) && !/[\w.$]$/.test(before) ? matchNamedCall(context, at) : noCall;
}

function matchWrapped(context: MatchContext, pos: number, close: string): Candidate {
  const { text, isFinal } = context;
  const start = pos + /^\s*/.exec(text.slice(pos))![0].length;
  if (start === text.length) return isFinal ? noCall : partialCall;
  const match =
    text[start] === "["
      ? matchJsonList(context, start)
      : text[start] === "{"
        ? matchJsonCall(context, start)
        : noCall;
  return withClosers(match, close === "" ? [] : [close]);
}

/** `NAME.call(...)` of a known tool, or `NAME(...)` of one where the answer starts. */
function matchNamedCall(context: MatchContext, at: number): Candidate {
  const { text, isFinal, isStart, tools } = context;
  const word = /[\w.$]*/y;
  word.lastIndex = at;
  const name = word.exec(text)![0];
  const isOver = at + name.length < text.length || isFinal;
  const isKnown = (candidate: string): boolean =>
    tools.has(candidate) || queryToolNames.includes(candidate) || candidate === codeInterpreter;
  if (!isOver) {
    const forms = [...tools.keys(), ...queryToolNames, codeInterpreter].map((each) => `${each}.call`);
    return forms.some((form) => form.startsWith(name)) ? partialCall : noCall;
  }
  const isMethod = name.endsWith(".call") && isKnown(name.slice(0, -".call".length));
  const isBare = isStart && tools.has(name);
  if ((!isMethod && !isBare) || (text[at + name.length] !== "(" && at + name.length < text.length))
    return noCall;
  return withClosers(matchPythonicCall(context, at), []);
}

/** The bracket that follows `before` sits in a larger literal or expression, not at the place of a call. */
function isInsideLiteral(before: string): boolean {
  const end = before.trimEnd();
  if (/["']\s*:$/.test(end)) return true;
  return /[,[{(=\w"'.]$/.test(before) || /[,[{(=]$/.test(end);
}

function withClosers(match: CallMatch | Candidate, closers: readonly string[]): Candidate {
  if (match.kind !== "calls") return match;
  const inner = "closers" in match ? match.closers : [];
  return { kind: "calls", calls: match.calls, end: match.end, closers: [...inner, ...closers] };
}
