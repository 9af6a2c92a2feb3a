import assert from "node:assert/strict";
import { test } from "node:test";
import { InsufficientMemoryError } from "./engine/errors.ts";
import { FakeBackend } from "./engine/fake-backend.ts";
import type { TokenizerSource } from "./formats/checkpoint.ts";
import { loadModel } from "./load.ts";
import { randomCheckpoint, tinyConfig } from "./models/random-checkpoint.ts";

/** Tokenizer of single characters: the 94 printable ASCII ones from ! on, then two specials. */
const characters: TokenizerSource = {
  kind: "gguf",
  model: "gpt2",
  pre: "llama-bpe",
  tokens: [
    ...Array.from({ length: 94 }, (_, i) => String.fromCodePoint(33 + i)),
    "<|begin_of_text|>",
    "<|end_of_text|>",
  ],
  tokenTypes: Array.from({ length: 96 }, (_, i) => (i < 94 ? 1 : 3)),
  merges: [],
  addBosToken: false,
};

const checkpoint = randomCheckpoint(tinyConfig, { seed: 2 });

test("loadModel builds a text model on the caller's backend and gives everything but that back", async () => {
  const backend = new FakeBackend({ vocabSize: 96 });
  const model = await loadModel(checkpoint, { backend, tokenizer: characters, context: 64, maxBatch: 2 });
  assert.equal(model.plan.kv.blocks, 4);
  assert.equal(model.contextLimit, 64);
  const texts: string[] = [];
  for await (const part of model.complete("abc", { maxTokens: 5, sampling: { temperature: 0 } })) {
    if (part.type === "finish") texts.push(part.text);
  }
  assert.equal(texts[0]!.length, 5);
  await model[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  assert.deepEqual(backend.live(), { weights: 0, kvPools: 0, adapters: 0, executables: 0, bytes: 0 });
});

test("loadModel frees weights when it is aborted or a weight cannot be packed", async () => {
  const controller = new AbortController();
  const backend = new FakeBackend({ vocabSize: 96 });
  const onProgress = ({ numTensors }: { numTensors: number }): void => {
    if (numTensors === 3) controller.abort();
  };
  const { signal } = controller;
  await assert.rejects(loadModel(checkpoint, { backend, tokenizer: characters, onProgress, signal }), {
    name: "AbortError",
  });
  assert.equal(backend.live().weights, 0);
});

test("loadModel refuses a missing tokenizer, another model's, and a model that does not fit in memory", async () => {
  const backend = new FakeBackend({ vocabSize: 96 });
  await assert.rejects(loadModel(checkpoint, { backend }), /random:2 holds no tokenizer/);
  const small = randomCheckpoint({ ...tinyConfig, vocabSize: 64 }, { seed: 2 });
  await assert.rejects(
    loadModel(small, { backend, tokenizer: characters }),
    /Tokenizer has 96 tokens, but the model 64/,
  );
  backend.packedBytes = () => 2 ** 50;
  await assert.rejects(
    loadModel(checkpoint, { backend, tokenizer: characters }),
    (error) => error instanceof InsufficientMemoryError && error.neededBytes > 2 ** 50,
  );
  const model = await loadModel(checkpoint, { backend, tokenizer: characters, allowOvercommit: true });
  await model[Symbol.asyncDispose]();
});

test("loadModel refuses an unknown backend by name", async () => {
  const options = { backend: "cuda" as "wasm", tokenizer: characters };
  await assert.rejects(loadModel(checkpoint, options), /Backend is cuda; it must be auto or one of /);
});
