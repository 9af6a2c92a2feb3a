import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedRuns } from "./shared-runs.ts";

const words = (from: number, count: number): string =>
  Array.from({ length: count }, (_, at) => `word${from + at}`).join(" ");

test("SharedRuns finds twenty words in a row again, whatever their case and marks", () => {
  const texts = [words(0, 40), words(100, 40), "too short to be told"];
  const runs = new SharedRuns(texts);
  assert.equal(runs.isIn(`Before. ${words(110, 20).toUpperCase().replaceAll(" ", ", ")}! After`), true);
  assert.equal(runs.isIn(`${words(0, 19)} and ${words(20, 19)}`), false);
  assert.equal(runs.isIn("too short to be told"), false);
  assert.deepEqual([...runs.indexesIn([words(105, 30), words(300, 50)])], [1]);
});
