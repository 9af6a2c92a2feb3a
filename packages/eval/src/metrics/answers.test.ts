import assert from "node:assert/strict";
import { test } from "node:test";
import { extractAnswer } from "./answer-pattern.ts";
import { assignBest } from "./assignment.ts";
import { normalizeDrop, scoreDrop } from "./drop-score.ts";
import { containsTarget, exactMatch, normalizeSquad } from "./exact-match.ts";
import { lastBoxed } from "./latex-normal-form.ts";
import { isSameNumber, parseNumber } from "./numbers.ts";
import { passAtK } from "./pass-at-k.ts";
import { scoreSpan, scoreSpanLeavingOneOut, wordsOfLanguage } from "./token-f1.ts";

test("parseNumber reads numbers as people write them", () => {
  const values: readonly (readonly [string, number | null])[] = [
    ["$1,234.50", 1234.5],
    ["7.", 7],
    ["-3", -3],
    ["−3", -3],
    ["1,234", 1234],
    ["0,5", 0.5],
    ["1.234,5", 1234.5],
    ["80 000", 80000],
    ["3/4", 0.75],
    ["1 1/2", 1.5],
    ["1e3", 1000],
    ["50%", 50],
    ["१२", 12],
    ["๔๒", 42],
    ["12 apples", null],
    ["1/0", null],
    ["1.2.3", null],
    ["", null],
  ];
  for (const [text, value] of values) assert.equal(parseNumber(text), value, text);
  assert.ok(isSameNumber("18", "18.00"));
  assert.ok(!isSameNumber("Infinity", "Infinity"));
});

test("extractAnswer picks first and last matches, boxes and fenced code", () => {
  const letter = { regex: /best answer is ([A-Z])/, pick: "last" } as const;
  assert.equal(extractAnswer(letter, "best answer is A. No, the best answer is C."), "C");
  assert.equal(extractAnswer({ ...letter, pick: "first" }, "best answer is A, best answer is C"), "A");
  assert.equal(extractAnswer(letter, "C"), null);
  assert.equal(lastBoxed("\\boxed{1} and \\boxed{\\frac{1}{\\sqrt{2}}}."), "\\frac{1}{\\sqrt{2}}");
  assert.equal(lastBoxed("\\boxed{3} then \\boxed{4"), "3");
  assert.equal(lastBoxed("$\\boxed 5$"), "5");
  assert.equal(lastBoxed("none"), null);
  assert.equal(extractAnswer("fenced-code", "a\n```python\nx = 1\n```\nb\n```\ny = 2\n```"), "y = 2");
  assert.equal(extractAnswer("fenced-code", "```python\nx = 1"), "x = 1");
  assert.equal(extractAnswer("fenced-code", "x = 1\n```\nexplained"), "x = 1\n");
  assert.equal(extractAnswer("verbatim", "  a\n"), "  a\n");
});

test("exactMatch leaves out what lm-evaluation-harness leaves out", () => {
  const options = { ignoreCase: true, ignore: [/,/, /\$/, /[\s\S]*#### /, /\.$/] };
  assert.equal(exactMatch("$1,234.", ["so\n#### 1234"], options), 1);
  assert.equal(exactMatch("1234.5", ["1234"], options), 0);
  assert.equal(exactMatch("Port-Ellis!", ["portellis"], { ignoreCase: true, ignorePunctuation: true }), 1);
});

test("scoreSpan equals SQuAD's script by hand", () => {
  assert.equal(normalizeSquad("The  Cat's, an hour!"), "cats hour");
  // 2 words in common of 3 answered and 2 wanted.
  assert.deepEqual(scoreSpan("the big red fox", ["red fox", "wolf"]), { exact: 0, f1: 0.8 });
  assert.deepEqual(scoreSpan("", []), { exact: 1, f1: 1 });
  assert.deepEqual(scoreSpan("fox", []), { exact: 0, f1: 0 });
  assert.equal(containsTarget("It was New York.", ["york"]), 1);
  assert.equal(containsTarget("Yorkshire", ["York"]), 0);
});

test("scoreSpanLeavingOneOut averages over the references", () => {
  const { exact, f1 } = scoreSpanLeavingOneOut("cat", ["cat", "black cat", "dog"]);
  // Without the first: 0 and 2/3; without one of the others: 1.
  assert.ok(Math.abs(exact - 2 / 3) < 1e-12 && Math.abs(f1 - (2 / 3 + 2) / 3) < 1e-12);
});

test("wordsOfLanguage removes articles of the language and counts Chinese by character", () => {
  assert.deepEqual(wordsOfLanguage("es")("La casa, ¿verdad?"), ["casa", "verdad"]);
  assert.deepEqual(wordsOfLanguage("de")("Der Hund"), ["hund"]);
  assert.deepEqual(wordsOfLanguage("it")("L'acqua"), ["acqua"]);
  assert.deepEqual(wordsOfLanguage("zh")("在1987年"), ["在", "1987", "年"]);
  assert.deepEqual(wordsOfLanguage("ar")("المخبز"), ["مخبز"]);
});

test("scoreDrop aligns spans and holds numbers against each other", () => {
  assert.equal(normalizeDrop("The 3.0 well-known points"), "3 well known points");
  assert.deepEqual(scoreDrop(["7 points"], [["7"]]), { exact: 0, f1: 0.67 });
  assert.deepEqual(scoreDrop(["8 points"], [["7 points"]]), { exact: 0, f1: 0 });
  assert.deepEqual(scoreDrop(["Ellis", "Quill"], [["Quill", "Ellis"]]), { exact: 1, f1: 1 });
  assert.deepEqual(scoreDrop(["Quill"], [["Quill", "Ellis", "Ott"]]), { exact: 0, f1: 0.33 });
  assert.deepEqual(scoreDrop(["x"], [[""]]), { exact: 0, f1: 0 });
});

test("assignBest equals trying every pairing", () => {
  assert.equal(
    assignBest([
      [1, 2],
      [3, 4.5],
    ]),
    5.5,
  );
  assert.equal(
    assignBest([
      [7, 5, 1],
      [6, 1, 1],
    ]),
    11,
  );
  assert.equal(assignBest([[1], [4], [3]]), 4);
  assert.equal(assignBest([]), 0);
});

test("passAtK is the unbiased estimator", () => {
  assert.equal(passAtK(1, 1, 1), 1);
  assert.ok(Math.abs(passAtK(20, 1, 10) - 0.5) < 1e-12);
  // 1 - C(7, 5) / C(10, 5) = 1 - 21 / 252.
  assert.ok(Math.abs(passAtK(10, 3, 5) - (1 - 21 / 252)) < 1e-12);
  assert.equal(passAtK(10, 6, 5), 1);
  assert.throws(() => passAtK(5, 1, 10), RangeError);
});
