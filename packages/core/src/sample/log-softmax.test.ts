import assert from "node:assert/strict";
import { test } from "node:test";
import { scoreRow } from "./log-softmax.ts";

test("scoreRow gives log-probabilities and the most likely tokens, lower ids first among equals", () => {
  const logits = Float32Array.from([1, 3, 2, 3, -1000]);
  const total = Math.log(Math.exp(1) + 2 * Math.exp(3) + Math.exp(2));
  const { logprob, top } = scoreRow(logits, 2, 3);
  assert.ok(Math.abs(logprob - (2 - total)) < 1e-12);
  assert.deepEqual(
    top.map(({ token }) => token),
    [1, 3, 2],
  );
  assert.deepEqual(scoreRow(logits, 0, 0).top, []);
  assert.ok(Number.isFinite(scoreRow(Float32Array.from([2000, 1999]), 1, 0).logprob));
});
