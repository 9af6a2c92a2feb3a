import type { AnswerPattern } from "../../metrics/answer-pattern.ts";

/** The last number of a text, as lm-evaluation-harness takes it where the expected words are missing. */
export const lastNumber: AnswerPattern = { regex: /(-?[$0-9.,]{2,})|(-?[0-9]+)/, pick: "last" };

/** The number behind gsm8k's `#### `. */
export const hashNumber: AnswerPattern = { regex: /#### (-?[0-9.,]+)/, pick: "first" };

/** The number that is said in the words of the worked examples; as in lm-evaluation-harness, something must follow it. */
export const strictSaidNumber: AnswerPattern = { regex: /The answer is (-?[0-9.,]+)./, pick: "first" };

/** "The answer is $1,234.50.", also "the final answer is: **7**". */
export const saidNumber: AnswerPattern = {
  regex: /[Tt]he (?:final )?answer is:?\s*[*\\(]*(-?\\?[$€£]?\s?-?[0-9][0-9.,/]*)/,
  pick: "last",
};

/** What gsm8k's comparison leaves out on both sides. */
export const gsmIgnore: readonly RegExp[] = [/,/, /\$/, /[\s\S]*#### /, /\.$/];

/** Meta's pattern for chain of thought over choices: the last "best answer is X". */
export const bestAnswerLetter: AnswerPattern = {
  regex: /best answer is:?\s*[*(]*([A-Z])(?![a-z])/,
  pick: "last",
};

/** BBH's pattern, up to the full stop. */
export const saidAnswer: AnswerPattern = {
  anyOf: [
    { regex: /[Tt]he answer is (.*?)\.(?:\s|$)/, pick: "last" },
    { regex: /[Tt]he answer is (.+)/, pick: "last" },
  ],
};

/** The last boxed formula, else what is called the final answer. */
export const boxedAnswer: AnswerPattern = {
  anyOf: ["boxed", { regex: /final answer is:?\s*(.+?)(?:\.?\s*I hope|\.?\s*$)/im, pick: "last" }],
};

/** Minerva's words around the answer, as its scoring takes it. */
export const minervaAnswer: AnswerPattern = {
  regex: /Final Answer: The final answer is(.*?)(?:\. I hope it is correct|\.?\s*$)/,
  pick: "first",
};
