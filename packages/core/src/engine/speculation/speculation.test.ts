import assert from "node:assert/strict";
import { test } from "node:test";
import { createReferenceBackend, sampleRow } from "@llamero/kernels";
import { randomCheckpoint, tinyConfig } from "../../models/random-checkpoint.ts";
import { completeSampling, type SamplingParams } from "../../sample/params.ts";
import { Engine, type EngineOptions } from "../engine.ts";
import { FakeBackend, type FakeModel, fakeEngineOptions, hashModel } from "../fake-backend.ts";
import { type LoadEngineOptions, loadEngine } from "../load-engine.ts";
import type { GenerateRequest, Speculation, TokenEvent } from "../request.ts";

const vocabSize = 64;
const ngram: Speculation = { kind: "ngram", maxDraft: 8 };
const draft: Speculation = { kind: "draft", maxDraft: 4 };

type Rest = Partial<Omit<GenerateRequest, "promptIds" | "sampling">>;

function request(
  promptIds: readonly number[],
  sampling: Partial<SamplingParams>,
  rest: Rest = {},
): GenerateRequest {
  return {
    promptIds,
    maxTokens: 40,
    sampling: completeSampling(sampling),
    stopIds: [],
    topLogprobs: 1,
    ...rest,
  };
}

type Finish = Extract<TokenEvent, { type: "finish" }>;

async function run(engine: Engine, each: GenerateRequest): Promise<{ tokens: TokenEvent[]; finish: Finish }> {
  const tokens: TokenEvent[] = [];
  for await (const event of engine.generate(each)) {
    if (event.type === "finish") return { tokens, finish: event };
    tokens.push(event);
  }
  throw new Error("No finish event");
}

/** A model that mostly goes round in a circle, so that guesses are right often, with a distribution over all tokens. */
const circle: FakeModel = (history, size) => {
  const last = history.at(-1)!;
  const noise = hashModel([last], size);
  return noise.map((value, id) => (id === (last * 5 + 3) % 16 ? 6 : value));
};

/** Draws as the reference backend does. */
function samplingBackend(model: FakeModel, size: number = vocabSize): FakeBackend {
  return new FakeBackend({ vocabSize: size, model, sample: sampleRow });
}

