import assert from "node:assert/strict";
import { test } from "node:test";
import { completeSampling } from "../sample/params.ts";
import { Engine } from "./engine.ts";
import { FakeBackend, fakeEngineOptions, hashModel } from "./fake-backend.ts";

const vocabSize = 64;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("Engine stays correct and leaks nothing under random arrivals, aborts, departures and step errors", async () => {
  let state = 11;
  const random = (below: number): number => {
    state = Math.imul(state, 48271) % 2147483647;
    return Math.abs(state) % below;
  };
  const backend = new FakeBackend({ vocabSize });
  backend.onRun = async () => {
    for (let i = random(3); i > 0; i--) await tick();
    if (backend.steps.length % 97 === 0) throw new Error("Kernel failed");
  };
  await using engine = new Engine(fakeEngineOptions(backend, { contextLimit: 192, kvBlocks: 9 }));
  const greedyNext = (history: readonly number[]): number => {
    const logits = hashModel(history, vocabSize);
    return logits.indexOf(Math.max(...logits));
  };
  const counts = { finished: 0, aborted: 0, left: 0, failed: 0 };

  const runOne = async (): Promise<void> => {
    const length = 1 + random(120);
    const history = Array.from({ length }, (_, i) => (i * i) % (1 + random(2) * 40 + 7));
    const controller = new AbortController();
    const leaveAfter = random(3) === 0 ? random(20) : Number.POSITIVE_INFINITY;
    const abortAfter = random(3) === 0 ? random(40) : Number.POSITIVE_INFINITY;
    if (abortAfter < 40) {
      void (async () => {
        for (let i = 0; i < abortAfter; i++) await tick();
        controller.abort();
      })();
    }
    const events = engine.generate({
      promptIds: history,
      maxTokens: 1 + random(40),
      sampling: completeSampling({ temperature: 0 }),
      stopIds: [],
      topLogprobs: 0,
      signal: controller.signal,
    });
    let numTokens = 0;
    try {
      for await (const event of events) {
        if (event.type === "finish") {
          assert.equal(event.usage.completionTokens, numTokens);
          counts.finished++;
          return;
        }
        assert.equal(event.token, greedyNext(history));
        history.push(event.token);
        if (++numTokens > leaveAfter) {
          counts.left++;
          return;
        }
      }
    } catch (error) {
      assert.ok(error instanceof Error);
      if (error.name === "AbortError") counts.aborted++;
      else if (error.message === "Kernel failed") counts.failed++;
      else throw error;
    }
  };

  for (let wave = 0; wave < 6; wave++) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let i = random(30); i > 0; i--) await tick();
        await runOne();
      }),
    );
    const { numWaiting, numRunning, kvBlocksUsed } = engine.stats();
    assert.deepEqual([numWaiting, numRunning, kvBlocksUsed], [0, 0, 0]);
  }
  assert.ok(Math.min(...Object.values(counts)) > 0, JSON.stringify(counts));
});
