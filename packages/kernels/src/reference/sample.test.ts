import assert from "node:assert/strict";
import { test } from "node:test";
import type { SampleParams } from "../kernels.ts";
import { neutralSampling } from "../neutral-sampling.ts";
import { sampleRow } from "./sample.ts";

/** Logits of the probabilities 0.1, 0.5, 0.15, 0.25; sorted: tokens 1, 3, 2, 0. */
const logits = Float32Array.from([0.1, 0.5, 0.15, 0.25], Math.log);

const tokenOf = (params: Partial<SampleParams>, row: Float32Array = logits): number =>
  sampleRow(row, { ...neutralSampling, ...params }).token;

test("sampleRow walks the sorted tokens with the uniform number", () => {
  const draws = [0, 0.499, 0.501, 0.749, 0.751, 0.899, 0.901, 1 - 2 ** -53];
  assert.deepEqual(
    draws.map((uniform) => tokenOf({ uniform })),
    [1, 1, 3, 3, 2, 2, 0, 0],
  );
});

test("sampleRow at temperature 0 takes the largest, the lowest id among equals", () => {
  assert.equal(tokenOf({ temperature: 0, uniform: 0.99 }), 1);
  assert.equal(tokenOf({ temperature: 0 }, Float32Array.of(1, 3, 2, 3)), 1);
});

test("sampleRow sorts equals by id", () => {
  const row = Float32Array.of(0, 1, 0, 1);
  assert.deepEqual(
    [0.1, 0.5, 0.8, 0.95].map((uniform) => tokenOf({ uniform }, row)),
    [1, 3, 0, 2],
  );
});

test("sampleRow sharpens and flattens by temperature", () => {
  // At temperature 1/2 the probabilities go as squares: 0.25 of 0.345 for the first.
  assert.equal(tokenOf({ temperature: 0.5, uniform: 0.724 }), 1);
  assert.equal(tokenOf({ temperature: 0.5, uniform: 0.725 }), 3);
});

test("sampleRow truncates by top-k, then top-p of what is left, then min-p, and renormalises", () => {
  const last = { uniform: 1 - 2 ** -53 };
  assert.equal(tokenOf({ ...last, topK: 2 }), 3);
  assert.equal(tokenOf({ ...last, topK: 9 }), 0);
  assert.equal(tokenOf({ topK: 2, uniform: 0.66 }), 1);
  assert.equal(tokenOf({ topK: 2, uniform: 0.67 }), 3);
  assert.equal(tokenOf({ ...last, topP: 0.74 }), 3);
  assert.equal(tokenOf({ ...last, topP: 0.76 }), 2);
  assert.equal(tokenOf({ ...last, topP: 0.001 }), 1);
  // 0.5 of the 0.9 that top-k keeps is 0.556, so two tokens are needed for 0.6 and one for 0.55.
  assert.equal(tokenOf({ ...last, topK: 3, topP: 0.55 }), 1);
  assert.equal(tokenOf({ ...last, topK: 3, topP: 0.6 }), 3);
  assert.equal(tokenOf({ ...last, minP: 0.29 }), 2);
  assert.equal(tokenOf({ ...last, minP: 0.31 }), 3);
  assert.equal(tokenOf({ ...last, minP: 1 }), 1);
});

test("sampleRow divides positive and multiplies negative logits by the repetition penalty", () => {
  const history = { penaltyIds: Int32Array.of(0, 1), penaltyCounts: Int32Array.of(1, 3), temperature: 0 };
  const row = Float32Array.of(4, -1, 1.9, -1.9);
  assert.equal(tokenOf({ ...history, repetitionPenalty: 2 }, row), 0);
  assert.equal(tokenOf({ ...history, repetitionPenalty: 2.2 }, row), 2);
  const negative = Float32Array.of(-1, -3, -1.9, -9);
  assert.equal(tokenOf({ ...history, repetitionPenalty: 2 }, negative), 2);
});

test("sampleRow subtracts the frequency penalty per count and the presence penalty once", () => {
  const history = { penaltyIds: Int32Array.of(0, 1), penaltyCounts: Int32Array.of(1, 3), temperature: 0 };
  const row = Float32Array.of(4, 5, 3.4, 0);
  assert.equal(tokenOf({ ...history, frequencyPenalty: 0.4 }, row), 1);
  assert.equal(tokenOf({ ...history, frequencyPenalty: 0.55 }, row), 0);
  assert.equal(tokenOf({ ...history, frequencyPenalty: 0.55, presencePenalty: 0.1 }, row), 2);
  assert.equal(tokenOf({ ...history, presencePenalty: 1.5 }, row), 1);
  assert.equal(tokenOf({ ...history, presencePenalty: 1.7 }, row), 2);
});

test("sampleRow applies bias before the mask, and the mask beats both", () => {
  const bias = { temperature: 0, biasIds: Int32Array.of(0), biasValues: Float32Array.of(9) };
  assert.equal(tokenOf(bias), 0);
  assert.equal(tokenOf({ ...bias, mask: Uint32Array.of(0b1100) }), 3);
  const wide = new Float32Array(40);
  wide[33] = 1;
  assert.equal(tokenOf({ temperature: 0, mask: Uint32Array.of(0, 0b110) }, wide), 33);
  assert.equal(tokenOf({ temperature: 0, mask: Uint32Array.of(0b100, 0) }, wide), 2);
});

test("sampleRow never draws a masked token, whatever the uniform number", () => {
  for (const uniform of [0, 0.5, 1 - 2 ** -53]) {
    for (const truncation of [{}, { topP: 0.9 }, { topK: 3 }, { minP: 0.01 }]) {
      assert.equal(tokenOf({ uniform, ...truncation, mask: Uint32Array.of(0b0100) }), 2);
    }
  }
});

test("sampleRow reports log-probabilities of the raw logits", () => {
  const changed = {
    ...neutralSampling,
    temperature: 0,
    biasIds: Int32Array.of(2),
    biasValues: Float32Array.of(50),
  };
  const { token, logprob, topIds, topLogprobs } = sampleRow(logits, { ...changed, topLogprobs: 3 });
  assert.equal(token, 2);
  assert.ok(Math.abs(logprob - Math.log(0.15)) < 1e-6);
  assert.deepEqual([...topIds], [1, 3, 2]);
  for (const [i, p] of [0.5, 0.25, 0.15].entries()) assert.ok(Math.abs(topLogprobs[i]! - Math.log(p)) < 1e-6);
  assert.equal(sampleRow(logits, { ...neutralSampling, topLogprobs: 20 }).topIds.length, 4);
});

test("sampleRow takes NaN for impossible and shares out infinity", () => {
  assert.equal(tokenOf({ temperature: 0 }, Float32Array.of(Number.NaN, 1, 2)), 2);
  assert.equal(tokenOf({ uniform: 0.9 }, Float32Array.of(Number.NaN, 1, Number.NEGATIVE_INFINITY)), 1);
  const infinite = Float32Array.of(Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY);
  assert.deepEqual([tokenOf({ uniform: 0.4 }, infinite), tokenOf({ uniform: 0.6 }, infinite)], [0, 2]);
});

test("sampleRow refuses a row that leaves no token", () => {
  for (const [params, row] of [
    [{ mask: Uint32Array.of(0) }, logits],
    [{}, new Float32Array(3).fill(Number.NaN)],
    [{ temperature: 0 }, new Float32Array(3).fill(Number.NEGATIVE_INFINITY)],
  ] as const) {
    assert.throws(() => tokenOf(params, row), { name: "RangeError", message: /^No token can be sampled/ });
  }
});
