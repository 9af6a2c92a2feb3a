import assert from "node:assert/strict";
import { test } from "node:test";
import { bestDraftLength, expectedTokens } from "./draft-length.ts";
import { Guesser } from "./guesser.ts";
import { checkSameTokens } from "./load-draft.ts";

test("expectedTokens is the mean of the tokens drawn until the first wrong guess", () => {
  assert.equal(expectedTokens(1, 4), 5);
  assert.equal(expectedTokens(0, 4), 1);
  assert.equal(expectedTokens(0.5, 2), 1.75);
});

test("bestDraftLength guesses while it pays: by how often guesses are right and by what rows cost", () => {
  const free = (): number => 10;
  const dear = (length: number): number => 10 * (1 + length);
  assert.equal(bestDraftLength({ rate: 0.9, max: 15, costOf: free }), 15);
  assert.equal(bestDraftLength({ rate: 0.9, max: 4, costOf: free }), 4);
  assert.equal(bestDraftLength({ rate: 0.9, max: 0, costOf: free }), 0);
  assert.equal(bestDraftLength({ rate: 0.9, max: 15, costOf: dear }), 0);
  assert.equal(bestDraftLength({ rate: 0.02, max: 15, costOf: free }), 0);
  // A cliff between three and four rows: stay before it unless far behind it pays more.
  const cliff = (length: number): number => (length < 3 ? 10 : 30);
  assert.equal(bestDraftLength({ rate: 0.6, max: 15, costOf: cliff }), 2);
  assert.equal(bestDraftLength({ rate: 1, max: 15, costOf: cliff }), 15);
});

test("Guesser stops guessing where guesses are wrong and begins again where they come true, without trying", () => {
  const guesser = new Guesser({ kind: "ngram", maxDraft: 8 }, 1e9);
  const bounds = { max: 8, costOf: (length: number): number => 10 + length };
  const all = Array.from({ length: 30 }, (_, i) => i % 6);
  const guess = (): readonly number[] => {
    const draft = guesser.repeat(Int32Array.from(all), bounds);
    guesser.tried(draft.length);
    return draft;
  };
  /** Every guess is wrong, but the tokens before it go on looking as if they had been seen. */
  let numGuessed = 0;
  for (let i = 0; i < 120; i++) {
    numGuessed = guess().length;
    all.push(100 + i, 0, 1, 2);
  }
  assert.equal(numGuessed, 0);
  for (let i = 0; i < 60; i++) {
    numGuessed = guess().length;
    all.push((i * 5) % 6);
  }
  assert.ok(numGuessed > 3, `${numGuessed} guessed`);
});

test("Guesser goes by two tokens where no three were seen before, and by three where they were", () => {
  const bounds = { max: 1, costOf: (): number => 10 };
  const guess = (tokens: readonly number[]): readonly number[] =>
    new Guesser({ kind: "ngram", maxDraft: 8 }, 1e9).repeat(Int32Array.from(tokens), bounds);
  assert.deepEqual(guess([0, 1, 2, 3, 9, 1, 2]), [3]);
  assert.deepEqual(guess([9, 1, 2, 3, 8, 1, 2, 4, 9, 1, 2]), [3]);
  assert.deepEqual(guess([0, 1, 2, 3, 9, 5, 2]), []);
});

test("checkSameTokens names the first token that differs", () => {
  const of = (texts: readonly string[]) => ({
    vocabSize: texts.length,
    tokenBytes: (id: number): Uint8Array => new TextEncoder().encode(texts[id]),
  });
  checkSameTokens(of(["a", "b"]), of(["a", "b"]));
  assert.throws(() => checkSameTokens(of(["a", "b", "c"]), of(["a", "x", "y"])), {
    name: "RangeError",
    message: /^Token 1 is "b" in the model, but "x" in the draft model; choose a smaller model/,
  });
  assert.throws(() => checkSameTokens(of(["a", "b"]), of(["a"])), /Token 1 is in one of model \(2 tokens\)/);
});
