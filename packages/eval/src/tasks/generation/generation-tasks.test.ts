import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Prompt } from "../../generator.ts";
import type { Row, RunCode, Session, Task } from "../../task.ts";
import { generationTasks } from "./generation-tasks.ts";

/** An answer of a model to one fixture record and what it must score: a number for all metrics, or one each. */
interface Reply {
  set: string;
  item: number;
  reply: string;
  scores: number | Readonly<Record<string, number>>;
}

const folder = new URL("./fixtures/", import.meta.url);
const readLines = <T>(name: string): T[] =>
  readFileSync(new URL(name, folder), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

const replies = new Map<string, Reply[]>();
for (const reply of readLines<Reply>("replies.jsonl"))
  replies.set(reply.set, [...(replies.get(reply.set) ?? []), reply]);

/** Last lines of the programs that predict inputs and outputs which are right. */
const rightAssertions = new Set([
  "assert f(1 + 1) == 6",
  "assert f('abc') == 'cba'",
  "assert f(1, 2) == [1, 2]",
  'assert f(2) == ast.literal_eval("6")',
  `assert f('abc') == ast.literal_eval("\\"cba\\"")`,
  'assert f(1, 2) == ast.literal_eval("[1,2]")',
]);

/** Stands for a sandbox: programs marked RIGHT pass their tests, or print what they read doubled. */
const fakeRunCode: RunCode = async (_, code, options) => {
  const isRight = code.includes("RIGHT") || rightAssertions.has(code.split("\n").at(-1)!);
  const printed = /print\((\d+)\)/.exec(code)?.[1] ?? "";
  if (options?.stdin !== undefined)
    return {
      ok: true,
      stdout: isRight ? `${Number(options.stdin) * 2}\n` : printed,
      stderr: "",
      reason: "done",
    };
  assert.match(code, /assert/, "tests are part of the program");
  return {
    ok: isRight,
    stdout: "",
    stderr: isRight ? "" : "AssertionError",
    reason: isRight ? "done" : "error",
  };
};

function fakeSession(answer: (seed: number) => string, seen: Prompt[] = []): Session {
  return {
    generate: async ({ prompt, seed }) => {
      seen.push(prompt);
      return { text: answer(seed ?? 0), toolCalls: [], reason: "stop", promptTokens: 1, completionTokens: 1 };
    },
    loglikelihood: async () => assert.fail("no log-likelihoods here"),
    runCode: fakeRunCode,
    judge: null,
    signal: new AbortController().signal,
  };
}

const lastText = (prompt: Prompt): string =>
  prompt.kind === "text" ? prompt.text : prompt.messages.at(-1)!.content;

async function mainScore(task: Task, items: readonly unknown[], answer: string): Promise<number> {
  let sum = 0;
  for (const item of items)
    sum += (
      await task.ask(
        item,
        [],
        fakeSession(() => answer),
      )
    ).scores[task.mainMetric]!;
  return sum / items.length;
}

const constantAnswers = [
  "",
  "7",
  "A",
  "yes",
  "unanswerable",
  "Lena",
  "The best answer is A",
  "So the answer is (A).",
  "So the answer is True.",
  "#### 17",
  "\\boxed{17}",
  "    return None",
];

for (const task of generationTasks) {
  test(`${task.name} parses, renders and scores its fixture`, async () => {
    const rows = readLines<Row>(`${task.name}.jsonl`);
    assert.ok(rows.length >= 3);
    const items = rows.map((row) => task.parse(row));
    for (const [index, item] of items.entries()) {
      const others = items.filter((_, at) => at !== index);
      const [alone, shown] = [task.prompt(item, []), task.prompt(item, others)];
      assert.doesNotMatch(
        lastText(alone),
        /\{[a-z_]+(?:\.[a-z_]+)*\}/,
        "every field of the template is filled",
      );
      if (shown.kind === "chat") assert.equal(shown.messages.filter(({ role }) => role === "user").length, 3);
      else assert.ok(shown.text.length > lastText(alone).length, "shots make the prompt longer");
      if (alone.kind === "text") assert.ok(lastText(shown).endsWith(lastText(alone).slice(-40)));
      else assert.equal(lastText(shown), lastText(alone));
    }
    assert.throws(() => task.parse({}), { name: "SyntaxError", message: /field "/ });
    for (const { item, reply, scores } of replies.get(task.name) ?? []) {
      const outcome = await task.ask(
        items[item],
        [],
        fakeSession(() => reply),
      );
      for (const metric of Object.keys(task.metrics)) {
        const expected = typeof scores === "number" ? scores : scores[metric]!;
        const actual = outcome.scores[metric]!;
        const what = `${metric} of item ${item} for ${JSON.stringify(reply)}: ${actual}, not ${expected}`;
        assert.ok(Math.abs(actual - expected) < 1e-9, what);
      }
    }
    for (const answer of constantAnswers)
      assert.ok((await mainScore(task, items, answer)) < 1, `${JSON.stringify(answer)} is not always right`);
  });
}

test("generationTasks have a fixture with replies each, and no fixture is left over", () => {
  const names = generationTasks.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  const files = readdirSync(folder).filter((file) => file !== "replies.jsonl");
  assert.deepEqual(files.map((file) => file.replace(".jsonl", "")).sort(), [...names].sort());
  for (const name of names)
    if (name !== "humaneval_pass10") assert.ok((replies.get(name)?.length ?? 0) >= 5, name);
  assert.ok(names.length >= 150);
});

test("humaneval_pass10 scores the share of right samples and the chance that one of ten is right", async () => {
  const task = generationTasks.find(({ name }) => name === "humaneval_pass10")!;
  const item = task.parse(readLines<Row>("humaneval_pass10.jsonl")[0]!);
  const outcome = await task.ask(
    item,
    [],
    fakeSession((seed) => (seed === 3 ? "    return a + b  # RIGHT" : "    pass")),
  );
  // One of 20: 1 - C(19, 10) / C(20, 10) = 10 / 20.
  assert.ok(Math.abs(outcome.scores["pass@1"]! - 0.05) < 1e-12);
  assert.ok(Math.abs(outcome.scores["pass@10"]! - 0.5) < 1e-12);
  assert.equal(task.grade, null);
});

test("bbh and gsm8k_cot use their own examples, as many as shots are drawn", () => {
  const task = generationTasks.find(({ name }) => name === "gsm8k_cot")!;
  const items = readLines<Row>("gsm8k_cot.jsonl").map((row) => task.parse(row));
  const prompt = task.prompt(items[0], items.slice(0, 2));
  assert.equal(prompt.kind, "text");
  assert.match(
    lastText(prompt),
    /^Q: A grove has 15 trees.*\nA: .* The answer is 6\.\n\nQ: A parking lot.*\nA: .*5\.\n\nQ: Mia has/,
  );
});
