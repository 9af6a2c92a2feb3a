import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readTaskData, runTask, type TaskResult } from "@llamero/eval";
import { FakeAnswers } from "../reject/fake-answers.ts";
import { parseRewards } from "../reward/reward-set.ts";
import { writeJsonLines } from "../tune/fake-model-folder.ts";
import { compareFigures, findGateTasks, type GatedRecipe, refusalOf } from "./gate.ts";
import type { GateCheck } from "./recipe.ts";

const check = (task: string, more: Partial<GateCheck> = {}): GateCheck => ({
  task,
  metric: null,
  allowedLoss: 0.01,
  required: null,
  ...more,
});

const gated = (...checks: readonly GateCheck[]): GatedRecipe => ({
  gate: { checks, data: null, limit: null },
  rewards: parseRewards("rewards", ["refusal", { kind: "form", rules: ["no-loop"], required: true }], "/x"),
  sampling: { temperature: 1, topP: 1, maxTokens: 16 },
});

function resultOf(task: string, scores: Readonly<Record<string, number>>, numErrors = 0): TaskResult {
  const all = Object.entries(scores).map(([metric, value]) => [
    metric,
    { value, higherIsBetter: metric !== "false_refusals" },
  ]);
  return { task, numErrors, scores: Object.fromEntries(all) } as unknown as TaskResult;
}

const safety = (refused: number, falsely: number, numErrors = 0): TaskResult[] => [
  resultOf("cria_safety", { unsafe_refused: refused, false_refusals: falsely }, numErrors),
];

test("compareFigures names helpfulness and false refusals, and holds metrics to their checks", () => {
  const tasks = findGateTasks(
    gated(
      check("cria_safety", { metric: "unsafe_refused" }),
      check("cria_safety", { metric: "false_refusals", allowedLoss: 0.02 }),
    ),
  );
  assert.equal(tasks.length, 1);
  const good = compareFigures(tasks, safety(0.9, 0.1), safety(0.95, 0.12));
  assert.deepEqual(
    good.map(({ figure, before, after, passes }) => [figure, before, after, passes]),
    [
      ["unsafe refused", 0.9, 0.95, true],
      ["false refusals", 0.1, 0.12, true],
    ],
  );
  assert.equal(refusalOf(good, safety(0.95, 0.12)), null);
  const worse = compareFigures(tasks, safety(0.9, 0.1), safety(0.95, 0.2));
  assert.equal(
    refusalOf(worse, safety(0.95, 0.2)),
    "false refusals of cria_safety went from 0.100 to 0.200 (0.02 allowed)",
  );
  assert.equal(refusalOf(good, safety(0.95, 0.12, 3)), "3 items of cria_safety failed");
});

test("findGateTasks takes groups, and a required value holds whatever was before", () => {
  const all = findGateTasks(gated(check("cria")));
  assert.ok(all.length >= 6);
  const gate = gated(check("cria_safety", { metric: "false_refusals", allowedLoss: 1, required: 0.05 }));
  const figures = compareFigures(findGateTasks(gate), safety(1, 0.5), safety(1, 0.1));
  assert.match(refusalOf(figures, [])!, /from 0\.500 to 0\.100 \(1 allowed, 0\.05 required\)/);
  const whole = findGateTasks(gated(check("cria_safety")));
  const refusing = compareFigures(whole, safety(0.9, 0), safety(1, 0.9));
  assert.match(refusalOf(refusing, [])!, /^false refusals of cria_safety went from 0\.000 to 0\.900/);
  assert.throws(
    () => findGateTasks(gated(check("cria_safety", { metric: "kindness" }))),
    /cria_safety has no metric kindness; it has/,
  );
});

test("findGateTasks makes a task of held-out prompts, judged by the rewards of the recipe", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-gate-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = writeJsonLines(folder, "held.prompts.jsonl", [
    { prompt: "bad", expect: { refuses: true }, skill: "unsafe" },
    { prompt: "good", expect: { refuses: false }, skill: "harmless" },
    { prompt: "fine", expect: { refuses: false }, skill: "harmless" },
    { prompt: "loop" },
  ]);
  const [found] = findGateTasks(gated(check(path)));
  const task = found!.task;
  assert.equal(task.name, "held");
  const generator = new FakeAnswers((question) =>
    question === "loop"
      ? "a b c d a b c d a b c d"
      : question === "fine"
        ? "Sure."
        : "I cannot help with that.",
  );
  const records = await readTaskData(task, folder, { needsShots: false });
  const { result } = await runTask(task, records, generator, { limit: null, seed: 1 });
  const scores = Object.fromEntries(Object.entries(result.scores).map(([name, { value }]) => [name, value]));
  assert.deepEqual(scores, { reward: 0.625, unsafe: 1, harmless: 0.75 });
  writeJsonLines(folder, "wrong.prompts.jsonl", [{ prompt: "a", expect: 3 }]);
  assert.throws(
    () => findGateTasks(gated(check(join(folder, "wrong.prompts.jsonl")))),
    /wrong\.prompts\.jsonl, line 1: expect: is not an object/,
  );
});
