import type { JsonValue, Message, ToolDefinition } from "@llamero/core";
import type { Outcome, Row, Task } from "../../task.ts";
import { callsOfAnswer, type NamedCall, showCall } from "../special/call-matching.ts";
import {
  fieldError,
  isRow,
  objectsField,
  rateMetric,
  specialTask,
  textField,
  textsField,
} from "../special/special-task.ts";
import { criaSource } from "./cria-source.ts";
import { assertRule, keepsRule } from "./reply-rules.ts";

interface ToolItem {
  prompt: string;
  tools: readonly ToolDefinition[];
  /** Calls that are right, the plainest first. */
  calls: readonly NamedCall[];
  /** What the tool said, and rules of the answer that uses it; null where the call itself is asked for. */
  result: { value: JsonValue; rules: readonly string[] } | null;
}

const set = "cria_tools";
type Arguments = Readonly<Record<string, JsonValue>>;

function objectField(row: Row, name: string): Arguments {
  const value = row[name];
  if (isRow(value)) return value as Arguments;
  throw fieldError(set, name, "an object", value);
}

function parse(row: Row): ToolItem {
  const kind = textField(set, row, "kind");
  if (kind !== "call" && kind !== "result") throw fieldError(set, "kind", "call or result", kind);
  const calls = objectsField(set, row, "calls").map((one) => ({
    name: textField(set, one, "name"),
    arguments: objectField(one, "arguments"),
  }));
  if (calls.length === 0) throw fieldError(set, "calls", "at least one call", calls);
  const rules = kind === "result" ? textsField(set, row, "rules") : [];
  for (const rule of rules) assertRule(rule);
  return {
    prompt: textField(set, row, "prompt"),
    tools: objectsField(set, row, "tools").map((one) => ({
      name: textField(set, one, "name"),
      description: textField(set, one, "description"),
      parameters: objectField(one, "parameters"),
    })),
    calls,
    result: kind === "call" ? null : { value: objectField(row, "result"), rules },
  };
}

function messagesOf({ prompt, calls, result }: ToolItem): Message[] {
  const user: Message = { role: "user", content: prompt };
  if (result === null) return [user];
  const call = { id: "call_0", ...calls[0]! };
  const content = JSON.stringify(result.value);
  return [
    user,
    { role: "assistant", content: "", toolCalls: [call] },
    { role: "tool", toolCallId: call.id, name: call.name, content },
  ];
}

/** The same JSON: numbers by value, texts letter by letter except spaces around them. */
function isEqual(left: JsonValue | undefined, right: JsonValue): boolean {
  if (typeof left === "string" && typeof right === "string") return left.trim() === right.trim();
  return left === right;
}

function isSameCall(call: NamedCall, wanted: NamedCall): boolean {
  const names = Object.keys(wanted.arguments);
  return (
    call.name === wanted.name &&
    Object.keys(call.arguments).length === names.length &&
    names.every((name) => isEqual(call.arguments[name], wanted.arguments[name]!))
  );
}

/** Calls of tools that no training data names, and answers that use what a tool said. */
export const toolsSet: Task = specialTask<ToolItem>({
  name: set,
  title: "Calls of tools never seen, with exact name and arguments, and answers that use a result",
  kind: "tool-call",
  category: "tool-use",
  languages: ["en"],
  source: criaSource("tools"),
  means: ["right"],
  corpus: {
    exact_name_and_arguments: rateMetric(true),
    exact_name: rateMetric(true),
    result_used: rateMetric(true),
  },
  mainMetric: "exact_name_and_arguments",
  maxTokens: 96,
  parse,
  prompt: (item) => ({ kind: "chat", messages: messagesOf(item), tools: item.tools }),
  reference: ({ calls, result }) =>
    result === null ? JSON.stringify({ name: calls[0]!.name, parameters: calls[0]!.arguments }) : null,
  grade({ calls, result }, answer): Outcome {
    const made = callsOfAnswer(answer);
    const shown = made.length > 0 ? made.map(showCall).join("\n") : answer.text;
    if (result !== null) {
      const broken = result.rules.filter((rule) => !keepsRule(answer.text, rule));
      const isUsed = made.length === 0 && broken.length === 0 ? 1 : 0;
      return {
        scores: { right: isUsed },
        parts: { exact_name_and_arguments: [0, 0], exact_name: [0, 0], result_used: [isUsed, 1] },
        answer: shown,
        expected: result.rules.join("; "),
      };
    }
    const isExact = made.length === 1 && calls.some((wanted) => isSameCall(made[0]!, wanted)) ? 1 : 0;
    const isNamed = made.length === 1 && made[0]!.name === calls[0]!.name ? 1 : 0;
    return {
      scores: { right: isExact },
      parts: { exact_name_and_arguments: [isExact, 1], exact_name: [isNamed, 1], result_used: [0, 0] },
      answer: shown,
      expected: calls.map(showCall).join(" or "),
      ...(made.length === 0 ? { note: "No call was made" } : {}),
    };
  },
});
