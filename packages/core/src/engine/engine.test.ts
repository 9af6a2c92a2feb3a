import assert from "node:assert/strict";
import { test } from "node:test";
import { completeSampling } from "../sample/params.ts";
import { Engine } from "./engine.ts";
import { ContextOverflowError, QueueFullError } from "./errors.ts";
import { FakeBackend, fakeEngineOptions, hashModel } from "./fake-backend.ts";
import type { GenerateRequest, TokenEvent } from "./request.ts";

const vocabSize = 64;

function request(
  promptIds: readonly number[],
  rest: Partial<Omit<GenerateRequest, "promptIds">> = {},
): GenerateRequest {
  const sampling = completeSampling({ temperature: 0 });
  return { promptIds, maxTokens: 8, sampling, stopIds: [], topLogprobs: 0, ...rest };
}

async function collect(events: AsyncIterable<TokenEvent>): Promise<{ ids: number[]; finish: TokenEvent }> {
  const ids: number[] = [];
  for await (const event of events) {
    if (event.type === "finish") return { ids, finish: event };
    ids.push(event.token);
  }
  throw new Error("No finish event");
}

/** What the fake model says greedily, without an engine. */
function greedy(promptIds: readonly number[], count: number): number[] {
  const history = [...promptIds];
  for (let i = 0; i < count; i++) {
    const logits = hashModel(history, vocabSize);
    history.push(logits.indexOf(Math.max(...logits)));
  }
  return history.slice(promptIds.length);
}

const prompt = (length: number, start = 0): number[] =>
  Array.from({ length }, (_, i) => (start * 7 + i * i) % vocabSize);

function assertIdle(engine: Engine): void {
  const { numWaiting, numRunning, kvBlocksUsed } = engine.stats();
  assert.deepEqual(
    { numWaiting, numRunning, kvBlocksUsed },
    { numWaiting: 0, numRunning: 0, kvBlocksUsed: 0 },
  );
}

test("Engine.generate streams the model's greedy tokens and a truthful finish", async () => {
  const backend = new FakeBackend({ vocabSize });
  await using engine = new Engine(fakeEngineOptions(backend));
  const { ids, finish } = await collect(engine.generate(request(prompt(100), { maxTokens: 40 })));
  assert.deepEqual(ids, greedy(prompt(100), 40));
  assert.ok(finish.type === "finish");
  assert.equal(finish.reason, "length");
  assert.equal(finish.stopToken, null);
  assert.deepEqual(finish.usage, {
    promptTokens: 100,
    cachedTokens: 0,
    cacheMiss: { reason: "never-seen", position: 0 },
    completionTokens: 40,
    contextUsed: 140,
    contextLimit: 256,
  });
  assert.ok(finish.timings.prefillMs >= 0 && finish.timings.decodeMs > 0);
  assert.ok(finish.timings.timeToFirstTokenMs >= finish.timings.prefillMs);
  // Chunks of at most 48 rows: 48 + 48 + 4, then one row a step.
  assert.deepEqual(
    backend.steps.slice(0, 4).map((step) => step.tokens.length),
    [48, 48, 4, 1],
  );
  assertIdle(engine);
});

test("Engine.generate ends at a stop token without reporting it", async () => {
  await using engine = new Engine(fakeEngineOptions(new FakeBackend({ vocabSize })));
  const expected = greedy(prompt(5), 8);
  const stop = expected[3]!;
  const { ids, finish } = await collect(engine.generate(request(prompt(5), { stopIds: [stop] })));
  assert.deepEqual(ids, expected.slice(0, expected.indexOf(stop)));
  assert.ok(finish.type === "finish" && finish.reason === "stop" && finish.stopToken === stop);
  assert.equal(finish.usage.completionTokens, ids.length);
});

test("Engine gives each of many requests what it gets alone, greedy and seeded", async () => {
  for (const temperature of [0, 1]) {
    const requests = Array.from({ length: 16 }, (_, i) =>
      request(prompt(1 + ((i * 37) % 90), i % 5), {
        maxTokens: 1 + ((i * 13) % 30),
        sampling: completeSampling({ temperature, seed: i, frequencyPenalty: i % 2 }),
      }),
    );
    const alone: number[][] = [];
    for (const each of requests) {
      await using engine = new Engine(fakeEngineOptions(new FakeBackend({ vocabSize })));
      alone.push((await collect(engine.generate(each))).ids);
    }
    // Few blocks, so that sequences are preempted and the cache is evicted.
    const backend = new FakeBackend({ vocabSize });
    await using engine = new Engine(fakeEngineOptions(backend, { contextLimit: 128, kvBlocks: 9 }));
    const together = await Promise.all(requests.map((each) => collect(engine.generate(each))));
    assert.deepEqual(
      together.map(({ ids }) => ids),
      alone,
    );
    assert.ok(backend.steps.some((step) => step.sequences.length >= 3));
    assertIdle(engine);
  }
});

