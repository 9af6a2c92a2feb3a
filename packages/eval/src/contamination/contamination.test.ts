import assert from "node:assert/strict";
import { test } from "node:test";
import { ContaminationCheck } from "./contamination.ts";
import { HashTable } from "./hash-table.ts";
import { ngramHashes, normalWords } from "./ngrams.ts";

const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `word${from + at}`).join(" ");

test("normalWords compares without case, punctuation and compatibility forms, and counts Chinese by character", () => {
  assert.deepEqual(normalWords("The ﬁrst, SECOND-third!"), ["the", "first", "second", "third"]);
  assert.deepEqual(normalWords("abc中文 ครับ"), ["abc", "中", "文", "ค", "รั", "บ"]);
});

test("ngramHashes gives one number below 2^53 for each run, the same wherever the run stands", () => {
  const hashes = ngramHashes(numbered(0, 20), 13);
  assert.equal(hashes.length, 8);
  assert.ok(hashes.every((hash) => Number.isSafeInteger(hash) && hash >= 0));
  assert.equal(new Set(hashes).size, 8);
  assert.equal(ngramHashes(`before, ${numbered(7, 20)}`, 13)[1], hashes[7]);
  assert.equal(ngramHashes("too short", 3).length, 0);
  assert.throws(() => ngramHashes("a", 0), /not 0/);
});

test("HashTable keeps marks while it grows", () => {
  const table = new HashTable();
  for (let at = 0; at < 5000; at++) {
    table.add(at * 2 ** 21);
    if (at % 2 === 0) table.mark(at * 2 ** 21);
  }
  assert.equal(table.size, 5000);
  assert.ok(table.isMarked(4 * 2 ** 21) && !table.isMarked(5 * 2 ** 21));
  table.mark(7);
  assert.ok(!table.has(7) && !table.isMarked(7));
});

test("ContaminationCheck finds runs of 13 words and the share of words in runs of 8", () => {
  const check = new ContaminationCheck();
  check.addSet("set", [
    { question: numbered(0, 20), _file: "set.jsonl" },
    { question: numbered(100, 120), choices: ["no", "yes"] },
    { question: numbered(200, 220) },
    { question: "too short" },
  ]);
  check.addDocument(`Something else. ${numbered(0, 20).toUpperCase()} and on`);
  check.addDocument(numbered(110, 120));
  const [report] = check.report();
  assert.equal(report!.numItems, 4);
  assert.equal(report!.numTooShort, 1);
  assert.equal(report!.numWithLongGram, 1);
  assert.equal(report!.numAboveThreshold, 1);
  assert.deepEqual(report!.contaminated, [{ index: 0, share: 1, hasLongGram: true }]);
  assert.equal(report!.meanShare, 0.5);
  const [lower] = check.report({ threshold: 0.5 });
  assert.deepEqual(
    lower!.contaminated.map(({ index, share }) => [index, share]),
    [
      [0, 1],
      [1, 0.5],
    ],
  );
});
