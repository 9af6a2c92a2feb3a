import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { chooseBackend } from "./backend.ts";
import { loadEncoder } from "./load-encoder.ts";
import { disentangledAttention } from "./models/disentangled-attention.ts";
import { longAttention } from "./models/long-attention.ts";
import { relativeRows } from "./models/relative-positions.ts";
import { loadEncoderTokenizer } from "./tokenizer/load-encoder-tokenizer.ts";

interface Expected {
  texts: string[];
  ids: number[][];
  vectors: number[][];
  logits: number[][];
}

// Made by models/testdata/make_encoders.py.
const folderOf = (name: string): string => fileURLToPath(new URL(`models/testdata/${name}`, import.meta.url));
const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(join(folderOf(name), "expected.json"), "utf8")) as Expected;

function largestDifference(a: readonly Float32Array[], b: readonly (readonly number[])[]): number {
  assert.equal(a.length, b.length);
  let largest = 0;
  for (const [i, row] of a.entries())
    for (const [k, value] of row.entries()) largest = Math.max(largest, Math.abs(value - b[i]![k]!));
  return largest;
}

for (const name of ["tiny-bert", "tiny-deberta"]) {
  test(`loadEncoderTokenizer gives the ids of the reference for ${name}`, () => {
    const tokenizer = loadEncoderTokenizer(folderOf(name));
    const { texts, ids } = expectedOf(name);
    for (const [i, text] of texts.entries())
      assert.deepEqual(tokenizer.encode(text), ids[i], JSON.stringify(text));
  });
}

test("loadEncoder embeds as transformers does, whatever is packed together", async () => {
  const encoder = await loadEncoder(folderOf("tiny-bert"));
  const { texts, vectors } = expectedOf("tiny-bert");
  assert.ok(largestDifference(await encoder.embed(texts), vectors) < 2e-3);
  assert.ok(largestDifference(await encoder.embed([texts[3]!]), [vectors[3]!]) < 2e-3);
  await assert.rejects(encoder.classify(["a"]), { name: "TypeError", message: /has no classes/ });
  encoder.close();
});

test("loadEncoder classifies with disentangled attention as transformers does", async () => {
  const encoder = await loadEncoder(folderOf("tiny-deberta"));
  const expected = expectedOf("tiny-deberta");
  const { ids } = expected;
  // The last text is longer than the model takes.
  const [texts, logits] = [expected.texts.slice(0, -1), expected.logits.slice(0, -1)];
  assert.deepEqual(encoder.labels, ["BENIGN", "INJECTION", "JAILBREAK"]);
  assert.ok(largestDifference(await encoder.classify(texts), logits) < 1e-4);
  assert.equal(encoder.countTokens(texts[0]!), ids[0]!.length);
  await assert.rejects(encoder.classify(["word ".repeat(200)]), { name: "RangeError", message: /takes 96/ });
  await assert.rejects(encoder.embed(["a"], AbortSignal.abort()), { name: "AbortError" });
  encoder.close();
  await assert.rejects(encoder.embed(["a"]), /closed/);
});

test("loadEncoder names what it does not run", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-encoder-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(folderOf("tiny-deberta"), folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Record<string, unknown>;
  const withConfig = (changes: Record<string, unknown>): Promise<unknown> => {
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, ...changes }));
    return loadEncoder(folder);
  };
  await assert.rejects(withConfig({ conv_kernel_size: 3 }), /conv_kernel_size 3 is not supported/);
  await assert.rejects(withConfig({ model_type: "roberta" }), /model_type "roberta" is no encoder/);
  await assert.rejects(withConfig({ hidden_size: 32 }), /is not \[\d+, 32\] as config.json says/);
});

for (const backend of ["reference", "wasm"] as const) {
  test(`loadEncoder gives the same on the backend ${backend}`, async () => {
    const bert = await loadEncoder(folderOf("tiny-bert"), { backend, threads: 1 });
    const { texts, vectors } = expectedOf("tiny-bert");
    assert.ok(largestDifference(await bert.embed(texts), vectors) < 2e-3);
    bert.close();
    const deberta = await loadEncoder(folderOf("tiny-deberta"), { backend, threads: 1 });
    const expected = expectedOf("tiny-deberta");
    const logits = await deberta.classify(expected.texts.slice(0, 4));
    assert.ok(largestDifference(logits, expected.logits.slice(0, 4)) < 1e-4);
    deberta.close();
  });
}

test("classifyWindows covers a text of any length and is classify for a short one", async () => {
  const encoder = await loadEncoder(folderOf("tiny-deberta"), { backend: "reference" });
  const { texts, logits } = expectedOf("tiny-deberta");
  assert.ok(largestDifference(await encoder.classifyWindows(texts[0]!, 8), [logits[0]!]) < 1e-4);
  const long = texts[0]!.repeat(12);
  const numTokens = encoder.countTokens(long) - 2;
  // Two special tokens and 94 others in a window.
  const windows = await encoder.classifyWindows(long, 8);
  assert.equal(windows.length, Math.ceil((numTokens - 8) / (94 - 8)));
  await assert.rejects(encoder.classifyWindows(long, 94), { name: "RangeError", message: /cannot share 94/ });
  encoder.close();
});

test("longAttention is disentangledAttention, with its products on a backend", async () => {
  const [length, headDim, span] = [130, 8, 12];
  let seed = 1;
  const values = (size: number): Float32Array =>
    Float32Array.from({ length: size }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 1_073_741_824 - 1;
    });
  const heads = [0, 1].map((head) => ({
    q: values(length * headDim),
    k: values(length * headDim),
    v: values(length * headDim),
    contentToPosition: head === 0 ? values(length * 2 * span) : null,
    positionToContent: values(length * 2 * span),
  }));
  const rows = relativeRows(length, span, { buckets: span, maxDistance: 64 });
  const options = { length, headDim, rows, span, scale: 0.3 };
  const { backend } = await chooseBackend();
  const results = await longAttention(backend, heads, options);
  for (const [head, inputs] of heads.entries())
    for (const [i, value] of disentangledAttention(inputs, options).entries())
      assert.ok(Math.abs(value - results[head]![i]!) < 1e-5);
  assert.equal(backend.live().executables + backend.live().weights, 0);
  await backend[Symbol.asyncDispose]();
});
