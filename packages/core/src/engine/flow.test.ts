import assert from "node:assert/strict";
import { test } from "node:test";
import { type Backend, createReferenceBackend, type Executable } from "@llamero/kernels";
import { randomCheckpoint, tinyConfig } from "../models/random-checkpoint.ts";
import { completeSampling } from "../sample/params.ts";
import { Engine } from "./engine.ts";
import { FakeBackend, fakeEngineOptions } from "./fake-backend.ts";
import { loadEngine } from "./load-engine.ts";
import type { GenerateRequest, TokenEvent } from "./request.ts";

const checkpoint = randomCheckpoint(tinyConfig, { seed: 1 });
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function request(
  promptIds: readonly number[],
  rest: Partial<Omit<GenerateRequest, "promptIds">> = {},
): GenerateRequest {
  const sampling = completeSampling({ temperature: 0 });
  return { promptIds, maxTokens: 12, sampling, stopIds: [], topLogprobs: 1, ...rest };
}

async function tokensOf(events: AsyncIterable<TokenEvent>): Promise<TokenEvent[]> {
  const tokens: TokenEvent[] = [];
  for await (const event of events) if (event.type === "token") tokens.push(event);
  return tokens;
}

/** The backend, which tells the rows of each step when it is done. */
function watched(backend: Backend, onRows: (rows: number) => void): Backend {
  const compile: Backend["compile"] = (program, options) => {
    const executable = backend.compile(program, options);
    const run: Executable["run"] = async (step, signal) => {
      await executable.run(step, signal);
      onRows(step.tokens.length);
    };
    return new Proxy(executable, {
      get: (target, key) => (key === "run" ? run : bound(target, key)),
    });
  };
  return new Proxy(backend, { get: (target, key) => (key === "compile" ? compile : bound(target, key)) });
}

function bound(target: object, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key);
  return typeof value === "function" ? value.bind(target) : value;
}

test("Engine in deterministic mode gives the same tokens whatever its steps cost", async () => {
  const prompts = [20, 90, 75, 110].map((length, seed) =>
    Array.from({ length }, (_, i) => Math.abs(Math.imul(i + 1, 7919 * (seed + 1)) >> 3) % 96),
  );
  const runWith = async (
    delayOf: (rows: number) => number,
  ): Promise<{ tokens: TokenEvent[][]; rows: number[] }> => {
    const rows: number[] = [];
    let time = 0;
    await using reference = createReferenceBackend();
    const backend = watched(reference, (count) => {
      rows.push(count);
      time += delayOf(count);
    });
    const options = { context: 256, mode: "deterministic", now: () => time } as const;
    await using loaded = await loadEngine(checkpoint, { ...options, backend });
    const speculation = { kind: "ngram", maxDraft: 6 } as const;
    const tokens = await Promise.all(
      prompts.map(async (promptIds, i) => {
        for (let wait = 0; wait < i * 4; wait++) await tick();
        const settings = { maxTokens: 40, ...(i % 2 === 0 && { speculation }) };
        return tokensOf(loaded.engine.generate(request(promptIds, settings)));
      }),
    );
    return { tokens, rows };
  };
  const even = await runWith(() => 4);
  const dear = await runWith((rows) => (rows === 1 ? 1 : rows));
  assert.deepEqual(dear.tokens, even.tokens);
  assert.notDeepEqual(dear.rows, even.rows, "costs changed nothing");
});

test("Engine gives all blocks of an aborted request back in the same tick, at every stage", async () => {
  for (const stage of ["waiting", "prompt", "between steps", "generating"] as const) {
    const backend = new FakeBackend({ vocabSize: 64 });
    await using engine = new Engine(fakeEngineOptions(backend, { limits: { maxBatch: 1 } }));
    const controller = new AbortController();
    const length = stage === "prompt" ? 200 : 40;
    const promptIds = Array.from({ length }, (_, i) => (i * i) % 64);
    const running = tokensOf(
      engine.generate(request(promptIds, { maxTokens: 50, signal: controller.signal })),
    );
    const rejected = assert.rejects(running, { name: "AbortError" });
    let usedAtAbort = -1;
    let usedAfter = -1;
    const abort = (): void => {
      usedAtAbort = engine.stats().kvBlocksUsed;
      controller.abort();
      usedAfter = engine.stats().kvBlocksUsed;
    };
    if (stage === "waiting") abort();
    else if (stage === "between steps") {
      while (engine.stats().numSteps < 3) await tick();
      abort();
    } else {
      const atStep = stage === "prompt" ? 2 : 10;
      backend.onRun = () => {
        if (backend.steps.length === atStep) abort();
      };
    }
    await rejected;
    assert.equal(usedAfter, 0, `${stage}: ${usedAfter} blocks after the abort, ${usedAtAbort} before`);
    if (stage !== "waiting") assert.ok(usedAtAbort > 0, stage);
    assert.deepEqual([engine.stats().numRunning, engine.stats().numWaiting], [0, 0]);
  }
});

test("Engine refuses a pool that cannot hold one whole context, so that what is admitted can always end", () => {
  const options = fakeEngineOptions(new FakeBackend({ vocabSize: 64 }), { contextLimit: 128, kvBlocks: 3 });
  assert.throws(() => new Engine(options), /KV pool of 96 tokens is smaller than the context of 128/);
});

test("Engine lets requests wait until there are blocks for their prompts, and runs all of them", async () => {
  const backend = new FakeBackend({ vocabSize: 64 });
  await using engine = new Engine(fakeEngineOptions(backend, { contextLimit: 128, kvBlocks: 4 }));
  let mostBlocks = 0;
  let mostRunning = 0;
  backend.onRun = () => {
    const { kvBlocksUsed, numRunning } = engine.stats();
    mostBlocks = Math.max(mostBlocks, kvBlocksUsed);
    mostRunning = Math.max(mostRunning, numRunning);
  };
  const jobs = Array.from({ length: 10 }, (_, i) =>
    tokensOf(engine.generate(request(Array.from({ length: 70 }, (_, at) => (at * (i + 3)) % 64)))),
  );
  const results = await Promise.all(jobs);
  assert.ok(
    results.every((tokens) => tokens.length === 12),
    "an answer is short",
  );
  assert.ok(mostBlocks <= 4 && mostRunning === 1, `${mostBlocks} blocks, ${mostRunning} running`);
  assert.equal(engine.stats().numPreempted, 0);
});
