import assert from "node:assert/strict";
import { test } from "node:test";
import { createReferenceBackend } from "@llamero/kernels";
import { loadEngine } from "../engine/load-engine.ts";
import { randomCheckpoint, tinyConfig } from "../models/random-checkpoint.ts";
import { rankByLikelihood } from "./rerank.ts";

const checkpoint = randomCheckpoint(tinyConfig, { seed: 1 });
const someIds = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * 29 + seed * 13) % 96);

test("rankByLikelihood sorts documents by the query's mean log-probability and reuses their KV", async () => {
  await using backend = createReferenceBackend();
  await using loaded = await loadEngine(checkpoint, {
    backend,
    mode: "deterministic",
    context: 128,
    batch: 4,
  });
  const { engine } = loaded;
  const query = someIds(5, 9);
  const prompts = [1, 2, 3].map((seed) => ({ document: someIds(40, seed), query }));
  const expected = [];
  for (const [index, { document }] of prompts.entries()) {
    const scores = (await engine.score([...document, ...query])).slice(-query.length);
    expected.push({ index, score: scores.reduce((sum, { logprob }) => sum + logprob, 0) / query.length });
  }
  expected.sort((a, b) => b.score - a.score);
  const before = engine.stats().numTokensComputed;
  assert.deepEqual(await rankByLikelihood(engine, prompts, {}), { results: expected, numTokens: 135 });
  // 32 tokens of each document come from the cache; the last token of the query is only a target.
  assert.equal(engine.stats().numTokensComputed - before, 3 * (44 - 32));
});

test("rankByLikelihood fails as a whole and leaves nothing in the engine", async () => {
  await using backend = createReferenceBackend();
  await using loaded = await loadEngine(checkpoint, { backend, mode: "fast", context: 64, batch: 2 });
  const { engine } = loaded;
  const prompts = [40, 70, 40].map((length) => ({ document: someIds(length, 1), query: [1, 2] }));
  await assert.rejects(rankByLikelihood(engine, prompts, {}), { name: "ContextOverflowError" });
  assert.equal(engine.stats().numRunning + engine.stats().numWaiting, 0);
});
