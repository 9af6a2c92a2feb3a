import assert from "node:assert/strict";
import { test } from "node:test";
import { uniform } from "@llamero/kernels";
import { emptyRows, takeTargets } from "./soft-targets.ts";

const logits = Float32Array.from({ length: 30 }, (_, i) => 4 * uniform(3, 1, i));

function softmax(temperature: number): number[] {
  const weights = [...logits].map((logit) => Math.exp(logit / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

for (const temperature of [1, 2.5])
  test(`takeTargets keeps the top exactly and draws the rest without bias at temperature ${temperature}`, () => {
    const options = { topK: 5, tailDraws: 3, temperature, seed: 9 };
    const truth = softmax(temperature);
    const count = 4000;
    const rows = emptyRows(count, options);
    for (let row = 0; row < count; row++) takeTargets(logits, options, rows, { row, stream: 2 });
    const mean = new Float64Array(30);
    for (let row = 0; row < count; row++) {
      let mass = 0;
      for (let i = row * 8; i < (row + 1) * 8; i++) {
        mean[rows.ids[i]!]! += rows.probs[i]! / count;
        mass += rows.probs[i]!;
      }
      assert.ok(Math.abs(mass - 1) < 1e-5);
    }
    const order = truth.map((_, i) => i).sort((a, b) => truth[b]! - truth[a]!);
    assert.deepEqual([...rows.ids.subarray(0, 5)], order.slice(0, 5));
    for (const id of order.slice(0, 5)) assert.ok(Math.abs(mean[id]! - truth[id]!) < 1e-5);
    for (const id of order.slice(5)) assert.ok(Math.abs(mean[id]! - truth[id]!) < 0.006, `${id}`);
    const entropy = -truth.reduce((sum, p) => sum + p * Math.log(p), 0);
    assert.ok(Math.abs(rows.entropy[0]! - entropy) < 1e-5);
  });

test("takeTargets makes all of the kept tokens where there are no draws, and refuses what is no number", () => {
  const options = { topK: 3, tailDraws: 0, temperature: 1, seed: 1 };
  const rows = emptyRows(1, options);
  takeTargets(logits, options, rows, { row: 0, stream: 0 });
  assert.ok(Math.abs(rows.probs.reduce((sum, p) => sum + p, 0) - 1) < 1e-6);
  const whole = { topK: 30, tailDraws: 2, temperature: 1, seed: 1 };
  const all = emptyRows(1, whole);
  takeTargets(logits, whole, all, { row: 0, stream: 0 });
  assert.ok(Math.abs(all.probs.reduce((sum, p) => sum + p, 0) - 1) < 1e-6);
  const broken = logits.slice().fill(Number.NaN);
  assert.throws(() => takeTargets(broken, options, rows, { row: 0, stream: 0 }), /no numbers/);
});
