import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { chunkText } from "@llamero/core/retrieval/chunk-text";
import { processFile } from "./process-file.ts";

test("processFile ends a PDF bomb by time or memory with a clear error", async () => {
  // 600 MB of drawing operators in 600 kB.
  const data = deflateSync(Buffer.alloc(600 * 2 ** 20, "BT (a) Tj ET "));
  const file = Buffer.concat([
    Buffer.from(
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj " +
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>/Contents 4 0 R>>endobj " +
        `4 0 obj<</Length ${data.length}/Filter/FlateDecode>>stream\n`,
    ),
    data,
    Buffer.from("\nendstream endobj trailer<</Root 1 0 R>>"),
  ]);
  const limits = { maxMs: 5000, maxInflatedBytes: 128 * 2 ** 20 };
  await assert.rejects(processFile(file, "bomb.pdf", limits), /bomb\.pdf .*(limit|memory|text|damaged)/);
});

test("a line of 100 MB is read, and a line of 2 MB is cut", async () => {
  const { text } = await processFile(Buffer.alloc(100_000_000, "x"), "line.txt");
  assert.equal(text.length, 100_000_000);
  const spans = chunkText(text.slice(0, 2_000_000), { maxTokens: 400, overlapTokens: 0 });
  assert.equal(spans.at(-1)?.end, 2_000_000);
});

test("processFile survives HTML nested a hundred thousand deep", async () => {
  const depth = 100_000;
  const html = `<html>${"<div>".repeat(depth)}deep${"</div>".repeat(depth)}`;
  assert.match((await processFile(Buffer.from(html), "a.html")).text, /deep/);
});
