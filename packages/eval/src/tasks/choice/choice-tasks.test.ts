import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { sharedPath } from "../../../../core/src/testdata.ts";
import { readTaskData } from "../../data/task-data.ts";
import type { Loglikelihood } from "../../generator.ts";
import type { Row, Session } from "../../task.ts";
import type { ChoiceItem } from "./choice-row.ts";
import { choiceTasks } from "./choice-tasks.ts";

type Call = readonly [context: string, continuation: string];
const folder = new URL("fixtures/", import.meta.url);
const expectedCalls = JSON.parse(readFileSync(new URL("expected-calls.json", folder), "utf8")) as Readonly<
  Record<string, readonly Call[]>
>;

function records(name: string): Row[] {
  const lines = readFileSync(new URL(`${name}.jsonl`, folder), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => ({ ...(JSON.parse(line) as Row), _file: "set/astronomy_test.jsonl" }));
}

function fakeSession(logprob: (call: Call, at: number) => number, calls: Call[] = []): Session {
  return {
    async loglikelihood(context: string, continuation: string): Promise<Loglikelihood> {
      calls.push([context, continuation]);
      const value = logprob([context, continuation], calls.length - 1);
      return { logprob: value, isGreedy: value > -2, numTokens: 1 };
    },
  } as unknown as Session;
}

const byName = (name: string): (typeof choiceTasks)[number] =>
  choiceTasks.find((task) => task.name === name)!;

for (const task of choiceTasks) {
  test(`${task.name}: asks what is expected, and scores two of three right answers as 2/3`, async () => {
    const items = records(task.name).map((row) => task.parse(row));
    assert.equal(items.length, 3);
    const calls: Call[] = [];
    await task.ask(
      items[0],
      [],
      fakeSession(() => -1, calls),
    );
    assert.deepEqual(calls, expectedCalls[task.name]);
    assert.match(JSON.stringify(task.prompt(items[0], items.slice(1))), /"kind":"text"/);
    const isText = task.kind === "perplexity";
    const scored = isText
      ? Object.keys(task.metrics).filter((name) => name === "acc")
      : Object.keys(task.metrics);
    const sums = Object.fromEntries(scored.map((name) => [name, 0]));
    for (const [at, item] of items.entries()) {
      const { right, labels } = item as ChoiceItem;
      const isRight = (choice: number): boolean =>
        labels?.length > 0 ? labels[choice] === 1 : choice === right;
      // The second item is answered wrongly.
      const { scores } = await task.ask(
        item,
        items.filter((other) => other !== item),
        fakeSession((_, choice) => ((isText || isRight(choice)) === (at !== 1) ? -1 : -1000)),
      );
      for (const name of scored) sums[name]! += scores[name]!;
    }
    for (const name of scored.filter((metric) => metric !== "mrr"))
      assert.ok(Math.abs(sums[name]! - 2) < 1e-9, `${name}: ${sums[name]} of 3`);
  });
}

test("choiceTask: equal likelihoods never give a full score", async () => {
  for (const task of choiceTasks.filter(({ kind }) => kind === "choice")) {
    const items = records(task.name).map((row) => task.parse(row));
    const { scores } = await task.ask(
      items[0],
      [],
      fakeSession(() => -1),
    );
    assert.ok((scores["acc"] ?? scores["acc_char"] ?? scores["mc2"] ?? 1) < 1, task.name);
  }
});

test("choiceTask.ask joins description, shots with their answers and the question by empty lines", async () => {
  const task = byName("mmlu");
  const items = records("mmlu").map((row) => task.parse(row));
  const pool = task.shotPool?.(items[0], items) ?? [];
  assert.deepEqual(pool, [items[0], items[2]]);
  const prompt = task.prompt(items[0], [items[2]]);
  assert.equal(
    prompt.kind === "text" && prompt.text,
    "The following are multiple choice questions (with answers) about astronomy.\n\nHow many wheels has the tram that climbs Mount Sello?\nA. six\nB. two\nC. nine\nD. ten\nAnswer: A\n\nWhich of these does a lighthouse keeper of Varn light at dusk?\nA. the oven\nB. the lamp\nC. a violin\nD. the moon\nAnswer:",
  );
});

test("choiceTask.parse names the field that is missing or wrong", () => {
  const boolq = byName("boolq");
  assert.throws(() => boolq.parse({ question: "is it", label: 1 }), /SyntaxError: .*boolq.*"passage"/);
  assert.throws(
    () => boolq.parse({ question: "is it", passage: "It is.", label: 2 }),
    /"label".*2 choices.*2/,
  );
  assert.throws(() => boolq.parse({ question: "is it", passage: "It is.", label: -1 }), /"label"/);
  assert.throws(() => byName("mmlu").parse({ question: "What?", choices: ["a"], answer: 0 }), /four texts/);
  assert.throws(
    () => byName("winogrande").parse({ sentence: "None.", option1: "a", option2: "b", answer: "1" }),
    /"sentence" must hold "_"/,
  );
});

test("choiceMetrics: acc_norm divides by characters, mc2 is the mass of true answers, acc_macro the mean of subjects", async () => {
  const arc = byName("arc_challenge");
  const item = arc.parse({
    question: "Which?",
    choices: { text: ["ab", "abcdefgh"], label: ["A", "B"] },
    answerKey: "B",
  });
  const outcome = await arc.ask(
    item,
    [],
    fakeSession((_, at) => [-2, -4][at]!),
  );
  assert.deepEqual([outcome.scores["acc"], outcome.scores["acc_norm"]], [0, 1]);
  const mc2 = byName("truthfulqa_mc2");
  const truth = mc2.parse({ question: "Q", mc2_targets: { choices: ["a", "b", "c"], labels: [1, 1, 0] } });
  const { scores } = await mc2.ask(
    truth,
    [],
    fakeSession((_, at) => Math.log([0.2, 0.1, 0.1][at]!)),
  );
  assert.ok(Math.abs(scores["mc2"]! - 0.75) < 1e-12);
  const combine = byName("mmlu").metrics["acc_macro"]!.combine!;
  assert.equal(
    combine([
      [7, 1],
      [7, 1],
      [9, 0],
    ]),
    0.5,
  );
  assert.equal(
    byName("mrpc").metrics["f1"]!.combine!([
      [1, 1],
      [0, 1],
      [1, 0],
      [0, 0],
    ]),
    0.5,
  );
});

for (const name of ["mmlu_dev", "xcopa_val_it", "xcopa_val_th"])
  test(`${name}: parses and renders every real record`, async (t) => {
    const data = sharedPath("data/eval");
    if (data === null || !existsSync(data)) return t.skip("needs ../shared: data/eval");
    const task = byName(name);
    const { test: rows } = await readTaskData(task, data);
    const items = rows.map((row) => task.parse(row as Row));
    assert.equal(items.length, name === "mmlu_dev" ? 285 : 100);
    for (const item of items)
      assert.doesNotMatch(
        JSON.stringify(task.prompt(item, [])),
        /\{(?:question|choices|subject|start)[\w.]*\}/,
      );
  });