/** Each step takes as long however many rows it has, so that guesses are worth it. */
function engineOptions(
  backend: FakeBackend,
  overrides?: Parameters<typeof fakeEngineOptions>[1],
): EngineOptions {
  let readings = 0;
  return { ...fakeEngineOptions(backend, overrides), now: () => readings++ };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

test("Engine with n-gram speculation draws the same tokens, with their log-probabilities, in fewer steps", async () => {
  const samplings: Partial<SamplingParams>[] = [
    { temperature: 0 },
    { temperature: 0.7, topP: 0.9, seed: 5 },
    { temperature: 1.4, topP: 1, seed: 6, frequencyPenalty: 0.3, presencePenalty: 0.1 },
    { temperature: 0.9, topP: 0.95, seed: 7, repetitionPenalty: 1.2, topK: 20 },
  ];
  const prompt = Array.from({ length: 60 }, (_, i) => (i * 7) % 16);
  for (const sampling of samplings) {
    const plainBackend = samplingBackend(circle);
    await using plain = new Engine(engineOptions(plainBackend));
    const expected = await run(plain, request(prompt, sampling, { maxTokens: 90 }));
    const backend = samplingBackend(circle);
    await using engine = new Engine(engineOptions(backend));
    const found = await run(engine, request(prompt, sampling, { maxTokens: 90, speculation: ngram }));
    assert.deepEqual(found.tokens, expected.tokens);
    assert.deepEqual(
      { ...found.finish.usage, speculation: undefined },
      { ...expected.finish.usage, speculation: undefined },
    );
    const { draftedTokens, acceptedTokens } = found.finish.usage.speculation!;
    assert.ok(draftedTokens >= acceptedTokens, `${acceptedTokens} of ${draftedTokens} accepted`);
    assert.equal(backend.steps.length, plainBackend.steps.length - acceptedTokens);
    if (sampling.temperature === 0) assert.ok(acceptedTokens > 20, `${acceptedTokens} accepted`);
    assert.equal(engine.stats().kvBlocksUsed, 0);
  }
});

test("Engine with speculation publishes no rejected guess to the prefix cache", async () => {
  const backend = samplingBackend(circle);
  await using engine = new Engine(engineOptions(backend));
  const prompt = Array.from({ length: 40 }, (_, i) => (i * 7) % 16);
  const first = await run(
    engine,
    request(prompt, { temperature: 0.8, seed: 3 }, { maxTokens: 120, speculation: ngram }),
  );
  const { draftedTokens, acceptedTokens } = first.finish.usage.speculation!;
  assert.ok(draftedTokens > acceptedTokens, `${acceptedTokens} of ${draftedTokens} accepted`);
  const ids = first.tokens.map((event) => (event.type === "token" ? event.token : -1));
  // The fake backend's KV holds the tokens themselves: a wrong one in a cached block changes every score after it.
  const whole = [...prompt, ...ids, 1];
  const cached = await run(engine, request(whole, { temperature: 0 }));
  assert.equal(cached.finish.usage.cachedTokens, 128);
  await using fresh = new Engine(engineOptions(samplingBackend(circle)));
  assert.deepEqual(cached.tokens, (await run(fresh, request(whole, { temperature: 0 }))).tokens);
});

test("Engine with speculation ends where it would without: stop tokens, limits, a consumer that stops", async () => {
  const prompt = Array.from({ length: 40 }, (_, i) => (i * 7) % 16);
  await using engine = new Engine(engineOptions(samplingBackend(circle)));
  const { tokens } = await run(engine, request(prompt, { temperature: 0 }));
  const ids = tokens.map((event) => (event.type === "token" ? event.token : -1));
  for (const rest of [
    { stopIds: [ids[9]!] },
    { maxTokens: 3 },
    { maxTokens: 1 },
    { maxTokens: 17 },
  ] as Rest[]) {
    const plain = await run(engine, request(prompt, { temperature: 0 }, rest));
    const guessed = await run(engine, request(prompt, { temperature: 0 }, { ...rest, speculation: ngram }));
    assert.deepEqual(guessed.tokens, plain.tokens);
    assert.equal(guessed.finish.reason, plain.finish.reason);
    assert.equal(guessed.finish.usage.completionTokens, plain.finish.usage.completionTokens);
  }
  for (const stopAfter of [1, 5, 12]) {
    const events = engine.generate(request(prompt, { temperature: 0 }, { speculation: ngram }));
    for (let i = 0; i < stopAfter; i++) await events.next();
    const { value } = await events.next("stop");
    assert.ok(value?.type === "finish" && value.reason === "stop", "no finish");
    assert.equal(value.usage.completionTokens, stopAfter);
    assert.equal((await events.next()).done, true);
    assert.equal(engine.stats().kvBlocksUsed, 0);
  }
});

test("Engine gives many that speculate at once, preempted ones too, what each gets alone", async () => {
  const requests = Array.from({ length: 12 }, (_, i) =>
    request(
      Array.from({ length: 5 + i * 2 }, (_, at) => (at * (i + 2)) % 16),
      { temperature: i % 3 === 0 ? 0 : 0.8, seed: i, frequencyPenalty: i % 2 },
      { maxTokens: 50 + i, ...(i % 4 !== 3 && { speculation: ngram }) },
    ),
  );
  const alone: TokenEvent[][] = [];
  for (const { speculation: _, ...each } of requests) {
    await using engine = new Engine(engineOptions(samplingBackend(circle)));
    alone.push((await run(engine, each)).tokens);
  }
  await using engine = new Engine(engineOptions(samplingBackend(circle), { contextLimit: 96, kvBlocks: 4 }));
  const together = await Promise.all(requests.map((each) => run(engine, each)));
  assert.deepEqual(
    together.map(({ tokens }) => tokens),
    alone,
  );
  assert.ok(engine.stats().numPreempted > 0, "nobody was preempted");
  const accepted = sum(together.map(({ finish }) => finish.usage.speculation?.acceptedTokens ?? 0));
  assert.ok(accepted > 0, `${accepted} accepted`);
  assert.equal(engine.stats().kvBlocksUsed, 0);
});

/** Cumulative chi-square of observed counts against probabilities; cells expected below 5 are joined. */
function chiSquare(
  counts: readonly number[],
  probabilities: readonly number[],
): { value: number; freedom: number } {
  const total = sum(counts);
  let [value, cells, restCount, restExpected] = [0, 0, 0, 0];
  for (const [i, probability] of probabilities.entries()) {
    const expected = probability * total;
    if (expected < 5) {
      restCount += counts[i]!;
      restExpected += expected;
      continue;
    }
    value += (counts[i]! - expected) ** 2 / expected;
    cells++;
  }
  if (restExpected > 0) {
    value += (restCount - restExpected) ** 2 / restExpected;
    cells++;
  }
  return { value, freedom: cells - 1 };
}

test("Engine with speculation draws from the model's own distribution: chi-square over 4,000 draws a setting", async () => {
  const size = 12;
  /** The next token depends on the last; each has one that is likely after it. */
  const chain: FakeModel = (history) => {
    const last = history.at(-1)!;
    return Float32Array.from({ length: size }, (_, id) =>
      id === (last + 1) % size ? 3.5 : ((last * 7 + id * 5) % 11) / 8,
    );
  };
  const probabilitiesAfter = (last: number, temperature: number, topP: number): number[] => {
    const weights = [...chain([last], size)].map((logit) => Math.exp(logit / temperature));
    const order = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]! || a - b);
    const total = sum(weights);
    let kept = 0;
    let mass = 0;
    while (kept < size && mass < topP * total) mass += weights[order[kept++]!]!;
    return weights.map((weight, id) => (order.indexOf(id) < kept ? weight / mass : 0));
  };
  for (const [temperature, topP] of [
    [1, 1],
    [0.6, 0.9],
    [1.5, 0.95],
    [0.3, 1],
  ] as const) {
    const backend = samplingBackend(chain, size);
    await using engine = new Engine({ ...engineOptions(backend), vocabSize: size });
    const counts = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    /** Only draws that a guess came before, so that the ones at stake are looked at. */
    let accepted = 0;
    const prompt = Array.from({ length: 36 }, (_, i) => i % size);
    for (let seed = 0; seed < 40; seed++) {
      const { tokens, finish } = await run(
        engine,
        request(prompt, { temperature, topP, seed: seed * 977 + 5 }, { maxTokens: 100, speculation: ngram }),
      );
      accepted += finish.usage.speculation!.acceptedTokens;
      let last = prompt.at(-1)!;
      for (const event of tokens) {
        if (event.type !== "token") continue;
        counts[last]![event.token]!++;
        last = event.token;
      }
    }
    assert.ok(accepted > 0, `${accepted} accepted at ${temperature}`);
    let [value, freedom] = [0, 0];
    for (const [last, row] of counts.entries()) {
      const probabilities = probabilitiesAfter(last, temperature, topP);
      assert.ok(
        row.every((count, id) => count === 0 || probabilities[id]! > 0),
        `impossible after ${last}`,
      );
      if (sum(row) < 100) continue;
      const each = chiSquare(row, probabilities);
      value += each.value;
      freedom += each.freedom;
    }
    // Wilson and Hilferty: the cube root is nearly normal. 3.3 deviations: one false alarm in 2,000.
    const z = ((value / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom));
    assert.ok(Math.abs(z) < 3.3, `z ${z.toFixed(2)} at temperature ${temperature}, top-p ${topP}`);
  }
});

