import assert from "node:assert/strict";
import { test } from "node:test";

import { scanText } from "./text-scan.ts";

test("scanText counts words, lines, marks and sentences", () => {
  const scan = scanText('• One two, THREE.\n\n- four… \n  5 six # seven...\nHe said: "No!"');
  assert.equal(scan.numWords, 13);
  assert.equal(scan.numLines, 4);
  assert.equal(scan.bulletLines, 2);
  assert.equal(scan.ellipsisLines, 2);
  assert.equal(scan.terminalLines, 4);
  assert.equal(scan.hashSigns, 1);
  assert.equal(scan.ellipses, 2);
  assert.equal(scan.sentenceEnds, 2);
  assert.equal(scan.digits, 1);
  assert.equal(scan.newLines, 4);
  assert.deepEqual([...scan.lineOpensParagraph.subarray(0, 4)], [1, 1, 0, 0]);
});

test("scanText gives words the same hash whatever their case and punctuation", () => {
  const { wordHash, numWords } = scanText("Straße, STRAßE (straße) strasse");
  assert.equal(numWords, 4);
  assert.equal(wordHash[0], wordHash[1]);
  assert.equal(wordHash[0], wordHash[2]);
  assert.notEqual(wordHash[0], wordHash[3]);
});

test("scanText cuts Thai into the same groups at any place, and ideographs into signs", () => {
  const sentence = "เขาเดินทางไปโรงเรียนและแวะตลาด";
  const alone = [...scanText(sentence).wordHash.subarray(0, scanText(sentence).numWords)];
  const after = scanText(`${"น้ำ"}${sentence}`);
  assert.ok(alone.length >= 5);
  assert.deepEqual([...after.wordHash.subarray(after.numWords - alone.length, after.numWords)], alone);
  assert.equal(scanText("日本語文").numWords, 4);
});

test("scanText finds an equal line at two places, and grows for long texts", () => {
  const scan = scanText("same line here\r\nother\n   same line here  ");
  assert.equal(scan.lineHash[0], scan.lineHash[2]);
  assert.notEqual(scan.lineHash[0], scan.lineHash[1]);
  assert.equal(scanText("w x\n".repeat(20_000)).numWords, 40_000);
  assert.equal(scanText("w x\n".repeat(20_000)).numLines, 20_000);
  assert.equal(scanText(" \n \n").numLines, 0);
  assert.equal(scanText("").numWords, 0);
});
