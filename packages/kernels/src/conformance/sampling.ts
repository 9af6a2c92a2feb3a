import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Backend, Executable, SampleParams, SampleResult } from "../kernels.ts";
import { neutralSampling } from "../neutral-sampling.ts";
import { sampleRow } from "../reference/sample.ts";
import { plainStep } from "./case.ts";
import { randomIntegers, randomNumbers } from "./random-data.ts";

/** Rows of one batch, and batches by size of the vocabulary: 2,176 rows, few of them large, where sorting is slow. */
const ROWS = 64;
const batches = [
  { vocabulary: 3, count: 2 },
  { vocabulary: 33, count: 8 },
  { vocabulary: 320, count: 22 },
  { vocabulary: 4099, count: 2 },
] as const;

/** Logits with a few strong tokens, ties in a third of the rows, and impossible tokens in some. */
function randomLogits(seed: number, vocabulary: number): Float32Array {
  const noise = randomNumbers(seed, vocabulary);
  return noise.map((x, id) => {
    if (seed % 7 === 0 && id % 5 === 1) return id % 2 === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
    const logit = 6 * x * Math.abs(x);
    return seed % 3 === 0 ? Math.round(logit) : logit;
  });
}

function randomParams(seed: number, vocabulary: number): SampleParams {
  const numbers = randomNumbers(seed + 1_000_000, 16).map((x) => (x + 1) / 2);
  let at = 0;
  const next = (): number => numbers[at++]!;
  const choose = <T>(...values: readonly T[]): T => values[Math.floor(next() * values.length)]!;
  const penalized = choose(0, 0, 1, 9);
  const biased = choose(0, 0, 1, 5);
  const ids = new Set(randomIntegers(seed + 2_000_000, penalized, vocabulary));
  const biasIds = new Set(randomIntegers(seed + 3_000_000, biased, vocabulary));
  const isMasked = choose(false, false, true);
  const mask = isMasked ? randomIntegers(seed + 4_000_000, Math.ceil(vocabulary / 32), 2 ** 32) : [];
  return {
    temperature: choose(0, 0.05, 0.6, 1, 1.7),
    topK: choose(0, 0, 1, 5, 40, vocabulary + 1),
    topP: choose(1, 1, 0, 0.5, 0.9, 0.999),
    minP: choose(0, 0, 0.05, 1),
    uniform: choose(next(), next(), 0, 1 - 2 ** -53),
    repetitionPenalty: choose(1, 1, 1.3, 0.8),
    frequencyPenalty: choose(0, 0.7, -0.5),
    presencePenalty: choose(0, 1.5),
    penaltyIds: Int32Array.from(ids),
    penaltyCounts: Int32Array.from(ids, (id) => 1 + (id % 4)),
    biasIds: Int32Array.from(biasIds),
    biasValues: Float32Array.from(biasIds, (id) => (id % 9) - 4),
    // Token 0 stays possible, also where a third of the logits are not.
    mask: Uint32Array.from(mask, (word, i) => (i === 0 ? word | 1 : word)),
    topLogprobs: choose(0, 1, 20),
  };
}

/** Whether another token is right too: the draw is within 1e-6 of the border between both. */
function isNearBorder(token: number, logits: Float32Array, params: SampleParams): boolean {
  return [-1e-6, 1e-6].some((shift) => {
    const uniform = Math.min(1, Math.max(0, params.uniform + shift));
    return sampleRow(logits, { ...params, uniform }).token === token;
  });
}

function assertLogprob(actual: number, expected: number, what: string): void {
  const isSame = actual === expected || Math.abs(actual - expected) <= 1e-4;
  assert.ok(isSame, `${what} is ${actual}, but ${expected} in the reference`);
}

