import assert from "node:assert/strict";
import { test } from "node:test";
import { createLanguageDetector } from "../../data/language/detector.ts";
import { findOtherLanguage } from "./language.ts";
import { NearDuplicates } from "./near-duplicates.ts";
import { findLoop, findRuleHit } from "./rules.ts";

const limits = {
  minPromptCharacters: 8,
  maxPromptCharacters: 2000,
  minAnswerCharacters: 1,
  maxAnswerCharacters: 2000,
};
const prompt = "Explain how tides work.";
const reasonOf = (answer: string, asked: string = prompt): string | null =>
  findRuleHit({ prompt: asked, answer }, limits)?.reason ?? null;

test("findRuleHit finds what must not be learned", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["I'm sorry, but I can't help with that.", "refusal"],
    ["As an AI language model, I have no opinion.", "refusal"],
    ["Es tut mir leid, aber das geht nicht.", "refusal"],
    ["Lo siento, pero no es posible.", "refusal"],
    ["Desculpe, mas não dá.", "refusal"],
    ["Mi dispiace, ma non posso.", "refusal"],
    ["Je suis désolé, mais non.", "refusal"],
    ["ขออภัย ฉันไม่สามารถช่วยได้", "refusal"],
    ["मुझे खेद है, लेकिन नहीं", "refusal"],
    ["Dear [Your Name], thank you.", "placeholder"],
    ["Call <insert number here> now.", "placeholder"],
    ["Tides are <|eot_id|>", "template leakage"],
    ["Fine.\nUser: and now?", "template leakage"],
    [`The sea ${"rises and falls, ".repeat(20)}`, "repetition loop"],
    ["x".repeat(2001), "answer too long"],
  ];
  for (const [answer, reason] of cases) assert.equal(reasonOf(answer), reason, answer);
  assert.equal(reasonOf("Yes", "Tides?"), "prompt too short");
});

test("findRuleHit lets good answers pass", () => {
  const good = [
    "The moon pulls the water, and the turning earth carries us through two bulges a day.",
    "He was sorry that he could not help her, the story says.",
    "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |",
    "```python\nrow[name] = 1  # TODO in the source\n```",
    "Ha ha ha, that is funny.",
  ];
  for (const answer of good) assert.equal(reasonOf(answer), null, answer);
  assert.equal(findLoop("1, 2, 3, 4, 5, 6, 7, 8, 9, 10"), null);
});

test("findOtherLanguage tells a wrong language and leaves short texts alone", () => {
  const detector = createLanguageDetector();
  const german = "Der Mond zieht das Wasser an, und die Erde dreht sich darunter weg.";
  assert.equal(findOtherLanguage(detector, german, "en"), "de");
  assert.equal(findOtherLanguage(detector, german, "de"), null);
  assert.equal(findOtherLanguage(detector, "42 km", "th"), null);
});

test("NearDuplicates finds equal and nearly equal prompts", () => {
  const seen = new NearDuplicates(0.5);
  const first = "Write a short poem about the first snow in a quiet village at night";
  assert.equal(seen.check(first), null);
  assert.equal(seen.check(`${first.toUpperCase()}!`), "the same as one before");
  assert.notEqual(seen.check("Write a short poem about the first snow in a quiet village at dawn"), null);
  assert.equal(seen.check("Compare two ways to store grain over the winter"), null);
});
