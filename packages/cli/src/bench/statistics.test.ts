import assert from "node:assert/strict";
import { test } from "node:test";
import { median, percentile, summarize } from "./statistics.ts";

test("percentile weighs the two neighbours", () => {
  assert.equal(percentile([4, 1, 3, 2], 0), 1);
  assert.equal(percentile([4, 1, 3, 2], 1), 4);
  assert.equal(percentile([10, 20], 0.75), 17.5);
  assert.equal(median([3, 1, 2]), 2);
  assert.ok(Number.isNaN(median([])));
});

test("summarize of nothing has no percentiles", () => {
  assert.deepEqual(summarize([]), { count: 0, p50: null, p90: null, p99: null, max: null });
  assert.deepEqual(summarize([7]), { count: 1, p50: 7, p90: 7, p99: 7, max: 7 });
});
