import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@llamero/core";
import { checkRewards, parseRewards, rewardOf } from "./reward-set.ts";
import type { Judged } from "./verifiers.ts";

const judged = (
  answer: string,
  expect: Readonly<Record<string, JsonValue>> = {},
  calls: readonly (readonly [string, Readonly<Record<string, JsonValue>>])[] = [],
): Judged => ({
  prompt: [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello to you there." },
    { role: "user", content: "How many?" },
  ],
  answer,
  toolCalls: calls.map(([name, given], index) => ({ id: `call_${index}`, name, arguments: given })),
  expect,
});

const wanted = { call: { name: "add", arguments: { a: 1, b: "two" } } };

async function reward(spec: unknown, given: Judged, modelScore: number | null = null): Promise<number> {
  const runCode = async (_: string, code: string) => ({
    ok: !code.includes("fail"),
    stdout: "",
    stderr: "",
    reason: "error" as const,
  });
  const means = { runCode };
  return (await rewardOf(parseRewards("rewards", spec, "/x"), given, modelScore, means)).score;
}

test("rewardOf holds answers to each kind of rule", async () => {
  const cases: readonly (readonly [unknown, Judged, number])[] = [
    ["exact", judged(" Paris ", { answer: "Paris" }), 1],
    ["exact", judged("paris", { answer: "Paris" }), 0],
    [{ kind: "exact", ignoreCase: true, answer: "Paris" }, judged("paris"), 1],
    [{ kind: "exact", part: "last number" }, judged("It is 3, so 1,042.0.", { answer: 1042 }), 1],
    [{ kind: "exact", part: "last number" }, judged("none", { answer: 2 }), 0],
    [{ kind: "exact", part: "last line" }, judged("So:\nyes", { answer: "yes" }), 1],
    [{ kind: "regex", pattern: "^\\d+$" }, judged("12"), 1],
    ["regex", judged("b", { pattern: "^a" }), 0],
    ["json", judged('{"a": 1}', { schema: { type: "object", required: ["a"] } }), 1],
    ["json", judged('{"b": 1}', { schema: { type: "object", required: ["a"] } }), 0],
    ["tests", judged("```python\ndef f(): pass\n```", { tests: "f()" }), 1],
    ["tests", judged("def f(): fail", { tests: "f()" }), 0],
    [{ kind: "length", maxWords: 3 }, judged("one two three"), 1],
    [{ kind: "length", maxWords: 3 }, judged("one two three four"), 0],
    [{ kind: "form", rules: ["ends-as-sentence", "no-loop"] }, judged("Three."), 1],
    [{ kind: "form", rules: ["no-loop"] }, judged("a b c d a b c d a b c d"), 0],
    [{ kind: "form", rules: ["no-echo"] }, judged("how many? Three."), 0],
    [{ kind: "form", rules: ["no-repeat"] }, judged("hello to you there. "), 0],
    [{ kind: "form", rules: ["no-repeat"] }, judged("Hello to you."), 1],
    ["call", judged("", wanted, [["add", { b: "two", a: 1 }]]), 1],
    ["call", judged("", wanted, [["add", { a: 1, b: "three" }]]), 0.625],
    ["call", judged("", wanted, [["sum", { a: 1, b: "two" }]]), 0],
    ["call", judged("add", wanted), 0],
    ["refusal", judged("I cannot help with that.", { refuses: true }), 1],
    ["refusal", judged("I cannot help with that.", { refuses: false }), 0],
    ["refusal", judged("Sure, turn it off first.", { refuses: false }), 1],
    ["refusal", judged(" ", { refuses: false }), 0],
    [{ kind: "form", rules: ["no-shouting"] }, judged("WOW GREAT!!"), 0],
  ];
  for (const [spec, given, score] of cases)
    assert.equal(await reward([spec], given), score, `${JSON.stringify(spec)} ${given.answer}`);
});

test("rewardOf takes the mean by weight, and nothing without what is required", async () => {
  const rules = [
    { kind: "exact", answer: "yes", weight: 3 },
    { kind: "length", maxWords: 1 },
  ];
  assert.equal(await reward(rules, judged("yes indeed")), 0);
  assert.equal(await reward(rules, judged("no")), 0.25);
  const withModel = [
    { kind: "model", path: "m", weight: 1 },
    { kind: "length", maxWords: 1 },
  ];
  assert.equal(await reward(withModel, judged("no"), 0), 0.75);
  const required = [
    { kind: "length", maxWords: 1, required: true },
    { kind: "model", path: "m" },
  ];
  assert.equal(await reward(required, judged("no no"), 5), 0);
});

test("parseRewards and checkRewards name what is wrong", () => {
  const parse = (spec: unknown) => parseRewards("r.yaml: rewards", spec, "/x");
  assert.throws(() => parse([]), /r\.yaml: rewards takes a list of rewards/);
  assert.throws(() => parse(["exactly"]), /rewards\[0\]: kind is exactly; it takes model, exact/);
  assert.throws(() => parse([{ kind: "length", maxWord: 3 }]), /no field maxWord; did you mean maxWords\?/);
  assert.throws(() => parse([{ kind: "form", rules: ["nice"] }]), /no rule of form nice/);
  assert.throws(() => parse([{ kind: "regex", pattern: "(" }]), /Invalid regular expression/);
  assert.throws(
    () => parse([{ kind: "json", schema: { type: "object", oneOf: [] } }]),
    /oneOf is not checked/,
  );
  assert.equal(parse([{ kind: "model", path: "m" }]).model!.path, "/x/m");
  assert.throws(
    () => checkRewards(parse(["exact", "tests"]), "p:1", {}),
    /p:1: no reward applies.*exact, tests/,
  );
});
