import { normalizeSquad } from "./exact-match.ts";

/** Exact match and token F1 of one answer against the reference that fits it best. */
export interface SpanScore {
  exact: number;
  f1: number;
}

/** Words of a text as they are counted. */
export type Words = (text: string) => readonly string[];

const squadWords: Words = (text) => {
  const body = normalizeSquad(text);
  return body === "" ? [] : body.split(" ");
};

/** F1 of two bags of words; where one is empty, whether both are. */
export function bagF1(answer: readonly string[], target: readonly string[]): number {
  if (answer.length === 0 || target.length === 0) return answer.length === target.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const word of target) left.set(word, (left.get(word) ?? 0) + 1);
  let same = 0;
  for (const word of answer) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    same++;
  }
  if (same === 0) return 0;
  const precision = same / answer.length;
  const recall = same / target.length;
  return (2 * precision * recall) / (precision + recall);
}

/** SQuAD's scores: the best over the references; no references stand for "has no answer". */
export function scoreSpan(answer: string, targets: readonly string[], words: Words = squadWords): SpanScore {
  const mine = words(answer);
  let exact = 0;
  let f1 = 0;
  for (const target of targets.length === 0 ? [""] : targets) {
    const theirs = words(target);
    if (mine.join(" ") === theirs.join(" ")) exact = 1;
    f1 = Math.max(f1, bagF1(mine, theirs));
  }
  return { exact, f1 };
}

/**
 * Scores of CoQA and QuAC: with several references, the mean over leaving each out, so that a model is measured as a
 * person among the others is.
 */
export function scoreSpanLeavingOneOut(answer: string, targets: readonly string[]): SpanScore {
  if (targets.length < 2) return scoreSpan(answer, targets);
  let exact = 0;
  let f1 = 0;
  targets.forEach((_, left) => {
    const score = scoreSpan(
      answer,
      targets.filter((__, index) => index !== left),
    );
    exact += score.exact / targets.length;
    f1 += score.f1 / targets.length;
  });
  return { exact, f1 };
}

/** Articles by language as MLQA's script removes them. */
const articles: Readonly<Record<string, RegExp>> = {
  en: /(?<!\p{L})(?:a|an|the)(?!\p{L})/gu,
  es: /(?<!\p{L})(?:un|una|unos|unas|el|la|los|las)(?!\p{L})/gu,
  de: /(?<!\p{L})(?:ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)(?!\p{L})/gu,
  vi: /(?<!\p{L})(?:của|là|cái|chiếc|những)(?!\p{L})/gu,
  ar: /ال/gu,
  it: /(?<!\p{L})(?:un|uno|una|il|lo|la|i|gli|le)(?!\p{L})|(?<!\p{L})(?:l|un)['’]/gu,
};

/** Words as MLQA counts them: punctuation of every script goes, Chinese is counted by character. */
export function wordsOfLanguage(language: string): Words {
  return (text) => {
    let body = text.toLowerCase();
    // An elided article loses its apostrophe with the punctuation, so it goes first.
    if (language === "it") body = body.replace(articles["it"]!, " ");
    body = body.replace(/[\p{P}$+<=>^`|~]/gu, "");
    const regex = articles[language];
    if (regex !== undefined) body = body.replace(regex, " ");
    if (language === "zh") body = body.replace(/\p{Script=Han}/gu, " $& ");
    return body.split(/\s+/).filter((word) => word !== "");
  };
}
