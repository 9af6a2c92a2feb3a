import { assignBest } from "./assignment.ts";
import type { SpanScore } from "./token-f1.ts";

const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
const punctuation = /[!-/:-@[-`{-~]/g;
const isNumber = (text: string): boolean => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim());

/** Words and hyphenated parts in lower case, numbers by value, no articles: the form DROP's script compares. */
export function normalizeDrop(text: string): string {
  return text
    .toLowerCase()
    .split(/ |-/)
    .map((token) => {
      const bare = isNumber(token) ? token : token.replace(punctuation, "");
      const value = isNumber(bare) ? String(Number(bare)) : bare;
      return value.replace(articles, " ").split(/\s+/).filter(Boolean).join(" ");
    })
    .filter((token) => token !== "")
    .join(" ")
    .trim();
}

/** DROP's exact match and F1 of answered spans against the spans of one reference, each aligned with one other. */
export function scoreDropSpans(answer: readonly string[], target: readonly string[]): SpanScore {
  const mine = answer.map(normalizeDrop);
  const theirs = target.map(normalizeDrop);
  const isSameSet =
    mine.length === theirs.length &&
    mine.every((span) => theirs.includes(span)) &&
    theirs.every((span) => mine.includes(span));
  const gains = theirs.map((span) => mine.map((other) => alignedF1(other, span)));
  const total = assignBest(gains);
  const f1 = total / Math.max(mine.length, theirs.length, 1);
  return { exact: isSameSet ? 1 : 0, f1: Math.round(f1 * 100) / 100 };
}

/** The best over the references, of which each is a list of spans; empty references do not count. */
export function scoreDrop(answer: readonly string[], targets: readonly (readonly string[])[]): SpanScore {
  let best: SpanScore = { exact: 0, f1: 0 };
  for (const target of targets) {
    if ((target[0] ?? "").trim() === "") continue;
    const score = scoreDropSpans(answer, target);
    best = { exact: Math.max(best.exact, score.exact), f1: Math.max(best.f1, score.f1) };
  }
  return best;
}

function alignedF1(answer: string, target: string): number {
  const mine = new Set(answer.split(" ").filter(Boolean));
  const theirs = new Set(target.split(" ").filter(Boolean));
  const numbers = [...theirs].filter(isNumber);
  // A wrong number is wrong, however many words around it are right.
  if (numbers.length > 0 && !numbers.some((number) => mine.has(number))) return 0;
  const same = [...theirs].filter((word) => mine.has(word)).length;
  const precision = mine.size === 0 ? 1 : same / mine.size;
  const recall = theirs.size === 0 ? 1 : same / theirs.size;
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}