const checkpoint = randomCheckpoint(tinyConfig, { seed: 1 });
const smaller = randomCheckpoint({ ...tinyConfig, numHiddenLayers: 1 }, { seed: 1 });

async function withEngine<T>(
  options: Partial<LoadEngineOptions>,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  await using backend = createReferenceBackend();
  {
    await using loaded = await loadEngine(checkpoint, {
      context: 256,
      ...options,
      backend,
      mode: "deterministic",
    });
    const result = await use(loaded.engine);
    assert.equal(loaded.engine.stats().kvBlocksUsed, 0);
    await loaded[Symbol.asyncDispose]();
    assert.deepEqual(backend.live(), { weights: 0, kvPools: 0, adapters: 0, executables: 0, bytes: 0 });
    return result;
  }
}

test("Engine on real arithmetic draws the same with n-grams, with a draft model, and without", async () => {
  const requests = [0, 1, 2, 3, 4, 5].map((i) =>
    request(
      Array.from({ length: 10 + 9 * i }, (_, at) => (at * 5) % 23),
      i % 2 === 0
        ? { temperature: 0 }
        : { temperature: 0.9, seed: i, repetitionPenalty: 1.1, presencePenalty: 0.2 },
      { maxTokens: 24 + i },
    ),
  );
  const plain = await withEngine({}, (engine) => Promise.all(requests.map((each) => run(engine, each))));
  for (const [speculation, draftCheckpoint] of [
    [ngram, undefined],
    [draft, checkpoint],
    [draft, smaller],
  ] as const) {
    const found = await withEngine(draftCheckpoint ? { draft: draftCheckpoint } : {}, (engine) =>
      Promise.all(requests.map((each) => run(engine, { ...each, speculation }))),
    );
    assert.deepEqual(
      found.map(({ tokens }) => tokens),
      plain.map(({ tokens }) => tokens),
    );
    const counts = found.map(({ finish }) => finish.usage.speculation!);
    const drafted = sum(counts.map(({ draftedTokens }) => draftedTokens));
    const accepted = sum(counts.map(({ acceptedTokens }) => acceptedTokens));
    assert.ok(drafted > 0, "nothing was drafted");
    // A draft model that is the model itself is right every time, at any temperature.
    if (draftCheckpoint === checkpoint) assert.equal(accepted, drafted);
  }
});
