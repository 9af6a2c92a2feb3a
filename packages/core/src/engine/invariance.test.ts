import assert from "node:assert/strict";
import { test } from "node:test";
import { createReferenceBackend } from "@llamero/kernels";
import { randomCheckpoint, tinyConfig } from "../models/random-checkpoint.ts";
import { completeSampling } from "../sample/params.ts";
import type { Engine } from "./engine.ts";
import { loadEngine } from "./load-engine.ts";
import type { PlanOptions } from "./plan.ts";
import type { GenerateRequest } from "./request.ts";

const checkpoint = randomCheckpoint(tinyConfig, { seed: 1 });

/** Runs `use` with a fresh engine on the reference backend, in the mode that promises bit equality. */
async function withEngine<T>(options: PlanOptions, use: (engine: Engine) => Promise<T>): Promise<T> {
  await using backend = createReferenceBackend();
  await using loaded = await loadEngine(checkpoint, {
    context: 256,
    batch: 16,
    ...options,
    backend,
    mode: "deterministic",
  });
  return await use(loaded.engine);
}

function prompt(length: number, seed: number): number[] {
  return Array.from({ length }, (_, i) => Math.abs(Math.imul(i + 1, 7919 * (seed + 1)) >> 3) % 96);
}

function request(
  promptIds: readonly number[],
  rest: Partial<Omit<GenerateRequest, "promptIds">> = {},
): GenerateRequest {
  const sampling = completeSampling({ temperature: 0 });
  return { promptIds, maxTokens: 12, sampling, stopIds: [], topLogprobs: 2, ...rest };
}

interface Result {
  tokens: { token: number; logprob: number }[];
  cachedTokens: number;
}

async function generate(engine: Engine, each: GenerateRequest): Promise<Result> {
  const tokens: Result["tokens"] = [];
  for await (const event of engine.generate(each)) {
    if (event.type === "finish") return { tokens, cachedTokens: event.usage.cachedTokens };
    tokens.push({ token: event.token, logprob: event.logprob });
  }
  throw new Error("No finish event");
}

test("Engine on real arithmetic gives 16 requests together what each gets alone, bit for bit", async () => {
  const requests = Array.from({ length: 16 }, (_, i) =>
    request(prompt(1 + ((i * 29) % 60), i), {
      maxTokens: 4 + (i % 9),
      sampling: completeSampling(
        i % 2 === 0
          ? { temperature: 0 }
          : { temperature: 1.3, topP: 0.95, topK: 40, seed: i, repetitionPenalty: 1.1, presencePenalty: 0.5 },
      ),
    }),
  );
  const alone: Result["tokens"][] = [];
  for (const each of requests) {
    alone.push((await withEngine({}, (engine) => generate(engine, each))).tokens);
  }
  const together = await withEngine({}, (engine) =>
    Promise.all(requests.map((each) => generate(engine, each))),
  );
  assert.deepEqual(
    together.map(({ tokens }) => tokens),
    alone,
  );
  assert.ok(new Set(alone.flat().map(({ token }) => token)).size > 20);
});

test("Engine gives the same with chunked and whole prefill", async () => {
  const ids = prompt(100, 5);
  const whole = await withEngine({}, (engine) => engine.score(ids, { topLogprobs: 3 }));
  const chunked = await withEngine({ maxRows: 16 }, (engine) => engine.score(ids, { topLogprobs: 3 }));
  assert.deepEqual(chunked, whole);
  const generated = await withEngine({}, (engine) => generate(engine, request(ids)));
  assert.deepEqual(await withEngine({ maxRows: 16 }, (engine) => generate(engine, request(ids))), generated);
});

test("Engine gives the same from a warm prefix cache", async () => {
  await withEngine({}, async (engine) => {
    for (const length of [64, 64, 70, 96]) {
      const cold = await withEngine({}, (other) => generate(other, request(prompt(length, 2))));
      const warm = await generate(engine, request(prompt(length, 2)));
      assert.deepEqual(warm.tokens, cold.tokens);
    }
    assert.equal((await generate(engine, request(prompt(96, 2)))).cachedTokens, 95);
  });
});

test("Engine gives the same when sequences are preempted", async () => {
  const requests = [0, 1, 2, 3].map((i) => request(prompt(30, i), { maxTokens: 60 }));
  const run = (kvTokens: number): Promise<{ results: Result[]; numPreempted: number }> =>
    withEngine({ context: 96, kvTokens }, async (engine) => {
      const results = await Promise.all(requests.map((each) => generate(engine, each)));
      return { results, numPreempted: engine.stats().numPreempted };
    });
  const roomy = await run(96 * 4);
  const tight = await run(96 * 2);
  assert.equal(roomy.numPreempted, 0);
  assert.ok(tight.numPreempted > 0);
  assert.deepEqual(
    tight.results.map(({ tokens }) => tokens),
    roomy.results.map(({ tokens }) => tokens),
  );
});

test("Engine scores with int8 KV stay close to those with f16 KV", async () => {
  const ids = prompt(80, 3);
  const half = await withEngine({}, (engine) => engine.score(ids));
  const int8 = await withEngine({ kvDtype: "int8" }, (engine) => engine.score(ids));
  const errors = half.map(({ logprob }, i) => Math.abs(logprob - int8[i]!.logprob));
  assert.ok(Math.max(...errors) < 0.2, `largest ${Math.max(...errors)}`);
  assert.ok(errors.reduce((sum, error) => sum + error, 0) / errors.length < 0.05);
});
