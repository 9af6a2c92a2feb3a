import assert from "node:assert/strict";
import { test } from "node:test";
import { type Backend, createReferenceBackend } from "@llamero/kernels";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { mergeAdapter, randomAdapterOf } from "../formats/fake-adapter.ts";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import { evaluateProgram } from "../models/evaluate-program.ts";
import { llamaProgram } from "../models/llama.ts";
import { randomCheckpoint, tinyConfig } from "../models/random-checkpoint.ts";
import { completeSampling } from "../sample/params.ts";
import { AdapterRegistry, adapterBytes } from "./adapter-registry.ts";
import type { Engine } from "./engine.ts";
import { loadEngine } from "./load-engine.ts";

const checkpoint = randomCheckpoint(tinyConfig, { seed: 1 });
const [first, second] = [
  randomAdapterOf(tinyConfig, "first", 5),
  randomAdapterOf(tinyConfig, "second", 6, 7),
];
const ids = Array.from({ length: 40 }, (_, i) => (i * 29 + 3) % 96);

const load = (from: Checkpoint, backend: Backend) =>
  loadEngine(from, { backend, mode: "deterministic", context: 128, batch: 4 });

async function generate(
  engine: Engine,
  adapter: string | undefined,
  promptIds: readonly number[] = ids,
): Promise<{ tokens: [token: number, logprob: number][]; cachedTokens: number }> {
  const tokens: [number, number][] = [];
  const sampling = completeSampling({ temperature: 0 });
  const request = { promptIds, maxTokens: 10, sampling, stopIds: [], topLogprobs: 0 };
  for await (const event of engine.generate({ ...request, ...(adapter !== undefined && { adapter }) })) {
    if (event.type === "finish") return { tokens, cachedTokens: event.usage.cachedTokens };
    tokens.push([event.token, event.logprob]);
  }
  throw new Error("No finish event");
}

function largestDifference(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number {
  return Math.max(...a.flatMap((row, at) => Array.from(row, (value, i) => Math.abs(value - b[at]![i]!))));
}

function evaluate(from: Checkpoint, lora: boolean): readonly (readonly number[])[] {
  const program = llamaProgram(tinyConfig, "halves", { lora });
  const weights = program.weights.map(({ name, rows }) => readTensorRows(from.tensors.get(name)!, 0, rows));
  const values = evaluateProgram(program, (slot) => weights[slot]!, ids, lora ? { adapter: first } : {});
  return values[program.outputs["logits"]!]!;
}

test("llamaProgram with an adapter means the model that the adapter is merged into", () => {
  const merged = evaluate(mergeAdapter(checkpoint, first), false);
  // The merged weights are rounded to f32.
  assert.ok(largestDifference(evaluate(checkpoint, true), merged) < 1e-5);
  assert.ok(largestDifference(evaluate(checkpoint, false), merged) > 0.1);
});

test("Engine.score with an adapter equals the merged model's to 1e-5", async () => {
  await using backend = createReferenceBackend();
  await using merged = await load(mergeAdapter(checkpoint, first), backend);
  await using loaded = await load(checkpoint, backend);
  await loaded.engine.loadAdapter(first);
  // Few tokens: a key between two f16 numbers would be rounded either way.
  const few = ids.slice(0, 8);
  const wanted = await merged.engine.score(few);
  const scores = await loaded.engine.score(few, { adapter: "first" });
  const plain = await loaded.engine.score(few);
  const logprobs = (each: readonly { logprob: number }[]): number[][] => [each.map(({ logprob }) => logprob)];
  assert.ok(largestDifference(logprobs(scores), logprobs(wanted)) < 1e-5);
  assert.ok(largestDifference(logprobs(plain), logprobs(wanted)) > 0.1);
});

test("Engine gives two adapters and none in one batch what each gets alone, bit for bit", async () => {
  await using backend = createReferenceBackend();
  await using alone = await load(checkpoint, backend);
  await using together = await load(checkpoint, backend);
  const names = [undefined, "first", "second"];
  for (const { engine } of [alone, together]) {
    await engine.loadAdapter(first);
    await engine.loadAdapter(second);
  }
  const wanted = [];
  for (const name of names) wanted.push(await generate(alone.engine, name));
  assert.deepEqual(await Promise.all(names.map((name) => generate(together.engine, name))), wanted);
  assert.notDeepEqual(wanted[0], wanted[1]);
  assert.notDeepEqual(wanted[1], wanted[2]);
});

test("Engine shares no KV between adapters, nor with a later adapter of the same name", async () => {
  await using backend = createReferenceBackend();
  await using loaded = await load(checkpoint, backend);
  const { engine } = loaded;
  await engine.loadAdapter(first);
  const plain = await generate(engine, undefined);
  assert.equal((await generate(engine, undefined)).cachedTokens, 32);
  const adapted = await generate(engine, "first");
  assert.equal(adapted.cachedTokens, 0);
  assert.deepEqual(await generate(engine, "first"), { ...adapted, cachedTokens: 32 });
  await engine.unloadAdapter("first");
  await engine.loadAdapter({ ...second, name: "first" });
  const other = await generate(engine, "first");
  assert.equal(other.cachedTokens, 0);
  assert.notDeepEqual(other.tokens, adapted.tokens);
  assert.deepEqual((await generate(engine, undefined)).tokens, plain.tokens);
});

test("Engine.unloadAdapter waits for the requests that use it and refuses new ones; all memory comes back", async () => {
  await using backend = createReferenceBackend();
  const before = backend.live();
  {
    await using loaded = await load(checkpoint, backend);
    const { engine } = loaded;
    assert.equal(await engine.loadAdapter(first), "first");
    await assert.rejects(engine.loadAdapter(first), /Adapter first is loaded already/);
    await assert.rejects(generate(engine, "none"), /There is no adapter none; there are first/);
    assert.deepEqual(engine.info().adapters, ["first"]);
    const running = generate(engine, "first");
    await new Promise((turn) => setImmediate(turn));
    let isUnloaded = false;
    const unloading = engine.unloadAdapter("first").then(() => {
      isUnloaded = true;
    });
    await assert.rejects(generate(engine, "first"), /There is no adapter first; none is loaded/);
    assert.equal(isUnloaded, false);
    assert.equal((await running).tokens.length, 10);
    await unloading;
    assert.equal(backend.live().adapters, 0);
    await engine.loadAdapter(second);
    assert.equal(backend.live().adapters, 1);
  }
  assert.deepEqual(backend.live(), before);
});

test("AdapterRegistry refuses an adapter that does not fit into memory, and loads it when it does", async () => {
  await using backend = createReferenceBackend();
  let available = adapterBytes(first) - 1;
  const registry = new AdapterRegistry(backend, () => available);
  await assert.rejects(registry.load(first), /Adapter first needs 1 MiB of memory, but 1 MiB is free/);
  assert.equal(backend.live().adapters, 0);
  available++;
  await registry.load(first);
  assert.deepEqual(registry.names, ["first"]);
  registry.clear();
});
