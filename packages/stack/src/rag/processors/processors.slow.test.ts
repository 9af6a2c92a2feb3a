import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { chunkText } from "@llamero/core/retrieval/chunk-text";
import { processFile } from "./process-file.ts";

/** A PDF of one page that shows a stream of repeated operators. */
function pdfOf(operators: string, numBytes: number): Buffer {
  const data = deflateSync(Buffer.alloc(numBytes, operators));
  return Buffer.concat([
    Buffer.from(
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj " +
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R>>endobj " +
        "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj " +
        `4 0 obj<</Length ${data.length}/Filter/FlateDecode>>stream\n`,
    ),
    data,
    Buffer.from("\nendstream endobj trailer<</Root 1 0 R>>"),
  ]);
}

/** Nothing is deflated, but each of 5 million empty dictionaries is an object. */
const manyDictionaries = Buffer.from(
  `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/X[${"<<>>".repeat(5_000_000)}]>>endobj ` +
    "2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj trailer<</Root 1 0 R>>",
);

/** Each bomb goes beyond one limit and is far from the others. */
const roomy = { maxMs: 300_000, maxInflatedBytes: 2 ** 29 };
const bombs = [
  // 40 MB in 40 kB.
  ["inflates", pdfOf("q Q ", 40 * 2 ** 20), { ...roomy, maxInflatedBytes: 2 ** 23 }, /inflates to more/],
  ["is slow", pdfOf("q Q ", 40 * 2 ** 20), { ...roomy, maxMs: 1000 }, /longer than 1 s/],
  ["fills the memory", manyDictionaries, { ...roomy, maxInflatedBytes: 2 ** 26 }, /more memory/],
  [
    "has too much text",
    pdfOf("BT /F 9 Tf (abcdefgh) Tj ET ", 2 ** 20),
    { ...roomy, maxCharacters: 1000 },
    /more than 1000 characters/,
  ],
] as const;

for (const [what, file, limits, message] of bombs) {
  test(`processFile ends a PDF that ${what} by that limit`, async () => {
    await assert.rejects(processFile(file, "bomb.pdf", limits), message);
  });
}

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
