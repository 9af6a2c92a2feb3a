import assert from "node:assert/strict";
import { test } from "node:test";
import { createNativeBackend, createWasmBackend, nativeInstructionSets } from "@llamero/kernels";
import type { Engine } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { completeSampling } from "../sample/params.ts";
import { modelPath } from "../testdata.ts";
import { loadTokenizer } from "../tokenizer/load.ts";

const name = "SmolLM2-135M-Instruct.Q4_1.gguf";
const prompts = [
  "The capital of France is",
  "Once upon a time, in a village by the sea,",
  "def fibonacci(n):\n",
  "Water boils at 100 degrees Celsius because",
  "List three fruits:\n1.",
  "The quick brown fox",
  "In 1969, the first humans",
  "She opened the door and",
];

/** Ids and the bits of their log-probabilities. */
async function continuation(
  engine: Engine,
  promptIds: readonly number[],
  numTokens: number,
): Promise<string> {
  const parts: string[] = [];
  const sampling = completeSampling({ temperature: 0 });
  for await (const event of engine.generate({
    promptIds,
    maxTokens: numTokens,
    sampling,
    stopIds: [],
    topLogprobs: 0,
  })) {
    if (event.type === "token") parts.push(`${event.token}:${event.logprob}`);
  }
  return parts.join(" ");
}

test("deterministic mode gives the same bits on every backend, thread count and batch", async (t) => {
  const path = modelPath(name);
  if (path === null) return t.skip(`needs LLAMERO_MODELS: ${name}`);
  const checkpoint = openCheckpoint(path);
  const tokenizer = loadTokenizer(checkpoint.tokenizer!);
  const ids = prompts.map((prompt) => tokenizer.encode(prompt));
  const sets = nativeInstructionSets();
  const backends = [
    ...sets.map((instructionSet) => ({
      name: instructionSet as string,
      create: async (threads: number) => createNativeBackend({ instructionSet, threads }),
    })),
    { name: "wasm", create: (threads: number) => createWasmBackend({ threads }) },
  ];
  let expected: { label: string; texts: string[] } | null = null;
  for (const { name: label, create } of backends) {
    for (const threads of [1, 2]) {
      await using backend = await create(threads);
      const options = { backend, mode: "deterministic", context: 256, batch: 8 } as const;
      await using alone = await loadEngine(checkpoint, options);
      await using together = await loadEngine(checkpoint, options);
      const one: string[] = [];
      for (const each of ids) one.push(await continuation(alone.engine, each, 24));
      const eight = await Promise.all(ids.map((each) => continuation(together.engine, each, 24)));
      expected ??= { label: `${label} ${threads}`, texts: one };
      assert.deepEqual(eight, one, `${label}, ${threads} threads: eight together against one by one`);
      assert.deepEqual(one, expected.texts, `${label}, ${threads} threads against ${expected.label}`);
      t.diagnostic(`${label}, ${threads} threads: ${ids.length} continuations of 24 tokens, same bits`);
    }
  }
});
