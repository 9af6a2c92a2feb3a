import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

import type { Json } from "../document.ts";
import type { MapStage } from "../stage.ts";
import { above, filterStage, isCode, type Reason, readFilterOptions } from "./filter-options.ts";
import { scanText, type TextScan } from "./text-scan.ts";

/** log2 of the buckets that words are hashed into. */
export const WORD_BUCKET_BITS = 12;
/** Languages with a reference, in the order of the file; Thai is missing for want of text. */
export const REFERENCE_LANGUAGES = ["en", "de", "fr", "it", "pt", "es", "hi"] as const;
/** Steps of a stored -log2 probability. */
export const REFERENCE_STEPS = 12;

const BUCKETS = 1 << WORD_BUCKET_BITS;

/** `maxBits` over the reference of the document's language; texts under `minWords` words are too short to tell. */
export const WORD_DISTRIBUTION_DEFAULTS = { maxBits: 7, minWords: 50 } as const;

/** The bucket of a word's hash. */
export function wordBucket(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - WORD_BUCKET_BITS);
}

let reference: Uint8Array | null = null;

function loadReference(): Uint8Array {
  if (reference !== null) return reference;
  const bytes = new Uint8Array(
    inflateSync(readFileSync(new URL("../../../models/words.bin", import.meta.url))),
  );
  const expected = BUCKETS * REFERENCE_LANGUAGES.length;
  if (bytes.length !== expected)
    throw new SyntaxError(`models/words.bin holds ${bytes.length} bytes, ${expected} are expected`);
  reference = bytes;
  return bytes;
}

const counts = new Int32Array(BUCKETS);
let touched = new Int32Array(1024);

/**
 * Kullback-Leibler divergence in bits of the words of a text from the reference of a language, or the smallest over
 * all references. The excess that few words cause by chance, (kinds - 1) / (2 n ln 2), is taken off.
 */
export function measureDivergence(scan: TextScan, language: string | null): number {
  const table = loadReference();
  const { numWords, wordHash } = scan;
  let kinds = 0;
  let words = 0;
  for (let word = 0; word < numWords; word++) {
    const hash = wordHash[word]!;
    if (hash === 0) continue;
    const bucket = wordBucket(hash);
    words++;
    if (counts[bucket]!++ > 0) continue;
    if (kinds === touched.length) {
      const larger = new Int32Array(2 * kinds);
      larger.set(touched);
      touched = larger;
    }
    touched[kinds++] = bucket;
  }
  const wanted = REFERENCE_LANGUAGES.indexOf(language as (typeof REFERENCE_LANGUAGES)[number]);
  const sums = new Float64Array(REFERENCE_LANGUAGES.length);
  let own = 0;
  for (let at = 0; at < kinds; at++) {
    const bucket = touched[at]!;
    const count = counts[bucket]!;
    counts[bucket] = 0;
    own += count * Math.log2(count / words);
    if (wanted >= 0) sums[wanted]! += count * table[wanted * BUCKETS + bucket]!;
    else for (let row = 0; row < sums.length; row++) sums[row]! += count * table[row * BUCKETS + bucket]!;
  }
  if (words === 0) return 0;
  const cross = wanted >= 0 ? sums[wanted]! : Math.min(...sums);
  return (own + cross / REFERENCE_STEPS) / words - (kinds - 1) / (2 * words * Math.LN2);
}

/** Drops texts whose words are distributed far from running text: word lists, logs, tables, stuffed keywords. */
export function createWordDistribution(written: Readonly<Record<string, Json>>): MapStage {
  const options = readFilterOptions("word-distribution", written, WORD_DISTRIBUTION_DEFAULTS);
  loadReference();
  return filterStage("word-distribution", options, (document): Reason => {
    if (isCode(document)) return null;
    const found = document.meta["language"];
    const language = typeof found === "string" ? found : null;
    if (language === "th" || language === "other") return null;
    const scan = scanText(document.text);
    if (scan.numWords < options.minWords || 2 * scan.thaiLetters > scan.letters) return null;
    const bits = measureDivergence(scan, language);
    return bits > options.maxBits
      ? { reason: "words of no running text", detail: above(bits, options.maxBits) }
      : null;
  });
}
