import assert from "node:assert/strict";
import { test } from "node:test";
import { compileGrammar } from "./compile-grammar.ts";
import { GrammarError } from "./grammar-error.ts";
import type { GrammarSpec, ToolGrammarSpec } from "./grammar-spec.ts";
import { dead, StateSpace } from "./state-space.ts";

const utf8 = new TextEncoder();

function createMatcher(spec: GrammarSpec): (text: string) => boolean {
  const space = new StateSpace(compileGrammar(spec));
  return (text) => {
    const state = space.advance(space.start, utf8.encode(text));
    return state !== dead && space.isComplete[state]!;
  };
}

function assertMatches(spec: GrammarSpec, good: readonly string[], bad: readonly string[]): void {
  const matches = createMatcher(spec);
  for (const text of good) assert.ok(matches(text), `refuses ${text}`);
  for (const text of bad) assert.ok(!matches(text), `accepts ${text}`);
}

const tools: ToolGrammarSpec["tools"] = [
  { name: "add", parameters: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] } },
  { name: "now", parameters: { type: "object", properties: {} } },
  { name: "any", parameters: "any" },
];

test("compileGrammar takes a regex as a whole, a choice and any JSON object", () => {
  assertMatches(
    { type: "regex", pattern: "\\d{3}-(?:é|[x-z])" },
    ["123-é", "000-y"],
    ["123-a", "x123-é", "12-x"],
  );
  assertMatches({ type: "regex", pattern: "[a-f]{2,64}" }, ["ab", "f".repeat(64)], ["a", "f".repeat(65)]);
  assertMatches(
    { type: "choice", choices: ["yes", "yesterday"] },
    ["yes", "yesterday"],
    ["y", "no", "yesyes"],
  );
  assertMatches({ type: "json-object" }, ["{}", '{"a": [1, {"b": "c"}]}'], ["[]", "1", "{"]);
});

test("compileGrammar refuses patterns and choices that cannot be", () => {
  assert.throws(() => compileGrammar({ type: "regex", pattern: "(" }), GrammarError);
  assert.throws(() => compileGrammar({ type: "regex", pattern: "a\\b" }), GrammarError);
  assert.throws(() => compileGrammar({ type: "choice", choices: [] }), GrammarError);
});

test("compileGrammar holds JSON calls to their schemas, and text to what is no call", () => {
  const spec: ToolGrammarSpec = {
    type: "tool-calls",
    format: "json",
    tools,
    isParallel: true,
    answer: { type: "text" },
  };
  const call = '{"name": "add", "parameters": {"a": 1}}';
  assertMatches(
    spec,
    [
      call,
      `{"type": "function", "name": "now", "parameters": {}}`,
      `${call}; ${call}`,
      '{"name": "any", "parameters": {"x": [1]}}',
      "Hello { there",
      '{"name": "Bob"}',
    ],
    [
      '{"name": "add", "parameters": {"a": "1"}}',
      '{"name": "add", "parameters": {}}',
      `so: ${call}`,
      `${call} and`,
    ],
  );
  const { answer: _, ...forced } = spec;
  assertMatches({ ...forced, isParallel: false }, [call], ["Hello", `${call}; ${call}`, ""]);
});

test("compileGrammar joins calls and an answer in a schema", () => {
  const answer = { type: "json-schema", schema: { type: "array", items: { type: "integer" } } } as const;
  const spec: GrammarSpec = { type: "tool-calls", format: "json", tools, isParallel: false, answer };
  assertMatches(spec, ["[1, 2]", '{"name": "now", "parameters": {}}'], ["text", '["a"]']);
});

test("compileGrammar holds calls in function tags, behind text too", () => {
  const answer = { type: "text" } as const;
  const spec: GrammarSpec = { type: "tool-calls", format: "function-tag", tools, isParallel: true, answer };
  const call = '<function=add>{"a": 1}</function>';
  assertMatches(
    spec,
    [call, `${call}${call}`, `Let me see. ${call}`, "a < b"],
    ['<function=add>{"a": "x"}</function>', "x <function=no>{}"],
  );
});

test("compileGrammar holds Python lists of calls", () => {
  const list: ToolGrammarSpec["tools"] = [
    ...tools,
    {
      name: "f",
      parameters: { type: "object", properties: { s: { type: "string" }, b: { type: "boolean" } } },
    },
  ];
  const spec: GrammarSpec = { type: "tool-calls", format: "pythonic", tools: list, isParallel: true };
  assertMatches(
    spec,
    ["[add(a=1)]", "[now(), add(a=2)]", '[f(s="x", b=True)]', "[any(k=None)]"],
    ['[add(a="1")]', "[add()]", "[f(b=true)]", "add(a=1)"],
  );
});
