import assert from "node:assert/strict";
import { test } from "node:test";
import { CostTable, StepCosts } from "./step-costs.ts";

const proportional = (ms: number, known: number, wanted: number): number => (ms * wanted) / known;

test("CostTable interpolates, extrapolates, follows slow changes and is not led astray by one outlier", () => {
  const table = new CostTable(proportional);
  assert.equal(table.estimate(5), null);
  table.record(4, 8);
  assert.equal(table.estimate(8), 16);
  table.record(8, 40);
  assert.equal(table.estimate(6), 24);
  table.record(5, 8000);
  assert.ok(table.estimate(5)! < 50, `${table.estimate(5)}`);
  table.record(4, 8000);
  assert.ok(table.estimate(4)! < 13, `${table.estimate(4)}`);
  for (let i = 0; i < 40; i++) table.record(4, 10);
  assert.ok(Math.abs(table.estimate(4)! - 10) < 0.01, `${table.estimate(4)}`);
});

test("CostTable forgets what it has not seen for long", () => {
  const table = new CostTable(proportional);
  table.record(1, 1000);
  for (let i = 0; i < 600; i++) table.record(2, 4);
  assert.equal(table.estimate(1), 2);
});

test("StepCosts chooses prompt rows so that a mixed step keeps to its ratio, whatever the shape of the cost", () => {
  const shapes: Record<string, (rows: number) => number> = {
    "linear, dear": (rows) => rows * 2,
    "linear, cheap": (rows) => rows * 0.1,
    cliff: (rows) => (rows > 6 ? 30 + rows : rows * 0.5),
  };
  for (const [name, cost] of Object.entries(shapes)) {
    const costs = new StepCosts();
    const bounds = { min: 2, max: 64, ratio: 2 };
    assert.equal(costs.promptRowsBeside(1, bounds), 16);
    for (let i = 0; i < 20; i++) costs.record({ decodeRows: 1, promptRows: 0, ms: 10 });
    const chosen: number[] = [];
    for (let i = 0; i < 60; i++) {
      const promptRows = costs.promptRowsBeside(1, bounds);
      chosen.push(promptRows);
      costs.record({ decodeRows: 1, promptRows, ms: 10 + cost(promptRows) });
    }
    const late = chosen.slice(20).map(cost);
    assert.ok(Math.max(...late) <= 10, `${name}: a step adds ${Math.max(...late)} ms`);
    assert.ok(
      chosen.every((rows) => rows >= 2),
      name,
    );
  }
});
