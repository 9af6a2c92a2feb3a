import { scanText, type TextScan } from "../filters/text-scan.ts";

/** log2 of the buckets of the features. */
export const QUALITY_BITS = 17;

const SHIFT = 32 - QUALITY_BITS;
/** Words of a document that are looked at. */
export const QUALITY_MAX_WORDS = 2000;

/** Buckets of a text in `into`, and their number: its words, its pairs of words, and the shape of each line. */
export function extractQualityFeatures(text: string, into: Int32Array): number {
  const scan = scanText(text);
  const numWords = Math.min(scan.numWords, QUALITY_MAX_WORDS);
  let length = 0;
  let previous = 0;
  for (let word = 0; word < numWords; word++) {
    const hash = scan.wordHash[word]!;
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
