import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { KV_BLOCK } from "@llamero/kernels";
import { completeSampling } from "../sample/params.ts";
import { Engine, type EngineOptions } from "./engine.ts";
import { FakeBackend, fakeEngineOptions } from "./fake-backend.ts";
import type { TokenEvent } from "./request.ts";

type Finish = Extract<TokenEvent, { type: "finish" }>;

const ids = (length: number, seed = 1): number[] =>
  Array.from({ length }, (_, i) => (i * 7 + seed * 13) % 64);

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-kv-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function engineOn(
  folder: string | null,
  overrides: Partial<EngineOptions> & { kvBlocks?: number } = {},
): Engine {
  const { kvBlocks, ...rest } = overrides;
  const options = fakeEngineOptions(new FakeBackend({ vocabSize: 64 }), {
    ...(kvBlocks !== undefined && { kvBlocks }),
  });
  return new Engine({
    ...options,
    ...(folder !== null && { diskCache: { folder, maxBytes: 2 ** 30 } }),
    ...rest,
  });
}

async function answer(
  engine: Engine,
  promptIds: number[],
  signal?: AbortSignal,
): Promise<Finish & { ids: number[] }> {
  const drawn: number[] = [];
  const sampling = completeSampling({ temperature: 0 });
  const request = {
    promptIds,
    maxTokens: 4,
    sampling,
    stopIds: [],
    topLogprobs: 0,
    ...(signal && { signal }),
  };
  for await (const event of engine.generate(request)) {
    if (event.type === "token") drawn.push(event.token);
    else return { ...event, ids: drawn };
  }
  throw new Error("No finish event");
}

test("Engine finds KV of an earlier engine on disk, and draws the same tokens from it", async (t) => {
  const folder = temporaryFolder(t);
  const prompt = ids(5 * KV_BLOCK + 3);
  let want: number[];
  {
    await using engine = engineOn(folder);
    want = (await answer(engine, prompt)).ids;
  }
  assert.equal(readdirSync(folder).length, 5);
  await using engine = engineOn(folder);
  const got = await answer(engine, prompt);
  assert.deepEqual(got.ids, want);
  assert.equal(got.usage.cachedTokens, 5 * KV_BLOCK);
  assert.equal(got.usage.cachedFromDisk, 5 * KV_BLOCK);
  const again = await answer(engine, prompt);
  assert.equal(again.usage.cachedTokens, 5 * KV_BLOCK);
  assert.equal(again.usage.cachedFromDisk, undefined);
  assert.equal(engine.stats().kvBlocksUsed, 0);
});

test("Engine uses no KV of another model, mode or pool shape", async (t) => {
  const folder = temporaryFolder(t);
  const prompt = ids(4 * KV_BLOCK);
  {
    await using engine = engineOn(folder);
    await answer(engine, prompt);
  }
  const { kv } = fakeEngineOptions(new FakeBackend({ vocabSize: 64 }));
  const others: Partial<EngineOptions>[] = [
    { modelId: "other" },
    { mode: "fast" },
    { kv: { ...kv, dtype: "int8" } },
    { kv: { ...kv, layers: 2 } },
  ];
  for (const other of others) {
    await using engine = engineOn(folder, other);
    assert.equal((await answer(engine, prompt)).usage.cachedTokens, 0);
  }
});

test("Engine restores blocks that were evicted, in a pool that is always full", async (t) => {
  const folder = temporaryFolder(t);
  await using plain = engineOn(null, { kvBlocks: 64 });
  await using engine = engineOn(folder, { kvBlocks: 9 });
  let numFromDisk = 0;
  for (let round = 0; round < 3; round++) {
    for (let seed = 0; seed < 5; seed++) {
      const prompt = ids(4 * KV_BLOCK + seed, seed);
      const got = await answer(engine, prompt);
      assert.deepEqual(got.ids, (await answer(plain, prompt)).ids);
      numFromDisk += got.usage.cachedFromDisk ?? 0;
    }
  }
  assert.ok(numFromDisk >= 5 * 4 * KV_BLOCK, `${numFromDisk} tokens from the disk`);
});

test("Engine computes again what is damaged on disk, and says so once", async (t) => {
  const folder = temporaryFolder(t);
  const prompt = ids(5 * KV_BLOCK + 3);
  let want: number[];
  {
    await using engine = engineOn(folder);
    want = (await answer(engine, prompt)).ids;
  }
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "damaged");
  await using engine = engineOn(folder);
  const got = await answer(engine, prompt);
  assert.deepEqual(got.ids, want);
  assert.equal(got.usage.cachedTokens, 0);
  assert.equal(engine.info().degraded.length, 1);
  assert.match(engine.info().degraded[0]!.why, /removed and computed again/);
});

test("Engine serves many at once from a small pool with a disk behind it", async (t) => {
  const folder = temporaryFolder(t);
  await using plain = engineOn(null, { kvBlocks: 64 });
  await using engine = engineOn(folder, { kvBlocks: 10 });
  for (let round = 0; round < 3; round++) {
    const prompts = Array.from({ length: 8 }, (_, i) => ids(20 + ((i * 37 + round) % 150), i % 3));
    const got = await Promise.all(prompts.map((prompt) => answer(engine, prompt)));
    for (const [i, prompt] of prompts.entries()) {
      assert.deepEqual(got[i]!.ids, (await answer(plain, prompt)).ids);
    }
  }
  assert.equal(engine.stats().kvBlocksUsed, 0);
});

test("Engine gives blocks back when a request is aborted while it reads from the disk", async (t) => {
  const folder = temporaryFolder(t);
  const prompt = ids(6 * KV_BLOCK);
  {
    await using engine = engineOn(folder);
    await answer(engine, prompt);
  }
  await using engine = engineOn(folder);
  const controller = new AbortController();
  const aborted = answer(engine, prompt, controller.signal);
  setImmediate(() => controller.abort());
  await assert.rejects(aborted, { name: "AbortError" });
  assert.equal(engine.stats().kvBlocksUsed, 0);
  assert.ok((await answer(engine, prompt)).usage.cachedTokens > 0);
});

test("Engine says why no more of a prompt was cached", async () => {
  await using engine = engineOn(null);
  const prompt = ids(3 * KV_BLOCK + 1);
  assert.deepEqual((await answer(engine, prompt)).usage.cacheMiss, { reason: "never-seen", position: 0 });
  assert.equal((await answer(engine, prompt)).usage.cacheMiss, undefined);
  const at = 2 * KV_BLOCK + 5;
  const other = prompt.with(at, (prompt[at]! + 1) % 64);
  const { usage } = await answer(engine, other);
  assert.equal(usage.cachedTokens, 2 * KV_BLOCK);
  assert.deepEqual(usage.cacheMiss, {
    reason: "differs",
    position: at,
    wanted: other[at],
    cached: prompt[at],
  });
});
