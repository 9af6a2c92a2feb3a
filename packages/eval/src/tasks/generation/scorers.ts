import { scoreDrop } from "../../metrics/drop-score.ts";
import { containsTarget, type ExactMatchOptions, exactMatch } from "../../metrics/exact-match.ts";
import { isMathEquivalent } from "../../metrics/math-equivalence.ts";
import { isSameNumber } from "../../metrics/numbers.ts";
import { rougeF1 } from "../../metrics/rouge.ts";
import {
  type SpanScore,
  scoreSpan,
  scoreSpanLeavingOneOut,
  wordsOfLanguage,
} from "../../metrics/token-f1.ts";
import { textOf, valueAt } from "./fields.ts";
import type { GenerationItem } from "./generation-row.ts";

/** What single scores read beside the answer. */
export interface ScorerOptions extends ExactMatchOptions {
  /** Of MLQA's normal form. */
  language?: string;
  /** Of ROUGE: words are stemmed. */
  isStemmed?: boolean;
  /** An answer that says that there is none. */
  noAnswer?: RegExp;
}

export type ScorerName =
  | "exact"
  | "number"
  | "math"
  | "contains"
  | "span"
  | "span-or-none"
  | "span-leaving-one-out"
  | "drop"
  | "rouge"
  | "truthful"
  | "concepts";

/** A way of scoring one answer: the names of its numbers and how they come about. */
export interface Scorer {
  metrics: readonly string[];
  score(answer: string, item: GenerationItem, options: ScorerOptions): Readonly<Record<string, number>>;
}

const oneIf = (is: boolean): { exact_match: number } => ({ exact_match: is ? 1 : 0 });
const span = (score: SpanScore): { exact_match: number; f1: number } => ({
  exact_match: score.exact,
  f1: score.f1,
});

/** Every way of scoring, by name. An answer that was not found is scored 0 without asking these. */
export const scorers: { readonly [N in ScorerName]: Scorer } = {
  exact: {
    metrics: ["exact_match"],
    score: (answer, { targets }, options) => ({ exact_match: exactMatch(answer, targets, options) }),
  },
  number: {
    metrics: ["exact_match"],
    score: (answer, { targets }) => oneIf(targets.some((target) => isSameNumber(answer, target))),
  },
  math: {
    metrics: ["exact_match"],
    score: (answer, { targets }) => oneIf(targets.some((target) => isMathEquivalent(answer, target))),
  },
  contains: {
    metrics: ["accuracy", "f1"],
    score: (answer, { targets }) => ({
      accuracy: containsTarget(answer, targets),
      f1: scoreSpan(answer, targets).f1,
    }),
  },
  span: {
    metrics: ["exact_match", "f1"],
    score: (answer, { targets }, { language }) =>
      span(scoreSpan(answer, targets, language === undefined ? undefined : wordsOfLanguage(language))),
  },
  "span-or-none": {
    metrics: ["exact_match", "f1"],
    score: (answer, { targets }, { noAnswer }) =>
      span(scoreSpan(noAnswer?.test(answer) ? "" : answer, targets)),
  },
  "span-leaving-one-out": {
    metrics: ["f1", "exact_match"],
    score: (answer, { targets }) => span(scoreSpanLeavingOneOut(answer, targets)),
  },
  drop: {
    metrics: ["f1", "exact_match"],
    score: (answer, { values }) => {
      const references = values["references"] as readonly (readonly string[])[];
      // As lm-evaluation-harness: an answer is one span, so that a list never is all of several.
      return span(scoreDrop([answer], references));
    },
  },
  rouge: {
    metrics: ["rouge1", "rouge2", "rougeL"],
    score: (answer, { targets }, options) => rougeF1(answer, targets, options),
  },
  truthful: {
    metrics: ["rougeL_acc", "rougeL_max", "rougeL_diff", "rouge1_acc", "rouge1_diff"],
    score: truthful,
  },
  concepts: {
    metrics: ["coverage", "rouge1", "rouge2", "rougeL"],
    score: (answer, item, options) => ({
      coverage: coverage(answer, item),
      ...rougeF1(answer, item.targets, options),
    }),
  },
};

/** Whether an answer is closer to the true references than to the false ones (TruthfulQA). */
function truthful(answer: string, item: GenerationItem): Readonly<Record<string, number>> {
  const right = rougeF1(answer, item.targets);
  const wrong = rougeF1(answer, valueAt(item.values, "incorrect_answers") as readonly string[]);
  return {
    rougeL_acc: right.rougeL > wrong.rougeL ? 1 : 0,
    rougeL_max: right.rougeL,
    rougeL_diff: right.rougeL - wrong.rougeL,
    rouge1_acc: right.rouge1 > wrong.rouge1 ? 1 : 0,
    rouge1_diff: right.rouge1 - wrong.rouge1,
  };
}

/** Share of the given concepts that the sentence uses, in any inflection that keeps the beginning of the word. */
function coverage(answer: string, item: GenerationItem): number {
  const concepts = valueAt(item.values, "concepts") as readonly string[];
  const words = answer.toLowerCase().match(/\p{L}+/gu) ?? [];
  const isUsed = (concept: string): boolean => {
    const start = concept.toLowerCase().replace(/[ey]$/, "");
    return words.some((word) => word.startsWith(start));
  };
  return concepts.length === 0
    ? 0
    : concepts.filter((concept) => isUsed(textOf(concept))).length / concepts.length;
}
