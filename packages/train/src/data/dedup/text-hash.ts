import type { Document } from "../document.ts";
import { isCode } from "../filters/filter-options.ts";
import { scanText } from "../filters/text-scan.ts";

/** Two 32-bit hashes of a sequence of numbers that are taken in one by one. */
export function mixPair(pair: Int32Array, value: number): void {
  let low = Math.imul(pair[0]! ^ value, 0x85ebca6b);
  low ^= low >>> 13;
  let high = Math.imul(pair[1]! + value, 0xc2b2ae35);
  high ^= high >>> 16;
  pair[0] = Math.imul(low, 0x2c1b3c6d) + 0x27d4eb2f;
  pair[1] = Math.imul(high, 0x297a2d39) ^ low;
}

/**
 * 64 bits of a text. Prose is compared by its letters and digits, without case, punctuation and space, and program
 * text by all but the space at line ends; null where nothing is left to compare.
 */
export function hashDocument(document: Document, isExact: boolean): Uint32Array | null {
  const pair = new Int32Array([0x811c9dc5, 0x2545f491]);
  const { text } = document;
  let count = 0;
  if (isExact || isCode(document)) {
    const whole = isExact ? text : text.replace(/[ \t\r]+$/gm, "").trim();
    for (let at = 0; at < whole.length; at++) mixPair(pair, whole.charCodeAt(at));
    count = whole.length;
  } else {
    const scan = scanText(text);
    for (let word = 0; word < scan.numWords; word++) {
      const hash = scan.wordHash[word]!;
      if (hash === 0) continue;
      mixPair(pair, hash);
      count++;
    }
  }
  if (count === 0) return null;
  mixPair(pair, count);
  return new Uint32Array([pair[0]!, pair[1]!]);
}
