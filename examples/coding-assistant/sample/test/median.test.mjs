import assert from "node:assert/strict";
import { test } from "node:test";
import { median } from "../src/median.mjs";

test("median of an odd number of values is the one in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
});

test("median of an even number of values is halfway between two", () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
});