test("Engine preempts when blocks run out and the result is the same", async () => {
  const options = fakeEngineOptions(new FakeBackend({ vocabSize }), { contextLimit: 128, kvBlocks: 6 });
  await using engine = new Engine(options);
  const jobs = [0, 1, 2].map((i) => collect(engine.generate(request(prompt(20, i), { maxTokens: 80 }))));
  const results = await Promise.all(jobs);
  results.forEach(({ ids }, i) => {
    assert.deepEqual(ids, greedy(prompt(20, i), 80));
  });
  assert.ok(engine.stats().numPreempted > 0);
  assertIdle(engine);
});

test("Engine reuses cached prefix blocks and says so", async () => {
  await using engine = new Engine(fakeEngineOptions(new FakeBackend({ vocabSize })));
  const cold = await collect(engine.generate(request(prompt(64))));
  for (const [length, cached] of [
    [64, 63],
    [70, 64],
    [63, 32],
  ] as const) {
    const warm = await collect(engine.generate(request(prompt(length))));
    assert.deepEqual(warm.ids, greedy(prompt(length), 8));
    assert.ok(warm.finish.type === "finish");
    assert.equal(warm.finish.usage.cachedTokens, cached);
  }
  assert.deepEqual(cold.ids, greedy(prompt(64), 8));
});

test("Engine mixes prompt chunks with decoding, bounded beside it", async () => {
  const backend = new FakeBackend({ vocabSize });
  await using engine = new Engine(fakeEngineOptions(backend));
  const decoding = collect(engine.generate(request(prompt(4), { maxTokens: 40 })));
  while (engine.stats().numSteps < 3) await new Promise((resolve) => setImmediate(resolve));
  const late = collect(engine.generate(request(prompt(100, 3))));
  assert.deepEqual((await late).ids, greedy(prompt(100, 3), 8));
  assert.deepEqual((await decoding).ids, greedy(prompt(4), 40));
  const mixed = backend.steps.filter((step) => step.sequences.length === 2 && step.tokens.length > 2);
  assert.ok(mixed.length >= 5);
  assert.ok(mixed.every((step) => step.tokens.length <= 1 + 20));
});

test("Engine.score gives the model's log-probabilities in chunks, beside a generation", async () => {
  const backend = new FakeBackend({ vocabSize });
  await using engine = new Engine(fakeEngineOptions(backend));
  const ids = prompt(90, 2);
  const generation = collect(engine.generate(request(ids)));
  const scores = await engine.score(ids, { topLogprobs: 3 });
  assert.equal(scores.length, 89);
  for (const [i, score] of scores.entries()) {
    const logits = hashModel(ids.slice(0, i + 1), vocabSize);
    const logTotal = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    assert.equal(score.token, ids[i + 1]);
    assert.ok(Math.abs(score.logprob - (logits[score.token]! - logTotal)) < 1e-5);
    assert.equal(score.top.length, 3);
    assert.ok(Math.abs(score.top[0]!.logprob - (Math.max(...logits) - logTotal)) < 1e-5);
  }
  assert.deepEqual((await generation).ids, greedy(ids, 8));
  assert.deepEqual(await engine.score([3]), []);
  assertIdle(engine);
});

test("Engine.score survives preemption", async () => {
  const backend = new FakeBackend({ vocabSize });
  const limits = { maxOutputs: 4 };
  await using engine = new Engine(fakeEngineOptions(backend, { contextLimit: 128, kvBlocks: 4, limits }));
  const ids = prompt(60, 1);
  const generation = collect(engine.generate(request(prompt(31), { maxTokens: 90 })));
  const scores = await engine.score(ids);
  assert.deepEqual(
    scores.map(({ token }) => token),
    ids.slice(1),
  );
  await using alone = new Engine(fakeEngineOptions(new FakeBackend({ vocabSize })));
  assert.deepEqual(scores, await alone.score(ids));
  assert.deepEqual((await generation).ids, greedy(prompt(31), 90));
});

test("Engine rejects an abort with the signal's reason at every stage and frees everything", async () => {
  const stages = ["before", "queued", "prefill", "decode"] as const;
  for (const stage of stages) {
    const backend = new FakeBackend({ vocabSize });
    const limits = { maxBatch: 1 };
    await using engine = new Engine(fakeEngineOptions(backend, { limits }));
    const controller = new AbortController();
    if (stage === "before") controller.abort();
    const blocker =
      stage === "queued" ? collect(engine.generate(request(prompt(9), { maxTokens: 20 }))) : null;
    const abortAt = { before: 0, queued: 3, prefill: 1, decode: 4 }[stage];
    backend.onRun = async () => {
      if (backend.steps.length === abortAt) controller.abort();
    };
    const { signal } = controller;
    await assert.rejects(collect(engine.generate(request(prompt(60), { maxTokens: 100, signal }))), {
      name: "AbortError",
    });
    if (blocker !== null) assert.deepEqual((await blocker).ids, greedy(prompt(9), 20));
    if (stage === "prefill" || stage === "decode") {
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(backend.numAbortedSteps, 1, stage);
    }
    assertIdle(engine);
    backend.onRun = () => {};
    assert.deepEqual((await collect(engine.generate(request(prompt(60))))).ids, greedy(prompt(60), 8));
  }
});