function assertSample(actual: SampleResult, logits: Float32Array, params: SampleParams, what: string): void {
  const expected = sampleRow(logits, params);
  if (actual.token !== expected.token) {
    const about = JSON.stringify({ ...params, mask: params.mask.length });
    assert.ok(
      isNearBorder(actual.token, logits, params),
      `${what}: token is ${actual.token}, but ${expected.token} in the reference, for ${about}`,
    );
  } else assertLogprob(actual.logprob, expected.logprob, `${what}: logprob of token ${actual.token}`);
  assert.deepEqual([...actual.topIds], [...expected.topIds], `${what}: most likely tokens`);
  for (const [i, logprob] of expected.topLogprobs.entries()) {
    assertLogprob(actual.topLogprobs[i]!, logprob, `${what}: logprob of most likely token ${i}`);
  }
}

/** An executable whose output `logits` is what the run is given. */
async function withLogits(
  backend: Backend,
  logits: Float32Array,
  vocabulary: number,
  use: (executable: Executable) => void,
): Promise<void> {
  const rows = logits.length / vocabulary;
  const executable = backend.compile(
    {
      weights: [],
      frequencies: [],
      ops: [
        { op: "input", name: "logits", shape: ["rows", vocabulary] },
        { op: "selectRows", x: 0 },
      ],
      outputs: { logits: 1 },
    },
    { weights: [], kv: null, maxRows: rows, maxOutputs: rows, mode: "exact" },
  );
  try {
    const outputRows = Int32Array.from({ length: rows }, (_, row) => row);
    await executable.run({ ...plainStep(rows, { inputs: { logits } }), outputRows });
    use(executable);
  } finally {
    await executable[Symbol.asyncDispose]();
  }
}

async function sampleBatch(backend: Backend, vocabulary: number, batch: number): Promise<void> {
  const logits = new Float32Array(ROWS * vocabulary);
  const requests = Array.from({ length: ROWS }, (_, row) => {
    const seed = (vocabulary * 100 + batch) * ROWS + row;
    logits.set(randomLogits(seed, vocabulary), row * vocabulary);
    return { row, params: randomParams(seed, vocabulary) };
  });
  await withLogits(backend, logits, vocabulary, (executable) => {
    const results = executable.sample("logits", requests);
    for (const { row, params } of requests) {
      const rowLogits = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
      assertSample(results[row]!, rowLogits, params, `vocabulary ${vocabulary}, batch ${batch}, row ${row}`);
    }
  });
}

/** Registers the tests of `Executable.sample`. */
export async function testSampling(t: TestContext, backend: Backend): Promise<void> {
  for (const { vocabulary, count } of batches) {
    await t.test(
      `sample draws as the reference does from ${count * ROWS} rows of ${vocabulary}`,
      async () => {
        for (let batch = 0; batch < count; batch++) await sampleBatch(backend, vocabulary, batch);
      },
    );
  }
  await t.test("sample refuses rows without a possible token", async () => {
    const logits = Float32Array.from([1, 2, 3, 4, ...Array<number>(4).fill(Number.NaN)]);
    logits.fill(Number.NEGATIVE_INFINITY, 6);
    const mask = Uint32Array.of(0);
    await withLogits(backend, logits, 4, (executable) => {
      const sample = (row: number, params: SampleParams): unknown =>
        executable.sample("logits", [{ row, params }]);
      assert.throws(() => sample(0, { ...neutralSampling, mask }), RangeError);
      assert.throws(() => sample(1, neutralSampling), RangeError);
      assert.doesNotThrow(() => sample(0, neutralSampling));
    });
  });
  await t.test("sample lets tokens of infinite logit share everything", async () => {
    const logits = Float32Array.of(1, Number.POSITIVE_INFINITY, 2, Number.POSITIVE_INFINITY);
    await withLogits(backend, logits, 4, (executable) => {
      for (const [uniform, token] of [
        [0.25, 1],
        [0.75, 3],
      ] as const) {
        const params = { ...neutralSampling, uniform, topLogprobs: 3 };
        assert.equal(executable.sample("logits", [{ row: 0, params }])[0]!.token, token);
        assertSample(
          executable.sample("logits", [{ row: 0, params }])[0]!,
          logits,
          params,
          "infinite logits",
        );
      }
    });
  });
}
