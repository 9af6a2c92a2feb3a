import assert from "node:assert/strict";
import { test } from "node:test";
import { createReferenceBackend, floatToHalf, halfValues } from "@llamero/kernels";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import { evaluateProgram } from "../models/evaluate-program.ts";
import { llamaProgram } from "../models/llama.ts";
import { randomCheckpoint, tinyConfig } from "../models/random-checkpoint.ts";
import { completeSampling } from "../sample/params.ts";
import { sharedPath } from "../testdata.ts";
import type { Engine } from "./engine.ts";
import { loadEngine } from "./load-engine.ts";

const random = randomCheckpoint(tinyConfig, { seed: 1 });

/** Final hidden states of every token, in f64 but for keys and values, which the cache rounds to f16. */
function hiddenStates(checkpoint: Checkpoint, ids: readonly number[]): readonly (readonly number[])[] {
  const program = llamaProgram(checkpoint.config, checkpoint.ropeLayout, { head: false });
  const weights = program.weights.map(({ name, rows }) =>
    readTensorRows(checkpoint.tensors.get(name)!, 0, rows),
  );
  const storeKv = (value: number): number => halfValues[floatToHalf(value)]!;
  return evaluateProgram(program, (slot) => weights[slot]!, ids, { storeKv })[program.outputs["hidden"]!]!;
}

function normalized(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function assertClose(got: Float32Array, want: readonly number[], tolerance: number): void {
  assert.equal(got.length, want.length);
  for (const [i, value] of want.entries()) {
    assert.ok(Math.abs(got[i]! - value) < tolerance, `element ${i} is ${got[i]}, not ${value}`);
  }
}

const someIds = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * 29 + seed * 13) % 96);

async function generate(engine: Engine, promptIds: readonly number[]): Promise<number[]> {
  const tokens: number[] = [];
  const sampling = completeSampling({ temperature: 0 });
  for await (const event of engine.generate({
    promptIds,
    maxTokens: 8,
    sampling,
    stopIds: [],
    topLogprobs: 0,
  })) {
    if (event.type === "token") tokens.push(event.token);
  }
  return tokens;
}

test("Engine.embed pools the hidden states of the golden model as the f64 evaluator, to 1e-4", async (t) => {
  const path = sharedPath("golden/tiny/model-f32.gguf");
  if (path === null) return t.skip("needs ../shared: golden/tiny/model-f32.gguf");
  const checkpoint = openCheckpoint(path);
  await using backend = createReferenceBackend();
  await using loaded = await loadEngine(checkpoint, { backend, mode: "exact", context: 64, batch: 1 });
  const ids = [3, 1, 4, 1, 5, 9];
  const hidden = hiddenStates(checkpoint, ids);
  const mean = hidden[0]!.map((_, i) => hidden.reduce((sum, row) => sum + row[i]!, 0) / ids.length);
  assertClose(await loaded.engine.embed(ids), normalized(mean), 1e-4);
  assertClose(await loaded.engine.embed(ids, { pooling: "last" }), normalized([...hidden.at(-1)!]), 1e-4);
});

test("Engine.embed takes texts longer than a step, beside generations, and gives each its own bits", async () => {
  await using backend = createReferenceBackend();
  const options = { backend, mode: "deterministic", context: 256, batch: 4, maxRows: 32 } as const;
  await using alone = await loadEngine(random, options);
  await using together = await loadEngine(random, options);
  const long = someIds(150, 1);
  const short = someIds(20, 2);
  const scratchBefore = alone.engine.scratchBytes;
  const wanted = [
    await alone.engine.embed(long),
    await alone.engine.embed(short, { pooling: "last", normalize: false }),
    await generate(alone.engine, short),
  ];
  assert.ok(alone.engine.scratchBytes > scratchBefore, "the scratch of the second program is counted");
  const { engine } = together;
  const got = await Promise.all([
    engine.embed(long),
    engine.embed(short, { pooling: "last", normalize: false }),
    generate(engine, short),
  ]);
  assert.deepEqual(got, wanted);
  const hidden = hiddenStates(random, long);
  const mean = hidden[0]!.map((_, i) => hidden.reduce((sum, row) => sum + row[i]!, 0) / long.length);
  assertClose(got[0] as Float32Array, normalized(mean), 1e-4);
});

test("Engine.embed of a mean does not lose rows to the prefix cache or to preemption", async () => {
  await using backend = createReferenceBackend();
  const options = { backend, mode: "deterministic", context: 128, batch: 3, maxRows: 32 } as const;
  await using roomy = await loadEngine(random, options);
  await using scarce = await loadEngine(random, { ...options, kvTokens: 160 });
  const ids = [someIds(90, 3), someIds(70, 4)];
  const wanted = [await roomy.engine.embed(ids[0]!), await roomy.engine.embed(ids[1]!)];
  assert.deepEqual(await roomy.engine.embed(ids[0]!), wanted[0]);
  const prompt = someIds(40, 5);
  const tokens = await generate(roomy.engine, prompt);
  const got = await Promise.all([
    generate(scarce.engine, prompt),
    scarce.engine.embed(ids[0]!),
    scarce.engine.embed(ids[1]!),
  ]);
  assert.deepEqual(got, [tokens, ...wanted]);
});

test("Engine.embed stops at an abort, refuses what does not fit, and gives everything back", async () => {
  await using backend = createReferenceBackend();
  const before = backend.live();
  {
    await using loaded = await loadEngine(random, { backend, mode: "fast", context: 128, batch: 1 });
    const { engine } = loaded;
    const abort = new AbortController();
    const reason = new Error("enough");
    const running = engine.embed(someIds(120, 1), { signal: abort.signal });
    queueMicrotask(() => abort.abort(reason));
    await assert.rejects(running, reason);
    await assert.rejects(engine.embed([]), /no tokens to embed/);
    await assert.rejects(engine.embed([96]), /outside the vocabulary of 96/);
    await assert.rejects(engine.embed(someIds(129, 1)), { name: "ContextOverflowError" });
    await assert.rejects(engine.embed([1], { adapter: "x" }), /There is no adapter x; none is loaded/);
    assert.equal((await engine.embed([1, 2])).length, 32);
    assert.equal(engine.stats().numRunning, 0);
  }
  assert.deepEqual(backend.live(), before);
});

test("Engine.score from a position gives the end of the whole scores, with the start from the prefix cache", async () => {
  await using backend = createReferenceBackend();
  const options = { backend, mode: "deterministic", context: 128, batch: 2, maxRows: 32 } as const;
  await using loaded = await loadEngine(random, options);
  const { engine } = loaded;
  const ids = someIds(100, 6);
  const all = await engine.score(ids, { topLogprobs: 2 });
  const computed = engine.stats().numTokensComputed;
  assert.deepEqual(await engine.score(ids, { topLogprobs: 2, from: 70 }), all.slice(70));
  assert.equal(engine.stats().numTokensComputed - computed, 99 - 64);
  await assert.rejects(engine.score(ids, { from: 99 }), /from is 99/);
});
