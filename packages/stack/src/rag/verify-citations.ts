import { findClaims } from "./find-claims.ts";

/** What an answer may cite, as `[1]` for the first. */
export interface CitedSource {
  name: string;
  /** The whole source as it is now. */
  text: string;
}

/** A marker of an answer with what it is to support. */
export interface Citation {
  /** From 1. */
  number: number;
  /** The words before the marker: a quote, else the sentence. */
  quote: string;
  /** Where quote and marker are in the answer. */
  start: number;
  end: number;
  /** Where the source has the words; null: it has not. */
  span: readonly [number, number] | null;
  /** Why it counts for nothing; null where it is verified. */
  problem: string | null;
}

/** An answer taken apart. */
export interface CheckedAnswer {
  citations: readonly Citation[];
  /** Sentences without a citation that holds, as spans of the answer. */
  unsupported: readonly (readonly [number, number])[];
  /** Sentences that have one. */
  supported: readonly (readonly [number, number])[];
  /** Words around the quotes of supported sentences that the cited sources do not have, as spans of the answer. */
  claims: readonly (readonly [number, number])[];
}

/** Fewer words could be found anywhere. */
const minWords = 3;
const marker = /\[(\d{1,3})\]/g;
const quotes = /"([^"\n]{1,2000})"|“([^”\n]{1,2000})”|«([^»\n]{1,2000})»/g;

/** Each citation of an answer against its source: the quoted words must stand there, white space aside. */
export function verifyCitations(answer: string, sources: readonly CitedSource[]): CheckedAnswer {
  const plain = sources.map(({ text }) => squeeze(text));
  const citations: Citation[] = [];
  const supported: [number, number][] = [];
  const unsupported: [number, number][] = [];
  const claims: [number, number][] = [];
  for (const [start, end] of sentencesOf(answer)) {
    const sentence = answer.slice(start, end);
    const found = citationsOf(sentence).map(({ number, words, from, to }): Citation => {
      const source = plain[number - 1];
      const [first, last] = words;
      const quote = sentence.slice(first, last);
      const numWords = quote.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
      const span = source === undefined || numWords < minWords ? null : spanOf(quote, source);
      const problem =
        source === undefined
          ? `There is no source ${number}`
          : numWords < minWords
            ? `The quote has fewer than ${minWords} words`
            : span === null
              ? `Source ${number} does not say this word for word`
              : null;
      return { number, quote, start: start + from, end: start + to, span, problem };
    });
    citations.push(...found);
    // One false citation spoils its sentence.
    const holds = found.length > 0 && found.every(({ problem }) => problem === null);
    (holds ? supported : unsupported).push([start, end]);
    if (!holds) continue;
    const cited = found.map(({ number }) => sources[number - 1]!);
    for (const [first, last] of findClaims(sentence, quotesOf(sentence), cited))
      claims.push([start + first, start + last]);
  }
  return { citations, supported, unsupported, claims };
}

interface FoundMarker {
  number: number;
  words: readonly [number, number];
  from: number;
  to: number;
}

const quotesOf = (sentence: string): (readonly [number, number])[] =>
  [...sentence.matchAll(quotes)].map(({ index, 0: whole }) => [index, index + whole.length]);

/** Markers of a sentence; each belongs to the quote that ends before it, else to the sentence's own words. */
function citationsOf(sentence: string): FoundMarker[] {
  const quoted = quotesOf(sentence);
  const found: FoundMarker[] = [];
  let from = 0;
  for (const match of sentence.matchAll(marker)) {
    const to = match.index + match[0].length;
    const quote = quoted.findLast(([, end]) => end <= match.index);
    const before = sentence.slice(from, match.index).replace(/(?:\s*\[\d{1,3}\])+\s*$/, "");
    // `"..." [1][2]` and `words [1][2]`: both markers are for the same words.
    const last = found.at(-1);
    if (before.trim() === "" && last !== undefined) found.push({ ...last, number: Number(match[1]), to });
    else if (quote !== undefined && quote[1] > from) {
      found.push({ number: Number(match[1]), words: [quote[0] + 1, quote[1] - 1], from: quote[0], to });
    } else found.push({ number: Number(match[1]), words: trimmed(sentence, from, match.index), from, to });
    from = to;
  }
  return found;
}

/** Without white space at both ends and the mark of a list before, or the full stop behind. */
function trimmed(text: string, from: number, to: number): [number, number] {
  const part = text.slice(from, to);
  const lead = /^[\s\-*•]*/.exec(part)![0].length;
  const tail = /[\s.,;:!?]*$/.exec(part.slice(lead))![0].length;
  return [from + lead, to - tail];
}

/** Sentences with the markers that follow their end; a quote is not parted. */
function sentencesOf(answer: string): [number, number][] {
  const masked = answer.replace(quotes, (quote) => quote.replace(/[.!?。！？\n]/g, "_"));
  const spans: [number, number][] = [];
  let start = 0;
  const add = (end: number): void => {
    if (answer.slice(start, end).trim() !== "") spans.push([start, end]);
    start = end;
  };
  for (const { index, 0: mark } of masked.matchAll(
    /(?:[.!?。！？]+["”»)]*(?:\s*\[\d{1,3}\])*(?=\s|$)|\n)\s*/g,
  )) {
    add(index + mark.length);
  }
  add(answer.length);
  return spans;
}

interface Squeezed {
  text: string;
  /** Place in the original of each character, and its length at the end. */
  places: Uint32Array;
}

/** Runs of white space as one space. */
function squeeze(text: string): Squeezed {
  const places = new Uint32Array(text.length + 1);
  const parts: string[] = [];
  let length = 0;
  for (const { index, 0: part } of text.matchAll(/\s+|\S+/g)) {
    const isSpace = part.trim() === "";
    parts.push(isSpace ? " " : part);
    for (let at = 0; at < (isSpace ? 1 : part.length); at++) places[length++] = index + at;
  }
  places[length] = text.length;
  return { text: parts.join(""), places };
}

function spanOf(quote: string, { text, places }: Squeezed): [number, number] | null {
  const wanted = quote.trim().replace(/\s+/g, " ");
  const isWord = (sign: string | undefined): boolean => sign !== undefined && /[\p{L}\p{N}]/u.test(sign);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    // "effective" is no part of "ineffective".
    const isCut = (isWord(text[at - 1]) && isWord(wanted[0])) || (isWord(text[end]) && isWord(wanted.at(-1)));
    if (!isCut) return [places[at]!, places[end - 1]! + 1];
  }
  return null;
}
