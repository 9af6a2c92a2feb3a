// Titles and shortenings whose full stop ends no sentence.
const shortenings = new Set(
  "mr mrs ms dr prof st jr sr vs etc inc ltd co corp gov gen e.g i.e a.m p.m u.s u.k no vol fig approx al ph.d".split(
    " ",
  ),
);

/** Whether the text has letters and all that have case are capitals, as Python's `isupper`. */
export function isAllUpper(text: string): boolean {
  return /\p{Lu}/u.test(text) && !/\p{Ll}/u.test(text);
}

/** Whether the text has letters and all that have case are small, as Python's `islower`. */
export function isAllLower(text: string): boolean {
  return /\p{Ll}/u.test(text) && !/[\p{Lu}\p{Lt}]/u.test(text);
}

/** Words with hyphens inside as one; contractions end at the apostrophe; punctuation apart. */
export function wordTokens(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}_]+(?:[-.][\p{L}\p{M}\p{N}_]+)*|[^\s]/gu) ?? [];
}

/**
 * Sentences of a text. The published scorer takes NLTK's trained splitter; this one takes its rules: a sign that ends
 * sentences, followed by space and no small letter, and not behind a shortening, an initial or a list number.
 */
export function countSentences(text: string): number {
  const body = text.trim();
  if (body === "") return 0;
  let sentences = 0;
  let start = 0;
  for (const end of body.matchAll(/[.!?।。！？]+["'”’)\]]*(?=\s+|$)|[。！？]/gu)) {
    const after = end.index + end[0].length;
    const next = body.slice(after).trimStart();
    if (next === "") break;
    if (end[0].startsWith(".") && !endsSentence(body.slice(start, end.index), next)) continue;
    sentences++;
    start = after;
  }
  return sentences + (body.slice(start).trim() === "" ? 0 : 1);
}

function endsSentence(before: string, next: string): boolean {
  if (/^["'“‘(]*\p{Ll}/u.test(next)) return false;
  const last = /[^\s]+$/.exec(before)?.[0] ?? "";
  if (/^\p{Lu}$/u.test(last) || shortenings.has(last.toLowerCase().replace(/^["'(]+/, ""))) return false;
  // "1." at the start of a sentence numbers a list.
  return !(/^\d+$/.test(last) && before.trim() === last);
}
