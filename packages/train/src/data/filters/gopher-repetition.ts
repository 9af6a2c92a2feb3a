import type { Json } from "../document.ts";
import type { MapStage } from "../stage.ts";
import { above, filterStage, isCode, type Reason, readFilterOptions } from "./filter-options.ts";
import { HashCounter } from "./hash-counter.ts";
import { scanText, type TextScan } from "./text-scan.ts";

/** Thresholds of table A1 in the Gopher paper (arXiv 2112.11446): shares of lines, of paragraphs and of characters. */
export const GOPHER_REPETITION_DEFAULTS = {
  maxDuplicateLines: 0.3,
  maxDuplicateParagraphs: 0.3,
  maxDuplicateLineCharacters: 0.2,
  maxDuplicateParagraphCharacters: 0.2,
  maxTop2gram: 0.2,
  maxTop3gram: 0.18,
  maxTop4gram: 0.16,
  maxDuplicate5grams: 0.15,
  maxDuplicate6grams: 0.14,
  maxDuplicate7grams: 0.13,
  maxDuplicate8grams: 0.12,
  maxDuplicate9grams: 0.11,
  maxDuplicate10grams: 0.1,
} as const;

const counter = new HashCounter();

/** How much of lines and paragraphs has been there before, by number and by characters. */
export function measureDuplicateLines(scan: TextScan): {
  lines: number;
  lineCharacters: number;
  paragraphs: number;
  paragraphCharacters: number;
} {
  const { numLines, lineHash, lineStart, lineEnd, lineOpensParagraph } = scan;
  const size = Math.max(scan.text.length, 1);
  counter.reset(numLines);
  let lines = 0;
  let lineCharacters = 0;
  for (let line = 0; line < numLines; line++) {
    if (counter.add(lineHash[line]!) === 1) continue;
    lines++;
    lineCharacters += lineEnd[line]! - lineStart[line]!;
  }
  counter.reset(numLines);
  let paragraphs = 0;
  let total = 0;
  let paragraphCharacters = 0;
  for (let line = 0; line < numLines; ) {
    const first = line;
    let hash = 0;
    do hash = Math.imul(hash ^ lineHash[line++]!, 0x85ebca6b) + 0x165667b1;
    while (line < numLines && lineOpensParagraph[line] === 0);
    total++;
    if (counter.add(hash | 0) === 1) continue;
    paragraphs++;
    paragraphCharacters += lineEnd[line - 1]! - lineStart[first]!;
  }
  return {
    lines: lines / Math.max(numLines, 1),
    lineCharacters: lineCharacters / size,
    paragraphs: paragraphs / Math.max(total, 1),
    paragraphCharacters: paragraphCharacters / size,
  };
}

/** Share of the characters that the most frequent n-gram of words covers; one that occurs once does not count. */
export function measureTopNgram(scan: TextScan, n: number): number {
  const { numWords, wordHash, wordStart, wordEnd } = scan;
  counter.reset(numWords);
  let most = 1;
  let characters = 0;
  for (let at = 0; at + n <= numWords; at++) {
    let hash = 0;
    for (let step = 0; step < n; step++) hash = Math.imul(hash ^ wordHash[at + step]!, 0x9e3779b1) + step + 1;
    const count = counter.add(hash | 0);
    if (count < 2 || count < most) continue;
    let length = n - 1;
    for (let step = 0; step < n; step++) length += wordEnd[at + step]! - wordStart[at + step]!;
    if (count > most || length > characters) characters = length;
    most = count;
  }
  return (most * characters) / Math.max(scan.text.length, 1);
}

/** Share of the characters in n-grams of words that were there before; those found do not overlap each other. */
export function measureDuplicateNgrams(scan: TextScan, n: number): number {
  const { numWords, wordHash, wordStart, wordEnd } = scan;
  // hash(at) = sum of wordHash[at + i] * BASE^(n - 1 - i), so one step costs two products for any n.
  const base = 0x01000193;
  let power = 1;
  for (let step = 1; step < n; step++) power = Math.imul(power, base);
  let hash = 0;
  counter.reset(numWords);
  let characters = 0;
  let free = 0;
  for (let at = 0; at < numWords; at++) {
    hash = (Math.imul(hash, base) + mix(wordHash[at]!)) | 0;
    const first = at - n + 1;
    if (first < 0) continue;
    if (first >= free && counter.add(hash) > 1) {
      characters += wordEnd[at]! - wordStart[first]!;
      free = first + n;
    }
    hash = (hash - Math.imul(mix(wordHash[first]!), power)) | 0;
  }
  return characters / Math.max(scan.text.length, 1);
}

function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}

/** Drops texts that repeat their lines, paragraphs or runs of words. */
export function createGopherRepetition(written: Readonly<Record<string, Json>>): MapStage {
  const options = readFilterOptions("gopher-repetition", written, GOPHER_REPETITION_DEFAULTS);
  const top = [options.maxTop2gram, options.maxTop3gram, options.maxTop4gram];
  const duplicate = [
    options.maxDuplicate5grams,
    options.maxDuplicate6grams,
    options.maxDuplicate7grams,
    options.maxDuplicate8grams,
    options.maxDuplicate9grams,
    options.maxDuplicate10grams,
  ];
  return filterStage("gopher-repetition", options, (document): Reason => {
    if (isCode(document)) return null;
    const scan = scanText(document.text);
    const found = measureDuplicateLines(scan);
    const shares = [
      ["duplicate lines", found.lines, options.maxDuplicateLines],
      ["duplicate paragraphs", found.paragraphs, options.maxDuplicateParagraphs],
      ["characters of duplicate lines", found.lineCharacters, options.maxDuplicateLineCharacters],
      [
        "characters of duplicate paragraphs",
        found.paragraphCharacters,
        options.maxDuplicateParagraphCharacters,
      ],
    ] as const;
    for (const [reason, value, limit] of shares)
      if (value > limit) return { reason, detail: above(value, limit) };
    for (const [at, limit] of top.entries()) {
      const value = measureTopNgram(scan, at + 2);
      if (value > limit) return { reason: `top ${at + 2}-gram`, detail: above(value, limit) };
    }
    for (const [at, limit] of duplicate.entries()) {
      const value = measureDuplicateNgrams(scan, at + 5);
      if (value > limit) return { reason: `duplicate ${at + 5}-grams`, detail: above(value, limit) };
    }
    return null;
  });
}
