import assert from "node:assert/strict";
import { test } from "node:test";
import { bootstrap, estimateMean } from "./estimate.ts";
import { createRandom, drawWithoutReplacement } from "./random.ts";

const near = (actual: number, expected: number, within = 1e-6): void =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

test("estimateMean gives the standard error of a mean", () => {
  const { value, standardError, interval, method } = estimateMean([2, 4, 4, 4, 5, 5, 7, 9]);
  assert.equal(value, 5);
  near(standardError!, Math.sqrt(32 / 7 / 8));
  near(interval![0], 5 - 1.959964 * standardError!, 1e-5);
  assert.equal(method, "normal");
});

test("estimateMean takes Wilson's interval for shares, which has a width where all agree", () => {
  const all = estimateMean(Array.from({ length: 10 }, () => 1));
  assert.equal(all.standardError, 0);
  near(all.interval![0], 0.722467, 1e-5);
  near(all.interval![1], 1);
  const some = estimateMean([...Array(8).fill(1), ...Array(2).fill(0)]);
  near(some.interval![0], 0.490162, 1e-5);
  near(some.interval![1], 0.943318, 1e-5);
});

test("estimateMean of one item knows no spread, and none is an error", () => {
  assert.equal(estimateMean([1]).standardError, null);
  assert.throws(() => estimateMean([]), /no values/);
});

test("bootstrap is reproducible by its seed and near the analytic standard error", () => {
  const random = createRandom(1);
  const values = Array.from({ length: 400 }, () => random());
  const mean = (parts: readonly number[]): number =>
    parts.reduce((sum, each) => sum + each, 0) / parts.length;
  const first = bootstrap(values, mean, { seed: 7 });
  assert.deepEqual(bootstrap(values, mean, { seed: 7 }), first);
  assert.notDeepEqual(bootstrap(values, mean, { seed: 8 }), first);
  const analytic = estimateMean(values);
  near(first.standardError!, analytic.standardError!, 0.1 * analytic.standardError!);
  assert.ok(first.interval![0] < first.value && first.value < first.interval![1]);
});

test("drawWithoutReplacement draws each at most once, the same for a seed", () => {
  const drawn = drawWithoutReplacement(10, 10, createRandom(3));
  assert.deepEqual(
    [...drawn].sort((a, b) => a - b),
    [...Array(10).keys()],
  );
  assert.deepEqual(drawWithoutReplacement(10, 10, createRandom(3)), drawn);
  assert.throws(() => drawWithoutReplacement(2, 3, createRandom(3)), /3 of 2/);
});
