// fixtures/<task>.jsonl: invented records in the set's own schema. fixtures/answers.json: what a fake says to a record,
// turn by turn, and the exact scores.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import type { Generation } from "../../generator.ts";
import { scoreItems } from "../../run/score-items.ts";
import { UnsupportedTaskError } from "../../run/session.ts";
import type { Outcome, Row, Session, Task } from "../../task.ts";
import type { NamedCall } from "./call-matching.ts";
import { specialTasks } from "./special-tasks.ts";

type Say = string | { calls: readonly NamedCall[] };

interface Case {
  item: number;
  say: readonly Say[];
  judge?: readonly string[];
  scores: Readonly<Record<string, number>>;
}

const read = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8");
const cases = JSON.parse(read("answers.json")) as Readonly<Record<string, readonly Case[]>>;

function fixtureRows(name: string): Row[] {
  return read(`${name}.jsonl`)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

function generation(say: Say | undefined, reference: string | null): Generation {
  assert.ok(say !== undefined, "the task asks more often than the fake has answers");
  const isText = typeof say === "string";
  return {
    text: isText ? say.replace("{reference}", () => reference ?? "") : "",
    toolCalls: isText ? [] : say.calls.map((call, at) => ({ id: `call_${at}`, ...call })),
    reason: "stop",
    promptTokens: 1,
    completionTokens: 1,
  };
}

function fakeSession({ say, judge }: Case, reference: string | null): Session {
  const [answers, verdicts] = [[...say], judge === undefined ? null : [...judge]];
  return {
    generate: async () => generation(answers.shift(), reference),
    judge: verdicts === null ? null : async () => generation(verdicts.shift(), null),
    loglikelihood: () => assert.fail("no log-likelihoods are needed"),
    runCode: () => assert.fail("no code is run"),
    signal: new AbortController().signal,
  };
}

async function checkCase(task: Task, items: readonly unknown[], one: Case): Promise<Outcome> {
  const item = items[one.item]!;
  const outcome = await task.ask(item, [], fakeSession(one, task.reference(item)));
  for (const [metric, expected] of Object.entries(one.scores)) {
    const score = outcome.scores[metric]!;
    const where = `${task.name} ${metric} of ${JSON.stringify(one.say)}`;
    assert.ok(Math.abs(score - expected) < 1e-9, `${where} is ${score}, not ${expected}`);
  }
  return outcome;
}

for (const task of specialTasks) {
  test(`${task.name} parses, renders and scores its invented records`, async () => {
    const items = fixtureRows(task.name).map((row) => task.parse(row));
    assert.ok(items.length >= 3);
    for (const item of items) {
      const prompt = task.prompt(item, []);
      assert.ok(prompt.kind === "text" ? prompt.text !== "" : prompt.messages.length > 0);
    }
    const outcomes: Outcome[] = [];
    for (const one of cases[task.name]!) outcomes.push(await checkCase(task, items, one));
    const scores = scoreItems(task.metrics, outcomes, 1);
    assert.deepEqual(Object.keys(scores), Object.keys(task.metrics));
    assert.ok(task.mainMetric in task.metrics);
    assert.throws(() => task.parse({ unrelated: 1 }), SyntaxError);
  });
}

test("tasks that need a judge say so where there is none", async () => {
  for (const name of ["mt_bench", "mt_bench_101", "infobench"]) {
    const task = specialTasks.find((one) => one.name === name)!;
    const { judge: _, ...one } = cases[name]![0]!;
    const item = task.parse(fixtureRows(name)[0]!);
    await assert.rejects(task.ask(item, [], fakeSession(one, null)), UnsupportedTaskError);
  }
});

test("specialTasks has at least forty sets with names of their own, three in each of the eight languages", () => {
  assert.ok(new Set(specialTasks.map(({ name }) => name)).size === specialTasks.length);
  assert.ok(specialTasks.length >= 40, String(specialTasks.length));
  for (const language of ["en", "de", "fr", "it", "pt", "hi", "es", "th"]) {
    const count = specialTasks.filter(({ languages }) => languages.includes(language)).length;
    assert.ok(count >= 3, `${language} has ${count}`);
  }
});
