import { scanText, type TextScan } from "../filters/text-scan.ts";

/** log2 of the buckets of the features. */
export const QUALITY_BITS = 17;

const SHIFT = 32 - QUALITY_BITS;
/** Words of a document that are looked at. */
export const QUALITY_MAX_WORDS = 2000;

/** Features a text can have at most: two a word and four a line. */
export const QUALITY_MAX_FEATURES: number = 6 * QUALITY_MAX_WORDS;

/** What a text is about and looks like: buckets of its words, its pairs of words, and the shape of each line. */
export function extractContentFeatures(text: string, into: Int32Array): number {
  const scan = scanText(text);
  const { wordHash } = scan;
  const numWords = Math.min(scan.numWords, QUALITY_MAX_WORDS);
  let length = 0;
  let previous = 0;
  for (let word = 0; word < numWords; word++) {
    const hash = wordHash[word]!;
    into[length++] = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> SHIFT;
    const pair = (Math.imul(previous, 0x9e3779b1) + hash) | 0;
    into[length++] = Math.imul(pair ^ (pair >>> 15), 0x297a2d39) >>> SHIFT;
    previous = hash;
  }
  for (let line = 0; line < scan.numLines && scan.lineFirstWord[line]! < numWords; line++) {
    const shape = lineShape(text, scan, line);
    // Shapes count as four words each: they hold in languages and topics that training has not seen.
    for (let copy = 0; copy < 4; copy++) into[length++] = Math.imul(shape + 77, 0x1b873593) >>> SHIFT;
  }
  return length;
}

/**
 * In which order words stand, whatever they are about: pairs and triples in which a word of over four letters is only its
 * length and ending, and the mark behind it.
 */
export function extractOrderFeatures(text: string, into: Int32Array): number {
  const scan = scanText(text);
  const { wordHash, wordStart, wordEnd } = scan;
  const numWords = Math.min(scan.numWords, QUALITY_MAX_WORDS);
  let length = 0;
  let previous = 1;
  let before = 1;
  for (let word = 0; word < numWords; word++) {
    const end = wordEnd[word]!;
    const size = end - wordStart[word]!;
    const last = text.charCodeAt(end - 1);
    let kind = wordHash[word]! + (last < 64 ? last : 0);
    if (size > 4)
      kind = Math.imul(Math.min(size, 12) * 65536 + last, 0x9e3779b1) + (text.charCodeAt(end - 2) | 32);
    const pair = (Math.imul(previous, 0x9e3779b1) + kind) | 0;
    into[length++] = Math.imul(pair ^ (pair >>> 15), 0x297a2d39) >>> SHIFT;
    const triple = (Math.imul(before, 0x85ebca6b) + Math.imul(pair, 3)) | 0;
    into[length++] = Math.imul(triple ^ (triple >>> 15), 0x5bd1e995) >>> SHIFT;
    before = previous;
    previous = kind | 0;
  }
  return length;
}

/** Length class, first and last sign of a line as one number. */
function lineShape(text: string, scan: TextScan, line: number): number {
  const first = scan.lineFirstWord[line]!;
  const next = line + 1 < scan.numLines ? scan.lineFirstWord[line + 1]! : scan.numWords;
  const words = Math.min(7, Math.floor(Math.log2(next - first + 0.5) + 1));
  const head = text.charCodeAt(scan.lineStart[line]!);
  const tail = text.charCodeAt(scan.lineEnd[line]! - 1);
  const end = ".।!?:;,".indexOf(String.fromCharCode(tail)) + 1;
  const start = head >= 97 && head <= 122 ? 1 : head < 65 ? 2 : 0;
  return words * 64 + end * 4 + start;
}
