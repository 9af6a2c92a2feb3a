import assert from "node:assert/strict";
import { test } from "node:test";
import { rollingWindows, splitTokens } from "./split-tokens.ts";

/** One token per word with the space before it. */
const words: string[] = [];
function encode(text: string): number[] {
  return (text.match(/\s?\S+|\s+/g) ?? []).map((word) => {
    if (!words.includes(word)) words.push(word);
    return words.indexOf(word);
  });
}
const split = (context: string, continuation: string, bosIds: readonly number[] = []) =>
  splitTokens({ context, continuation }, encode, { bosIds, prefixId: 900 });
const textOf = (ids: readonly number[]): string => ids.map((id) => words[id] ?? `<${id}>`).join("");

test("splitTokens moves spaces from the end of the context to the continuation", () => {
  const { context, continuation } = split("one two ", "three");
  assert.equal(textOf(context), "one two");
  assert.equal(textOf(continuation), " three");
});

test("splitTokens cuts the whole at the length of the context alone", () => {
  // "two" and "s" are one token together, which then belongs to the context, as in lm-evaluation-harness.
  const { context, continuation } = split("one two", "s three");
  assert.equal(textOf(context), "one twos");
  assert.equal(textOf(continuation), " three");
  assert.throws(() => split("one two", "s"), /Nothing of the continuation "s" is left to score/);
});

test("splitTokens puts the token that begins texts before an empty context, once", () => {
  assert.deepEqual(split("", "one").context, [900]);
  assert.deepEqual(split("  ", "one").context, [900]);
  assert.deepEqual(split("", "one", [900]).context, [900]);
  assert.deepEqual(split("one", " two", [900]).context[0], 900);
  const options = { bosIds: [], prefixId: null };
  assert.throws(() => splitTokens({ context: "", continuation: "one" }, encode, options), /needs a token/);
});

test("rollingWindows scores every token once, with a last window that is full", () => {
  const tokens = { context: [0], continuation: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] };
  assert.deepEqual(rollingWindows(tokens, 5), [
    { context: [0], continuation: [1, 2, 3, 4] },
    { context: [4], continuation: [5, 6, 7, 8] },
    { context: [6, 7, 8], continuation: [9, 10] },
  ]);
});
