import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fakeFolder } from "./fake-pretrain.ts";
import { openTokenizer } from "./open-tokenizer.ts";
import { readTokenIndex, TokenCorpus } from "./token-shards.ts";
import { type TokenizeOptions, tokenizeCorpus } from "./tokenize-corpus.ts";

function optionsFor(folder: string, file: string, more: Partial<TokenizeOptions> = {}): TokenizeOptions {
  return {
    name: "some",
    source: { files: [join(folder, file)], field: "text" },
    tokenizer: openTokenizer(join(folder, "tokenizer.json")),
    folder: join(folder, "tokens"),
    ...more,
  };
}

test("tokenizeCorpus writes documents with their marks, which TokenCorpus reads back", async () => {
  const folder = fakeFolder();
  const path = await tokenizeCorpus(optionsFor(folder, "counts.jsonl", { shardTokens: 300 }));
  using corpus = new TokenCorpus(path);
  assert.ok(corpus.index.shards.length > 3);
  assert.equal(corpus.index.dtype, "uint16");
  const { tokenizer } = openTokenizer(join(folder, "tokenizer.json"));
  for (const document of [0, 17, 39]) {
    const ids = new Int32Array(corpus.starts[document + 1]! - corpus.starts[document]!);
    corpus.read(corpus.starts[document]!, ids);
    assert.deepEqual([ids[0], ids.at(-1)], [256, 257]);
    assert.match(tokenizer.decode(ids.subarray(1, -1)), new RegExp(`^${document} ${document + 1} `));
  }
});

test("tokenizeCorpus stopped at a shard goes on there, with the same shards as one that was not", async () => {
  const folder = fakeFolder();
  const whole = await tokenizeCorpus(optionsFor(folder, "counts.jsonl", { shardTokens: 300 }));
  const controller = new AbortController();
  const stopped = optionsFor(folder, "counts.jsonl", {
    shardTokens: 300,
    folder: join(folder, "other"),
    signal: controller.signal,
    onProgress: ({ tokens }) => {
      if (tokens > 600) controller.abort();
    },
  });
  await assert.rejects(tokenizeCorpus(stopped), { name: "AbortError" });
  const path = await tokenizeCorpus({ ...stopped, signal: undefined });
  assert.deepEqual(readTokenIndex(path), readTokenIndex(whole));
  const bytes = (of: string): Buffer => readFileSync(join(of, "shard-00001.bin"));
  assert.deepEqual(bytes(path), bytes(whole));
});

test("tokenizeCorpus names file and line of what is not a record", async () => {
  const folder = fakeFolder();
  writeFileSync(join(folder, "bad.jsonl"), '{"text":"good"}\n{"text":"cut off\n');
  await assert.rejects(tokenizeCorpus(optionsFor(folder, "bad.jsonl")), /bad\.jsonl, line 2: Not JSON/);
  writeFileSync(join(folder, "other.jsonl"), '{"text":"good"}\n{"body":"x"}\n');
  await assert.rejects(
    tokenizeCorpus(optionsFor(folder, "other.jsonl")),
    /other\.jsonl, line 2: No field text; there are body/,
  );
});

test("tokenizeCorpus refuses a source without text and one without files", async () => {
  const folder = fakeFolder();
  writeFileSync(join(folder, "empty.txt"), " \n");
  await assert.rejects(tokenizeCorpus(optionsFor(folder, "empty.txt")), /Source some holds no text/);
  await assert.rejects(tokenizeCorpus(optionsFor(folder, "none.jsonl")), /No file matches .*none\.jsonl/);
});

test("tokenizeCorpus takes a change of the tokenizer or the files for another corpus", async () => {
  const folder = fakeFolder();
  const first = await tokenizeCorpus(optionsFor(folder, "counts.jsonl"));
  assert.equal(await tokenizeCorpus(optionsFor(folder, "counts.jsonl")), first);
  const opened = openTokenizer(join(folder, "tokenizer.json"));
  const tokenizer = { ...opened, digest: "another" };
  assert.notEqual(await tokenizeCorpus(optionsFor(folder, "counts.jsonl", { tokenizer })), first);
  writeFileSync(join(folder, "counts.jsonl"), '{"text":"changed"}\n');
  assert.notEqual(await tokenizeCorpus(optionsFor(folder, "counts.jsonl")), first);
});
