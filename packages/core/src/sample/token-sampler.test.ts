import assert from "node:assert/strict";
import { test } from "node:test";
import type { SampleParams } from "@llamero/kernels";
import { completeSampling, type SamplingParams } from "./params.ts";
import { TokenSampler } from "./token-sampler.ts";

test("TokenSampler draws by seed and position only", () => {
  const create = (seed: number | null): TokenSampler =>
    new TokenSampler(completeSampling({ seed }), { promptIds: [1], topLogprobs: 0 });
  const a = create(7);
  const b = create(7);
  b.accept(3);
  assert.equal(a.at(5).uniform, b.at(5).uniform);
  assert.notEqual(a.at(5).uniform, a.at(6).uniform);
  assert.notEqual(a.at(5).uniform, create(8).at(5).uniform);
  assert.notEqual(create(null).seed, create(null).seed);
});

function after(params: Partial<SamplingParams>, topLogprobs: number = 0): SampleParams {
  const sampler = new TokenSampler(completeSampling(params), { promptIds: [1, 2, 1], topLogprobs });
  for (const token of [2, 5, 5]) sampler.accept(token);
  return sampler.at(6);
}

test("TokenSampler keeps no history without penalties", () => {
  const { penaltyIds, biasIds, topLogprobs } = after({}, 4);
  assert.deepEqual([penaltyIds.length, biasIds.length, topLogprobs], [0, 0, 4]);
});

test("TokenSampler lets the repetition penalty see prompt and output", () => {
  const { penaltyIds, penaltyCounts, repetitionPenalty, biasIds } = after({ repetitionPenalty: 1.1 });
  assert.deepEqual([...penaltyIds], [1, 2, 5]);
  assert.equal(penaltyCounts.length, 3);
  assert.equal(repetitionPenalty, 1.1);
  assert.equal(biasIds.length, 0);
});

test("TokenSampler turns frequency and presence penalties of output tokens into biases", () => {
  const params = after({ frequencyPenalty: 0.5, presencePenalty: 0.25, logitBias: { 5: 2, 9: -1 } });
  assert.deepEqual([...params.biasIds], [5, 9, 2]);
  assert.deepEqual([...params.biasValues], [2 - 2 * 0.5 - 0.25, -1, -0.5 - 0.25]);
  assert.deepEqual([params.frequencyPenalty, params.presencePenalty, params.penaltyIds.length], [0, 0, 0]);
});
