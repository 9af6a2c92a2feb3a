import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { sharedPath } from "../../../../core/src/testdata.ts";
import { readTaskData } from "../../data/task-data.ts";
import { createSandbox, sandboxRunCode } from "../../sandbox/index.ts";
import type { Row, Session } from "../../task.ts";
import { generationTasks } from "./generation-tasks.ts";

const sandbox = await createSandbox({ seconds: 20 });
after(() => sandbox[Symbol.asyncDispose]());

const session = {
  runCode: sandboxRunCode(sandbox),
  signal: new AbortController().signal,
} as unknown as Session;

const readLines = <T>(name: string): T[] =>
  readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as T);

const replies = readLines<{ set: string; item: number; reply: string; scores: number }>("replies.jsonl");

for (const task of generationTasks.filter(({ kind, grade }) => kind === "code" && grade !== null)) {
  test(`${task.name}: real runs of its fixture's answers come out as expected`, async () => {
    const items = readLines<Row>(`${task.name}.jsonl`).map((row) => task.parse(row));
    const known = replies.filter(({ set }) => set === task.name);
    const check = async ({ item, reply, scores }: (typeof known)[number]): Promise<void> => {
      const outcome = await task.grade!(items[item]!, { text: reply, toolCalls: [] }, session);
      assert.equal(outcome.scores["pass@1"], scores, `item ${item}: ${reply}\n${outcome.note}`);
    };
    await Promise.all(known.map(check));
  });
}

test("humaneval: all canonical solutions pass, and broken ones fail", async (t) => {
  const folder = sharedPath("data/eval");
  if (folder === null) return t.skip("needs ../shared: data/eval");
  const task = generationTasks.find(({ name }) => name === "humaneval")!;
  const { test: rows } = await readTaskData(task, folder, { needsShots: false });
  const check = async (row: Row, text: string, expected: number): Promise<void> => {
    const outcome = await task.grade!(task.parse(row), { text, toolCalls: [] }, session);
    assert.equal(outcome.scores["pass@1"], expected, `${row["task_id"]}: ${outcome.note}`);
  };
  await Promise.all(rows.map((row) => check(row, String(row["canonical_solution"]), 1)));
  await Promise.all(rows.slice(0, 10).map((row) => check(row, "    return 'broken'\n", 0)));
});
