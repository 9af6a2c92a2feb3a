import assert from "node:assert/strict";
import { test } from "node:test";
import type { SampleParams } from "../kernels.ts";
import { sampleRow } from "./sample-row.ts";

const neutral: SampleParams = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  uniform: 0,
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  penaltyIds: new Int32Array(0),
  penaltyCounts: new Int32Array(0),
  biasIds: new Int32Array(0),
  biasValues: new Float32Array(0),
  mask: new Uint32Array(0),
  topLogprobs: 0,
};

/** Logits of the probabilities 0.1, 0.5, 0.15, 0.25. */
const logits = Float32Array.from([0.1, 0.5, 0.15, 0.25], Math.log);

/** Tokens that 1000 evenly spaced uniforms draw, with their shares. */
function shares(params: Partial<SampleParams>): Record<number, number> {
  const counts: Record<number, number> = {};
  for (let i = 0; i < 1000; i++) {
    const { token } = sampleRow(logits, { ...neutral, ...params, uniform: (i + 0.5) / 1000 });
    counts[token] = (counts[token] ?? 0) + 1 / 1000;
  }
  return Object.fromEntries(Object.entries(counts).map(([id, share]) => [id, Math.round(share * 100) / 100]));
}

test("sampleRow draws in proportion and truncates by top-k, top-p and min-p", () => {
  assert.deepEqual(shares({}), { 0: 0.1, 1: 0.5, 2: 0.15, 3: 0.25 });
  assert.deepEqual(shares({ topK: 2 }), { 1: 0.67, 3: 0.33 });
  assert.deepEqual(shares({ topP: 0.7 }), { 1: 0.67, 3: 0.33 });
  assert.deepEqual(shares({ topP: 0.4 }), { 1: 1 });
  assert.deepEqual(shares({ minP: 0.29 }), { 1: 0.56, 2: 0.17, 3: 0.28 });
  assert.deepEqual(shares({ temperature: 0 }), { 1: 1 });
});

test("sampleRow applies penalties, bias and mask before it draws, and reports the model's own log-probability", () => {
  const greedy = { ...neutral, temperature: 0 };
  const penalised = {
    ...greedy,
    presencePenalty: 1,
    penaltyIds: Int32Array.of(1),
    penaltyCounts: Int32Array.of(1),
  };
  assert.equal(sampleRow(logits, penalised).token, 3);
  const biased = { ...greedy, biasIds: Int32Array.of(0), biasValues: Float32Array.of(5) };
  const { token, logprob } = sampleRow(logits, biased);
  assert.equal(token, 0);
  assert.ok(Math.abs(logprob - Math.log(0.1)) < 1e-6);
  const masked = { ...neutral, uniform: 0.99, mask: Uint32Array.of(0b0101) };
  assert.equal(sampleRow(logits, masked).token, 2);
  assert.throws(() => sampleRow(logits, { ...neutral, mask: Uint32Array.of(0) }), /No token can be sampled/);
});

test("sampleRow lists the most likely tokens in order", () => {
  const { topIds, topLogprobs } = sampleRow(logits, { ...neutral, topLogprobs: 3 });
  assert.deepEqual([...topIds], [1, 3, 2]);
  assert.ok(Math.abs(topLogprobs[0]! - Math.log(0.5)) < 1e-6);
});