test("Engine finishes a shared step when one of its sequences is aborted", async () => {
  const backend = new FakeBackend({ vocabSize });
  await using engine = new Engine(fakeEngineOptions(backend));
  const controller = new AbortController();
  backend.onRun = () => {
    if (backend.steps.length === 5) controller.abort(new DOMException("Enough", "AbortError"));
  };
  const kept = collect(engine.generate(request(prompt(9), { maxTokens: 20 })));
  const { signal } = controller;
  await assert.rejects(collect(engine.generate(request(prompt(8), { maxTokens: 99, signal }))), /Enough/);
  assert.deepEqual((await kept).ids, greedy(prompt(9), 20));
  assert.equal(backend.numAbortedSteps, 0);
  assertIdle(engine);
});

test("Engine frees everything when the consumer leaves the loop", async () => {
  const backend = new FakeBackend({ vocabSize });
  await using engine = new Engine(fakeEngineOptions(backend));
  for await (const event of engine.generate(request(prompt(40), { maxTokens: 200 }))) {
    if (event.type === "token") break;
  }
  assertIdle(engine);
  const numSteps = backend.steps.length;
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(backend.steps.length, numSteps);
});

test("Engine keeps an error of a step to the requests in it", async () => {
  const backend = new FakeBackend({ vocabSize });
  await using engine = new Engine(fakeEngineOptions(backend, { limits: { maxBatch: 1 } }));
  backend.onRun = () => {
    if (backend.steps.length === 2) throw new RangeError("Kernel failed");
  };
  const failing = collect(engine.generate(request(prompt(9))));
  const waiting = collect(engine.generate(request(prompt(12))));
  await assert.rejects(failing, { name: "RangeError", message: "Kernel failed" });
  assert.deepEqual((await waiting).ids, greedy(prompt(12), 8));
  assertIdle(engine);
});

test("Engine keeps a draw that fails to its own request", async () => {
  const backend = new FakeBackend({ vocabSize });
  await using engine = new Engine(fakeEngineOptions(backend));
  const unlucky = request(prompt(9), { sampling: completeSampling({ logitBias: { 3: -100 } }) });
  const results = await Promise.allSettled([
    collect(engine.generate(unlucky)),
    collect(engine.generate(request(prompt(12)))),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["rejected", "fulfilled"],
  );
  assertIdle(engine);
});

test("Engine refuses what does not fit, with the numbers", async () => {
  await using engine = new Engine(fakeEngineOptions(new FakeBackend({ vocabSize })));
  const run = (each: GenerateRequest): Promise<unknown> => collect(engine.generate(each));
  await assert.rejects(run(request([])), RangeError);
  await assert.rejects(run(request([1, 64])), /Prompt token 1 is 64, outside the vocabulary of 64/);
  await assert.rejects(run(request([1], { maxTokens: 0 })), /maxTokens is 0/);
  await assert.rejects(
    run(request([1], { sampling: completeSampling({ topP: Number.NaN }) })),
    /topP is NaN/,
  );
  await assert.rejects(run(request(prompt(250))), (error) => {
    assert.ok(error instanceof ContextOverflowError);
    const { promptTokens, maxTokens, contextLimit } = error;
    assert.deepEqual([promptTokens, maxTokens, contextLimit], [250, 8, 256]);
    return true;
  });
  await assert.rejects(engine.score(prompt(257)), ContextOverflowError);
  await assert.rejects(engine.score([]), RangeError);
});

test("Engine refuses requests beyond its queue limit", async () => {
  const limits = { maxBatch: 1, queueLimit: 2 };
  await using engine = new Engine(fakeEngineOptions(new FakeBackend({ vocabSize }), { limits }));
  const accepted = [0, 1].map((i) => collect(engine.generate(request(prompt(4, i)))));
  await assert.rejects(collect(engine.generate(request(prompt(4)))), QueueFullError);
  assert.equal((await Promise.all(accepted)).length, 2);
});

test("Engine dispose fails what is running and gives everything back", async () => {
  const backend = new FakeBackend({ vocabSize });
  const engine = new Engine(fakeEngineOptions(backend));
  const running = collect(engine.generate(request(prompt(40), { maxTokens: 100 })));
  const closed = assert.rejects(running, /The engine was closed/);
  await new Promise((resolve) => setImmediate(resolve));
  await engine[Symbol.asyncDispose]();
  await closed;
  assert.deepEqual(backend.live(), { weights: 0, kvPools: 0, adapters: 0, executables: 0, bytes: 0 });
  await assert.rejects(collect(engine.generate(request([1]))), /The engine is closed/);
});
