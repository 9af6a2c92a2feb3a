import type { ToolCall, ToolDefinition } from "../message.ts";
import { type CallContent, codeInterpreter } from "./builtin.ts";
import type { MatchContext } from "./call-match.ts";
import { type Candidate, matchCallSequence, matchCandidate } from "./candidate.ts";

/** What the text of a model's answer turns out to be. */
export type AnswerPart =
  | { type: "text-delta"; text: string }
  /** A call begins, and its arguments come as pieces of JSON text; the call follows when it is whole. */
  | { type: "tool-call-start"; id: string; name: string }
  | { type: "tool-call-delta"; id: string; arguments: string }
  /** `isOffered` is false for a function that the model made up. */
  | { type: "tool-call"; call: ToolCall; isOffered: boolean };

/** What the model was offered. With neither list every function counts as offered. */
export interface ToolCallParserOptions {
  tools?: readonly ToolDefinition[] | undefined;
  builtinTools?: readonly string[] | undefined;
  createId?: (() => string) | undefined;
}

/** Splits the text of an answer, as it comes, into prose and tool calls. */
export interface ToolCallParser {
  push(text: string): AnswerPart[];
  /** The answer is over: what was held back comes out. */
  end(): AnswerPart[];
}

const pythonTag = "<|python_tag|>";
const endTokens = ["<|eom_id|>", "<|eot_id|>"];
// Once this much is held back, only text that may close a call is worth another look; past the second length the
// looks get rarer, so that long calls and code cost linear time.
const longHeldLength = 256;
const veryLongHeldLength = 4096;
// White space, separators and stray brackets that models leave around calls.
const betweenCalls = /^[\s;,}\])]*/;

/**
 * Parser for the calls that models write: JSON, <function=...>, Python lists, built-in tools, code after the
 * python tag (special tokens are expected by name in the text). Prose passes as soon as it cannot be a call.
 */
export function createToolCallParser(options: ToolCallParserOptions = {}): ToolCallParser {
  const tools = new Map<string, ToolDefinition | null>();
  for (const name of options.builtinTools ?? []) tools.set(name, null);
  for (const tool of options.tools ?? []) tools.set(tool.name, tool);
  const hasList = options.tools !== undefined || options.builtinTools !== undefined;
  const createId = options.createId ?? randomCallId;

  let held = "";
  /** Last characters let through, for telling where words begin. */
  let before = "";
  let isStart = true;
  let isAfterCall = false;
  let isInCode = false;
  /** White space and separators before the python tag, left out if calls follow. */
  let codeLead = "";
  let nextLookLength = 0;
  let closers: readonly string[] = [];
  let parts: AnswerPart[] = [];

  const emitText = (text: string): void => {
    if (text === "") return;
    const last = parts.at(-1);
    if (last?.type === "text-delta") last.text += text;
    else parts.push({ type: "text-delta", text });
    before = (before + text).slice(-16);
    if (text.trim() !== "") isStart = false;
  };
  const emitCalls = (calls: readonly CallContent[]): void => {
    for (const { name, arguments: args } of calls)
      parts.push({
        type: "tool-call",
        call: { id: createId(), name, arguments: args },
        isOffered: !hasList || tools.has(name),
      });
    isStart = false;
    isAfterCall = true;
    before = "";
  };
  const context = (isFinal: boolean): MatchContext => ({ text: held, isFinal, isStart, tools });

  /** Code or calls after the python tag, once all of it is there. */
  const closeCode = (body: string): void => {
    const sequence = matchCallSequence({ text: body, isFinal: true, isStart: true, tools });
    if (sequence !== null) {
      emitCalls(sequence.calls);
      const rest = body.slice(sequence.end);
      if (rest.trim() !== "") emitText(rest);
    } else if (body.trim() !== "") emitCalls([{ name: codeInterpreter, arguments: { code: body } }]);
    else emitText(codeLead + pythonTag + body);
  };

  const accept = (candidate: Extract<Candidate, { kind: "calls" | "code" }>, start: number): void => {
    const text = held.slice(0, start);
    const isLead = (isStart && text.trim() === "") || (isAfterCall && betweenCalls.exec(text)![0] === text);
    if (!isLead) emitText(text);
    codeLead = isLead ? text : "";
    held = held.slice(candidate.end);
    isAfterCall = false;
    if (candidate.kind === "code") isInCode = true;
    else {
      emitCalls(candidate.calls);
      closers = candidate.closers;
    }
  };

  /** One step over the held text; false when there is nothing more to do with it. */
  const step = (isFinal: boolean): boolean => {
    if (isInCode) {
      const ends = endTokens.map((token) => held.indexOf(token)).filter((at) => at >= 0);
      if (ends.length === 0 && !isFinal) return false;
      const at = ends.length === 0 ? held.length : Math.min(...ends);
      isInCode = false;
      closeCode(held.slice(0, at));
      held = held.slice(at);
      return true;
    }
    let from = 0;
    if (isAfterCall) {
      from = betweenCalls.exec(held)![0].length;
      const rest = held.slice(from);
      const closer = [...closers, ...endTokens].find((each) => rest.startsWith(each));
      if (closer !== undefined) {
        held = rest.slice(closer.length);
        return true;
      }
      if (rest === "" || (!isFinal && [...closers, ...endTokens].some((each) => each.startsWith(rest)))) {
        if (!isFinal) return false;
        held = "";
        emitText(rest);
        return false;
      }
    }
    if (!isFinal && isStart && held.trim() === "") return false;
    for (let at = from; at < held.length; at++) {
      const lead = isAfterCall ? "" : before + held.slice(Math.max(0, at - 32), at);
      const candidate = matchCandidate(context(isFinal), at, lead);
      if (candidate.kind === "none" || (candidate.kind === "partial" && isFinal)) {
        if (at === from) isAfterCall = false;
        if (isStart && held[at]!.trim() !== "") {
          emitText(held.slice(0, at + 1));
          held = held.slice(at + 1);
          return held !== "";
        }
        continue;
      }
      if (candidate.kind === "partial") {
        if (!isAfterCall && !(isStart && held.slice(0, at).trim() === "")) {
          emitText(held.slice(0, at));
          held = held.slice(at);
        }
        return false;
      }
      accept(candidate, at);
      return true;
    }
    emitText(held);
    held = "";
    return false;
  };

  const drain = (isFinal: boolean): AnswerPart[] => {
    parts = [];
    while (step(isFinal));
    return parts;
  };

  return {
    push(text) {
      if (text === "") return [];
      const isWaiting = held.length > longHeldLength && !/[}\])>`]/.test(text);
      held += text;
      if (isWaiting || held.length < nextLookLength) return [];
      const found = drain(false);
      nextLookLength = held.length > veryLongHeldLength ? held.length * 1.2 : 0;
      return found;
    },
    end: () => drain(true),
  };
}

/** Everything in a whole answer: its prose and its calls. */
export function parseToolCalls(
  text: string,
  options: ToolCallParserOptions = {},
): { text: string; calls: { call: ToolCall; isOffered: boolean }[] } {
  const parser = createToolCallParser(options);
  const prose: string[] = [];
  const calls: { call: ToolCall; isOffered: boolean }[] = [];
  for (const part of [...parser.push(text), ...parser.end()]) {
    if (part.type === "text-delta") prose.push(part.text);
    else if (part.type === "tool-call") calls.push({ call: part.call, isOffered: part.isOffered });
  }
  return { text: prose.join(""), calls };
}

/** Id of a tool call. */
export function randomCallId(): string {
  return `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`;
}
