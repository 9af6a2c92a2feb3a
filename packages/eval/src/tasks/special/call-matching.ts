import type { JsonValue, ToolCall } from "@llamero/core";
import type { GradedAnswer } from "../../task.ts";
import { pythonCalls } from "./python-calls.ts";
import { isRow } from "./special-task.ts";

/** A call that a model made. */
export type NamedCall = Pick<ToolCall, "name" | "arguments">;

/** Calls of an answer: those the chat format found, or else those that its text holds as JSON or in Python's form. */
export function callsOfAnswer({ text, toolCalls }: GradedAnswer): readonly NamedCall[] {
  if (toolCalls.length > 0) return toolCalls;
  const fromJson = jsonCalls(text);
  if (fromJson !== null) return fromJson;
  return pythonCalls(text)
    .filter(({ positional }) => positional.length === 0)
    .map(({ name, named }) => ({ name, arguments: named }));
}

function jsonCalls(text: string): NamedCall[] | null {
  const body = text.replace(/^\s*```(?:json)?|```\s*$/g, "").trim();
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  const calls: NamedCall[] = [];
  for (const one of Array.isArray(value) ? value : [value]) {
    const args = isRow(one) ? (one["arguments"] ?? one["parameters"]) : undefined;
    if (!isRow(one) || typeof one["name"] !== "string" || !isRow(args)) return null;
    calls.push({ name: one["name"], arguments: args as Readonly<Record<string, JsonValue>> });
  }
  return calls;
}

/** Names with dots are shown to models with underscores, which is all that most interfaces allow. */
export const plainName = (name: string): string => name.replaceAll(".", "_");

/** A text as BFCL compares it: without case, spaces and light punctuation. */
export const plainText = (text: string): string =>
  text
    .replace(/[ ,./\-_*^]/g, "")
    .toLowerCase()
    .replaceAll("'", '"');

/** Whether two JSON values are the same, texts in BFCL's plain form. */
export function isSameValue(left: unknown, right: unknown): boolean {
  if (typeof left === "string" && typeof right === "string") return plainText(left) === plainText(right);
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((value, at) => isSameValue(value, right[at]));
  }
  if (isRow(left) && isRow(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && isSameValue(left[key], right[key]))
    );
  }
  return left === right;
}

/**
 * A partner of its own for each expected call, whatever the order; null where there is none. Exact, where the published
 * check takes the first that fits.
 */
export function matchCalls<Expected>(
  calls: readonly NamedCall[],
  expected: readonly Expected[],
  fits: (call: NamedCall, expected: Expected) => boolean,
): boolean {
  if (calls.length !== expected.length) return false;
  const takenBy = new Array<number>(calls.length).fill(-1);
  const place = (at: number, seen: Set<number>): boolean =>
    calls.some((call, index) => {
      if (seen.has(index) || !fits(call, expected[at]!)) return false;
      seen.add(index);
      if (takenBy[index] !== -1 && !place(takenBy[index]!, seen)) return false;
      takenBy[index] = at;
      return true;
    });
  return expected.every((_, at) => place(at, new Set()));
}

/** A call as text, for reports. */
export const showCall = ({ name, arguments: args }: NamedCall): string => `${name}(${JSON.stringify(args)})`;
