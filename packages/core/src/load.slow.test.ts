import assert from "node:assert/strict";
import { test } from "node:test";
import type { GeneratePart } from "./generate.ts";
import { loadModel } from "./load.ts";
import { modelPath } from "./testdata.ts";

const name = "SmolLM2-135M-Instruct.Q4_1.gguf";

async function finishOf(parts: AsyncIterable<GeneratePart>): Promise<GeneratePart & { type: "finish" }> {
  for await (const part of parts) if (part.type === "finish") return part;
  throw new Error("No finish part");
}

test("loadModel answers greedily with a real model, and again from the prefix cache", async (t) => {
  const path = modelPath(name);
  if (path === null) return t.skip(`needs LLAMERO_MODELS: ${name}`);
  const progress: number[] = [];
  await using model = await loadModel(path, {
    context: 512,
    maxBatch: 2,
    mode: "exact",
    onProgress: ({ loadedBytes, totalBytes }) => progress.push(loadedBytes / totalBytes),
  });
  assert.equal(progress.length, 272);
  assert.equal(progress.at(-1), 1);
  const sampling = { temperature: 0 };
  const start = await finishOf(model.complete("The capital of France is", { maxTokens: 2, sampling }));
  assert.equal(start.text, " Paris.");
  const messages = [{ role: "user", content: "What is 2+2? Answer shortly." }] as const;
  const first = await finishOf(model.chat(messages, { maxTokens: 16, sampling }));
  assert.equal(first.text, "The answer is 4.");
  assert.equal(first.reason, "stop");
  const second = await finishOf(model.chat(messages, { maxTokens: 16, sampling }));
  assert.equal(second.text, first.text);
  assert.equal(second.usage.cachedTokens, 32);
});

for (const backend of ["reference", "wasm", "native"] as const) {
  test(`loadModel continues greedily with a real model on ${backend}`, async (t) => {
    const path = modelPath(name);
    if (path === null) return t.skip(`needs LLAMERO_MODELS: ${name}`);
    await using model = await loadModel(path, { backend, context: 64, maxBatch: 1, mode: "exact" });
    const options = { maxTokens: 2, sampling: { temperature: 0 } };
    const { text, timings } = await finishOf(model.complete("The capital of France is", options));
    assert.equal(text, " Paris.");
    t.diagnostic(
      `${timings.prefillMs.toFixed(0)} ms for the prompt, ${timings.decodeMs.toFixed(0)} ms for a token`,
    );
  });
}

test("loadModel stops at an abort and gives the weights back", async (t) => {
  const path = modelPath(name);
  if (path === null) return t.skip(`needs LLAMERO_MODELS: ${name}`);
  const controller = new AbortController();
  const loading = loadModel(path, {
    signal: controller.signal,
    onProgress: ({ numTensors }) => {
      if (numTensors === 10) controller.abort();
    },
  });
  await assert.rejects(loading, { name: "AbortError" });
});

test("an abort in prefill rejects at once and leaves no computing behind", async (t) => {
  const path = modelPath(name);
  if (path === null) return t.skip(`needs LLAMERO_MODELS: ${name}`);
  await using model = await loadModel(path, { context: 4096, maxBatch: 1 });
  const controller = new AbortController();
  const ids = Array.from({ length: 3000 }, (_, i) => 1000 + ((i * 37) % 40000));
  let abortedAt: NodeJS.CpuUsage | undefined;
  setTimeout(() => {
    abortedAt = process.cpuUsage();
    controller.abort();
  }, 100);
  await assert.rejects(finishOf(model.complete(ids, { maxTokens: 8, signal: controller.signal })), {
    name: "AbortError",
  });
  // Time of the processor, in all threads: what else the machine does takes none of it.
  assert.ok(process.cpuUsage(abortedAt).user < 400_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 100_000, `${user + system} microseconds of CPU`);
  assert.equal(model.engine.stats().kvBlocksUsed, 0);
});
