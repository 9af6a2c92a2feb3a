import assert from "node:assert/strict";
import { test } from "node:test";
import { completeSampling } from "./params.ts";
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

test("TokenSampler keeps no history without penalties", () => {
  const sampler = new TokenSampler(completeSampling(), { promptIds: [1, 2], topLogprobs: 0 });
  sampler.accept(4);
  assert.equal(sampler.at(3).penaltyIds.length, 0);
});

test("TokenSampler counts output tokens, and lists prompt tokens for the repetition penalty only", () => {
  const history = (params: Parameters<typeof completeSampling>[0]): [number[], number[]] => {
    const sampler = new TokenSampler(completeSampling(params), { promptIds: [1, 2, 1], topLogprobs: 0 });
    for (const token of [2, 5, 5]) sampler.accept(token);
    const { penaltyIds, penaltyCounts } = sampler.at(6);
    return [[...penaltyIds], [...penaltyCounts]];
  };
  assert.deepEqual(history({ repetitionPenalty: 1.1 }), [
    [1, 2, 5],
    [0, 1, 2],
  ]);
  assert.deepEqual(history({ frequencyPenalty: 0.5 }), [
    [2, 5],
    [1, 2],
  ]);
});

test("TokenSampler passes logit biases on", () => {
  const params = completeSampling({ logitBias: { 3: -5, 9: 2 } });
  const { biasIds, biasValues } = new TokenSampler(params, { promptIds: [], topLogprobs: 4 }).at(0);
  assert.deepEqual(
    [[...biasIds], [...biasValues]],
    [
      [3, 9],
      [-5, 2],
    ],
  );
});
