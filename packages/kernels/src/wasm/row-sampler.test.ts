import assert from "node:assert/strict";
import { test } from "node:test";
import type { Program, SampleParams, SampleResult } from "../kernels.ts";
import { neutralSampling } from "../neutral-sampling.ts";
import { sampleRow as referenceSample } from "../reference/sample.ts";
import { createWasmBackend } from "./backend.ts";
import { numbers } from "./tiny-program.ts";

/** Logits of the probabilities 0.1, 0.5, 0.15, 0.25. */
const logits = Float32Array.from([0.1, 0.5, 0.15, 0.25], Math.log);

const backend = await createWasmBackend({ threads: 0 });
const executable = backend.compile(
  { weights: [], frequencies: [], ops: [{ op: "input", name: "x", shape: ["rows", 4] }], outputs: { x: 0 } },
  { weights: [], kv: null, maxRows: 2, maxOutputs: 1, mode: "fast" },
);
await executable.run({
  tokens: new Int32Array(2),
  sequences: [{ rowStart: 0, rowCount: 2, position: 0, blocks: new Int32Array(0) }],
  outputRows: new Int32Array(0),
  inputs: { x: Float32Array.of(9, 0, 0, 0, ...logits) },
});

const sampleRow = (params: SampleParams): SampleResult => executable.sample("x", [{ row: 1, params }])[0]!;

/** Tokens that 1000 evenly spaced uniforms draw, with their shares. */
function shares(params: Partial<SampleParams>): Record<number, number> {
  const counts: Record<number, number> = {};
  for (let i = 0; i < 1000; i++) {
    const { token } = sampleRow({ ...neutralSampling, ...params, uniform: (i + 0.5) / 1000 });
    counts[token] = (counts[token] ?? 0) + 1 / 1000;
  }
  return Object.fromEntries(Object.entries(counts).map(([id, share]) => [id, Math.round(share * 100) / 100]));
}

test("Executable.sample draws in proportion and truncates by top-k, top-p and min-p", () => {
  assert.deepEqual(shares({}), { 0: 0.1, 1: 0.5, 2: 0.15, 3: 0.25 });
  assert.deepEqual(shares({ topK: 2 }), { 1: 0.67, 3: 0.33 });
  assert.deepEqual(shares({ topP: 0.7 }), { 1: 0.67, 3: 0.33 });
  assert.deepEqual(shares({ topP: 0.4 }), { 1: 1 });
  assert.deepEqual(shares({ minP: 0.29 }), { 1: 0.56, 2: 0.17, 3: 0.28 });
  assert.deepEqual(shares({ temperature: 0 }), { 1: 1 });
});

test("Executable.sample applies penalties, bias and mask before it draws, and reports the model's own log-probability", () => {
  const greedy = { ...neutralSampling, temperature: 0 };
  const penalised = {
    ...greedy,
    presencePenalty: 1,
    penaltyIds: Int32Array.of(1),
    penaltyCounts: Int32Array.of(1),
  };
  assert.equal(sampleRow(penalised).token, 3);
  const biased = { ...greedy, biasIds: Int32Array.of(0), biasValues: Float32Array.of(5) };
  const { token, logprob } = sampleRow(biased);
  assert.equal(token, 0);
  assert.ok(Math.abs(logprob - Math.log(0.1)) < 1e-6);
  const masked = { ...neutralSampling, uniform: 0.99, mask: Uint32Array.of(0b0101) };
  assert.equal(sampleRow(masked).token, 0);
  assert.throws(() => sampleRow({ ...neutralSampling, mask: Uint32Array.of(0) }), /No token can be sampled/);
});

test("Executable.sample lists the most likely tokens in order", () => {
  const { topIds, topLogprobs } = sampleRow({ ...neutralSampling, topLogprobs: 3 });
  assert.deepEqual([...topIds], [1, 3, 2]);
  assert.ok(Math.abs(topLogprobs[0]! - Math.log(0.5)) < 1e-6);
});

/** Share of the probability that the tokens before and including `token` have, best first. */
function massUpTo(probabilities: Float64Array, token: number): number {
  return probabilities.reduce((sum, p) => (p >= probabilities[token]! ? sum + p : sum), 0);
}

test("Executable.sample draws from the nucleus of a large vocabulary", async () => {
  const V = 5003;
  const values = numbers(5, V).map((value) => value * 12);
  const program: Program = {
    weights: [],
    frequencies: [],
    ops: [{ op: "input", name: "x", shape: ["rows", V] }],
    outputs: { x: 0 },
  };
  const options = { weights: [], kv: null, maxRows: 1, maxOutputs: 1, mode: "fast" } as const;
  await using large = backend.compile(program, options);
  await large.run({
    tokens: new Int32Array(1),
    sequences: [{ rowStart: 0, rowCount: 1, position: 0, blocks: new Int32Array(0) }],
    outputRows: new Int32Array(0),
    inputs: { x: values },
  });
  const weights = Float64Array.from(values, (value) => Math.exp(value));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const probabilities = weights.map((weight) => weight / total);
  for (const params of [{ topP: 0.5 }, { topP: 0.9 }, { topP: 0.9999999 }, { minP: 1e-8 }, {}]) {
    let last = -1;
    for (let i = 0; i < 50; i++) {
      const uniform = (i + 0.5) / 50;
      const [{ token, logprob }] = large.sample("x", [
        { row: 0, params: { ...neutralSampling, ...params, uniform } },
      ]) as [SampleResult];
      assert.ok(Math.abs(logprob - Math.log(probabilities[token]!)) < 1e-4);
      const before = massUpTo(probabilities, token) - probabilities[token]!;
      assert.ok(before <= (params.topP ?? 1) + 1e-6, `token ${token} is outside the nucleus`);
      assert.equal(token, referenceSample(values, { ...neutralSampling, ...params, uniform }).token);
      assert.ok(before >= last, "a larger uniform draws a less likely token");
      last = before;
    }
  }
});
