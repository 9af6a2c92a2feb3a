// Titles and shortenings whose full stop ends no sentence, as far as the splitter of the published scorer knows them.
const shortenings = new Set(
  "mr mrs ms dr prof st jr sr vs inc ltd co corp gen sen rep col lt maj ave v jan feb aug sept oct nov dec tues a.m p.m u.s u.k u.n d.c n.y l.a s.a a.d ph.d".split(
    " ",
  ),
);
// Words that, with a capital behind a shortening, begin a sentence.
const starters = new Set(
  "the a an this that these those it its he she they we you i in on at for from with by as if when while after before but and or so then there here his her their our my your what how why who where not no yes all some many most each every one two more new other such both as is was are be have has do can will would may once since because although however also".split(
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
 * Sentences of a text. The published scorer takes NLTK's trained splitter; this one takes its rules: every sign that ends
 * sentences does, before space or closing signs, except a full stop behind a shortening or an initial, and one behind a
 * number or an omission before a small letter.
 */
export function countSentences(text: string): number {
  const body = text.trim();
  if (body === "") return 0;
  let sentences = 0;
  let start = 0;
  for (const end of body.matchAll(/[.!?]+(?:["')\]}]+(?=\s|$)|(?=[)";}\]*:@'({[!?]|\s))|[。！？]/gu)) {
    const after = end.index + end[0].length;
    const next = body.slice(after).trimStart();
    if (next === "") break;
    if (end[0].startsWith(".") && !endsSentence(body.slice(start, end.index), end[0], next)) continue;
    sentences++;
    start = after;
  }
  return sentences + (body.slice(start).trim() === "" ? 0 : 1);
}

function endsSentence(before: string, sign: string, next: string): boolean {
  const last = (/[^\s]+$/.exec(before)?.[0] ?? "").replace(/^[^\p{L}\p{N}]+/u, "").toLowerCase();
  if (/^\.\.+$/.test(sign) || /^\d+$/.test(last)) return !/^["'“‘(]*\p{Ll}/u.test(next);
  if (/^\p{L}$/u.test(last)) return false;
  if (!shortenings.has(last)) return true;
  const word = /^[\p{L}]+/u.exec(next)?.[0] ?? "";
  return /^\p{Lu}/u.test(word) && starters.has(word.toLowerCase());
}
