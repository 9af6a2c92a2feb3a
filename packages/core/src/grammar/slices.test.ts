import assert from "node:assert/strict";
import { test } from "node:test";
import { finishInSlices, within } from "./slices.ts";

function* busy(count: number, eachMs: number): Generator<undefined, number> {
  for (let i = 0; i < count; i++) {
    const end = performance.now() + eachMs;
    while (performance.now() < end);
    yield undefined;
  }
  return count;
}

test("finishInSlices lets other tasks run between slices of work", async () => {
  let numTasks = 0;
  let isOver = false;
  const other = (): void => {
    numTasks++;
    if (!isOver) setImmediate(other);
  };
  setImmediate(other);
  assert.equal(await finishInSlices(busy(12, 2)), 12);
  isOver = true;
  assert.ok(numTasks >= 4, `${numTasks} other tasks in 24 ms of work`);
});

test("within ends the steps when their own time is over", async () => {
  let numSteps = 0;
  for (const _ of within(busy(1000, 2), 20)) numSteps++;
  assert.ok(numSteps >= 1 && numSteps <= 10, `${numSteps} steps of 2 ms in 20 ms`);
});
