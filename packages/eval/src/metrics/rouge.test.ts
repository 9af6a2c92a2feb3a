import assert from "node:assert/strict";
import { test } from "node:test";
import { stemPorter } from "./porter-stemmer.ts";
import { rougeF1 } from "./rouge.ts";

/** F1 of rouge_score 0.1.2 by pair, without and with its stemmer. */
const known: readonly (readonly [string, string, readonly number[], readonly number[]])[] = [
  [
    "The cat sat on the mat.",
    "A cat was sitting on the mat",
    [0.615384615385, 0.363636363636, 0.615384615385],
    [0.615384615385, 0.363636363636, 0.615384615385],
  ],
  ["Police killed the gunman", "police kill the gunman in town", [0.6, 0.25, 0.6], [0.8, 0.75, 0.8]],
  ["", "nothing", [0, 0, 0], [0, 0, 0]],
  [
    "The quick brown fox jumps over the lazy dog, doesn't it?",
    "The lazy dog was jumped over by a quick, brown fox.",
    [0.608695652174, 0.380952380952, 0.347826086957],
    [0.695652173913, 0.47619047619, 0.347826086957],
  ],
  [
    "running runners ran happily through meetings",
    "The runner runs happily to the meeting",
    [0.153846153846, 0, 0.153846153846],
    [0.615384615385, 0, 0.461538461538],
  ],
];

test("rougeF1 equals rouge_score, with its stemmer and without", () => {
  for (const [answer, target, plain, stemmed] of known)
    for (const [isStemmed, expected] of [
      [false, plain],
      [true, stemmed],
    ] as const) {
      const { rouge1, rouge2, rougeL } = rougeF1(answer, [target], { isStemmed });
      [rouge1, rouge2, rougeL].forEach((value, at) => {
        assert.ok(Math.abs(value - expected[at]!) < 1e-11, `${answer}: ${value}, not ${expected[at]}`);
      });
    }
});

test("rougeF1 takes the best reference for each of its numbers, as score_multi does", () => {
  const { rouge1, rouge2, rougeL } = rougeF1("c b a", ["a b c d", "d c b a x"]);
  assert.deepEqual(
    [rouge1, rouge2, rougeL].map((value) => value.toFixed(9)),
    ["0.857142857", "0.666666667", "0.750000000"],
  );
});

test("stemPorter equals NLTK's stemmer", () => {
  const stems: Readonly<Record<string, string>> = {
    caresses: "caress",
    ponies: "poni",
    ties: "tie",
    agreed: "agre",
    hopping: "hop",
    hoping: "hope",
    happily: "happili",
    relational: "relat",
    conditionally: "condit",
    generalization: "gener",
    controll: "control",
    dying: "die",
    skies: "sky",
    enjoying: "enjoy",
    spied: "spi",
    adoption: "adopt",
    psychologies: "psycholog",
  };
  for (const [word, stem] of Object.entries(stems)) assert.equal(stemPorter(word), stem, word);
});
