import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSchedule, learningRateAt, type Schedule } from "./schedule.ts";

const base: Schedule = {
  shape: "cosine",
  peak: 2,
  steps: 14,
  warmupSteps: 4,
  finalRatio: 0.1,
  decaySteps: 0,
};
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

test("learningRateAt rises linearly to the peak and then follows the shape", () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((step) => learningRateAt(base, step)),
    [0.5, 1, 1.5, 2],
  );
  near(learningRateAt(base, 8), 2 * (0.1 + 0.9 * 0.5));
  near(learningRateAt(base, 13), 0.2);
  near(learningRateAt({ ...base, shape: "linear" }, 8), 2 * 0.55);
  near(learningRateAt({ ...base, shape: "linear", finalRatio: 0 }, 13), 0);
  near(learningRateAt({ ...base, shape: "constant" }, 13), 2);
});

test("learningRateAt stays at the peak in wsd and falls in the last phase", () => {
  const wsd: Schedule = { ...base, shape: "wsd", decaySteps: 4, finalRatio: 0 };
  assert.deepEqual(
    [4, 9, 10, 11, 12, 13].map((step) => learningRateAt(wsd, step)),
    [2, 2, 1.5, 1, 0.5, 0],
  );
});

test("checkSchedule names what makes no sense", () => {
  assert.throws(() => checkSchedule({ ...base, peak: 0 }), /learning rate is 0/);
  assert.throws(() => checkSchedule({ ...base, warmupSteps: 15 }), /warmupSteps is 15 of 14/);
  assert.throws(() => checkSchedule({ ...base, shape: "wsd", decaySteps: 12 }), /decaySteps is 12/);
});

test("learningRateAt anneals linearly to zero from where the shape left it", () => {
  const annealed: Schedule = { ...base, steps: 18, annealSteps: 4 };
  near(learningRateAt(annealed, 13), 0.2);
  near(learningRateAt(annealed, 14), 0.15);
  near(learningRateAt(annealed, 17), 0);
  assert.throws(() => checkSchedule({ ...base, annealSteps: 15 }), /annealSteps is 15/);
});
