import assert from "node:assert/strict";
import { test } from "node:test";
import type { TaskResult } from "@llamero/eval";
import { compareFigures, findGateTasks, refusalOf } from "./gate.ts";
import type { GateCheck } from "./recipe.ts";

const check = (task: string, more: Partial<GateCheck> = {}): GateCheck => ({
  task,
  metric: null,
  allowedLoss: 0.01,
  required: null,
  ...more,
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
  const gate = {
    checks: [
      check("cria_safety", { metric: "unsafe_refused" }),
      check("cria_safety", { metric: "false_refusals", allowedLoss: 0.02 }),
    ],
    data: null,
    limit: null,
  };
  const tasks = findGateTasks(gate);
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
  const all = findGateTasks({ checks: [check("cria")], data: null, limit: null });
  assert.ok(all.length >= 6);
  const gate = {
    checks: [check("cria_safety", { metric: "false_refusals", allowedLoss: 1, required: 0.05 })],
    data: null,
    limit: null,
  };
  const figures = compareFigures(findGateTasks(gate), safety(1, 0.5), safety(1, 0.1));
  assert.match(refusalOf(figures, [])!, /from 0\.500 to 0\.100 \(1 allowed, 0\.05 required\)/);
  const whole = findGateTasks({ checks: [check("cria_safety")], data: null, limit: null });
  const refusing = compareFigures(whole, safety(0.9, 0), safety(1, 0.9));
  assert.match(refusalOf(refusing, [])!, /^false refusals of cria_safety went from 0\.000 to 0\.900/);
  assert.throws(
    () => findGateTasks({ checks: [check("cria_safety", { metric: "kindness" })], data: null, limit: null }),
    /cria_safety has no metric kindness; it has/,
  );
});
