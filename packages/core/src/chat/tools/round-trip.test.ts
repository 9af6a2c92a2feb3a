import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue, ToolDefinition } from "../message.ts";
import type { CallContent } from "./builtin.ts";
import { encodeToolCalls, type ToolCallFormat } from "./encode.ts";
import { createToolCallParser, parseToolCalls } from "./parse-tool-calls.ts";

const formats: readonly ToolCallFormat[] = ["json", "function-tag", "pythonic"];
const names = ["f", "math.gcd", "get-weather", "a_1", "x".repeat(64), "print", "None_of", "my.tools.call"];
const tools = names.map(
  (name): ToolDefinition => ({ name, description: "", parameters: { type: "object" } }),
);

// What breaks quoting, brackets, keywords, marks of calls and their ends.
const hostileTexts: readonly string[] = [
  "",
  " ",
  '"',
  "'",
  "'''",
  '"""',
  "\\",
  '\\"',
  "\\\\'",
  "\n\r\t\b\f\v\0",
  "\\n \\u0041 \\x41",
  "\u2028\u2029\u0085\ufeff\x7f",
  "é ü 世界 😀 \u{10ffff} \ud800 \udc00",
  "True False None null true",
  "</function>",
  "<function=f>{}</function>",
  "<tool_call></tool_call>",
  "```json\n{}\n```",
  "[f(a=1)]",
  '{"name": "f", "parameters": {}}',
  "}]) ; , = : ( { [",
  "a=1, b=2",
  "<|python_tag|> <|eom_id|>",
  "-1",
  "1e5",
  "//, /* */ #",
  "$(a) %s {0}",
];
const keys: readonly string[] = [
  "a",
  "city",
  "class",
  "None",
  "true",
  "_x",
  "__proto__",
  "constructor",
  "name",
  "parameters",
  "type",
  "two words",
  "a-b",
  "1st",
  "é",
  "",
  "q\"'\\",
  "a=b",
  "$ref",
  "function",
];
const numbers: readonly number[] = [0, -1, 1.5, -2.5e-7, 1e21, 1e-9, 2 ** 53, 123456789.125, 5e-324, 1e16];

let state = 11;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;

function randomValue(depth: number): JsonValue {
  switch (random(depth > 3 ? 5 : 8)) {
    case 0:
      return null;
    case 1:
      return random(2) === 0;
    case 2:
      return pick(numbers);
    case 3:
    case 4:
      return Array.from({ length: 1 + random(3) }, () => pick(hostileTexts)).join("");
    case 5:
      return Array.from({ length: random(4) }, () => randomValue(depth + 1));
    default:
      return randomRecord(depth + 1);
  }
}

function randomRecord(depth: number): Record<string, JsonValue> {
  const entries = Array.from({ length: random(4) }, (): [string, JsonValue] => [
    pick(keys),
    randomValue(depth),
  ]);
  return Object.fromEntries(entries);
}

function check(calls: readonly CallContent[], format: ToolCallFormat): void {
  const text = encodeToolCalls(calls, format);
  const { text: prose, calls: found } = parseToolCalls(text, { tools });
  assert.deepEqual(
    [prose, ...found.map(({ call }) => [call.name, call.arguments])],
    ["", ...calls.map((call) => [call.name, call.arguments])],
    text,
  );
}

for (const format of formats) {
  test(`${format}: encoded calls with hostile values are parsed as they were`, () => {
    for (const value of [...hostileTexts, ...numbers, null, true, false, [], {}, [[]], [{}]])
      for (const name of names) check([{ name, arguments: { a: value } }], format);
    for (const key of keys) check([{ name: "f", arguments: { [key]: 1, b: { [key]: [key] } } }], format);
    for (let round = 0; round < 250; round++) {
      const calls = Array.from({ length: 1 + random(3) }, () => ({
        name: pick(names),
        arguments: randomRecord(0),
      }));
      check(calls, format);
    }
  });
}

test("encoded calls are parsed as they were in pieces of any length", () => {
  for (let round = 0; round < 90; round++) {
    const calls = [{ name: pick(names), arguments: randomRecord(0) }];
    const parser = createToolCallParser({ tools });
    const text = encodeToolCalls(calls, formats[round % 3]!);
    const size = 1 + random(9);
    const parts = [];
    for (let at = 0; at < text.length; at += size) parts.push(...parser.push(text.slice(at, at + size)));
    parts.push(...parser.end());
    assert.deepEqual(
      parts.map((part) => (part.type === "tool-call" ? [part.call.name, part.call.arguments] : part)),
      calls.map((call) => [call.name, call.arguments]),
      text,
    );
  }
});
