import assert from "node:assert/strict";
import { test } from "node:test";
import { PromptHistory } from "./cache-miss.ts";

const tokens = (length: number, from = 0): Int32Array => Int32Array.from({ length }, (_, i) => from + i);
const changed = (ids: Int32Array, at: number): Int32Array => ids.with(at, 9999);

test("PromptHistory names the first token in which a prompt differs from the nearest earlier one", () => {
  const history = new PromptHistory();
  history.add(changed(tokens(100), 10), "");
  history.add(tokens(100), "");
  const explain = (prompt: Int32Array, numCached: number) => history.explain(prompt, { numCached, salt: "" });
  assert.deepEqual(explain(changed(tokens(100), 70), 64), {
    reason: "differs",
    position: 70,
    wanted: 9999,
    cached: 70,
  });
  // Less than a block agrees.
  assert.deepEqual(explain(changed(tokens(100), 5), 0), {
    reason: "differs",
    position: 5,
    wanted: 9999,
    cached: 5,
  });
});

test("PromptHistory tells longer, evicted, too short, never seen and another adapter apart", () => {
  const history = new PromptHistory();
  const explain = (prompt: Int32Array, numCached: number, salt = "") =>
    history.explain(prompt, { numCached, salt });
  assert.deepEqual(explain(tokens(40), 0), { reason: "never-seen", position: 0 });
  history.add(tokens(70), "");
  assert.equal(explain(tokens(65), 64), null);
  assert.deepEqual(explain(tokens(90), 64), { reason: "longer", position: 70 });
  assert.deepEqual(explain(tokens(90), 32), { reason: "evicted", position: 32 });
  assert.deepEqual(explain(tokens(70), 64), { reason: "too-short", position: 64 });
  assert.deepEqual(explain(tokens(20), 0), { reason: "too-short", position: 0 });
  assert.deepEqual(explain(tokens(70), 0, "adapter"), { reason: "other-adapter", position: 70 });
  assert.deepEqual(explain(tokens(70, 500), 0), { reason: "never-seen", position: 0 });
  // From the disk of an earlier process.
  assert.deepEqual(explain(tokens(70, 500), 32), { reason: "longer", position: 32 });
});

test("PromptHistory is bounded, forgets the oldest first and keeps one entry for a growing conversation", () => {
  const history = new PromptHistory({ maxSequences: 3, maxTokens: 100 });
  for (const length of [10, 20, 30]) history.add(tokens(length), "");
  assert.equal(history.numTokens, 30);
  history.add(tokens(60, 100), "");
  history.add(tokens(40, 200), "");
  assert.equal(history.numTokens, 100);
  history.add(tokens(101, 300), "");
  assert.equal(history.numTokens, 100);
  assert.deepEqual(history.explain(tokens(30), { numCached: 0, salt: "" }), {
    reason: "never-seen",
    position: 0,
  });
});
