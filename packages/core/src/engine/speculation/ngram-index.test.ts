import assert from "node:assert/strict";
import { test } from "node:test";
import { continuation, NgramIndex } from "./ngram-index.ts";

/** The longest agreement by looking everywhere, of at most 32 tokens. */
function longest(tokens: Int32Array): number {
  let best = 0;
  for (let next = 1; next < tokens.length; next++) {
    let length = 0;
    while (length < 32 && length < next && tokens[next - 1 - length] === tokens[tokens.length - 1 - length])
      length++;
    best = Math.max(best, length);
  }
  return best >= 3 ? best : 0;
}

test("NgramIndex finds nearly always as long an agreement as a search everywhere, while the sequence grows", () => {
  let state = 3;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const all: number[] = [];
  while (all.length < 1500) {
    if (all.length > 50 && random(4) === 0) {
      const from = random(all.length - 40);
      all.push(...all.slice(from, from + 5 + random(30)));
    } else all.push(random(50));
  }
  const tokens = Int32Array.from(all);
  const index = new NgramIndex(3);
  let numFound = 0;
  let numBest = 0;
  for (let end = 1; end < tokens.length; end++) {
    const head = tokens.subarray(0, end);
    const match = index.find(head);
    if ((match?.length ?? 0) === longest(head)) numBest++;
    if (match === null) continue;
    numFound++;
    const before = head.subarray(match.next - match.length, match.next);
    assert.deepEqual(before, head.subarray(end - match.length));
  }
  assert.ok(numFound > 500, `${numFound} found`);
  // It looks at the latest places only.
  assert.ok(numBest > 0.98 * tokens.length, `${numBest} of ${tokens.length}`);
});

test("NgramIndex costs the same per token in a sequence of 100,000 tokens, however repetitive", () => {
  for (const period of [1, 7, 5000]) {
    const tokens = Int32Array.from({ length: 100_000 }, (_, i) => ((i % period) * 31) % 977);
    const index = new NgramIndex(3);
    index.find(tokens.subarray(0, 90_000));
    const before = process.cpuUsage();
    for (let end = 90_001; end <= 100_000; end++) index.find(tokens.subarray(0, end));
    // Time of the processor: what else the machine does takes none of it. A search everywhere takes a hundred times it.
    const perToken = process.cpuUsage(before).user / 1000 / 10_000;
    assert.ok(perToken < 0.1, `${perToken} ms per token at period ${period}`);
  }
});

test("continuation goes on with what it took where the sequence ends", () => {
  const tokens = Int32Array.of(1, 2, 3, 4);
  assert.deepEqual(continuation(tokens, 2, 5), [3, 4, 3, 4, 3]);
  assert.deepEqual(continuation(tokens, 0, 3), [1, 2, 3]);
});
