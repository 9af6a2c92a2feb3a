/** Scripts that are written without spaces between words: each character counts as a word. */
const unspaced = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}";
const word = new RegExp(`[${unspaced}]\\p{M}*|(?:(?![${unspaced}])[\\p{L}\\p{M}\\p{N}])+`, "gu");

/** Words of a text as they are compared: lower case, compatibility forms made equal, without punctuation. */
export function normalWords(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().match(word) ?? [];
}

/**
 * A hash below 2^53 for each run of `n` words, in order: number i is of the words i to i + n - 1. Empty where the text has
 * fewer than `n` words. Equal on every machine.
 */
export function ngramHashes(text: string, n: number): Float64Array {
  return hashesOfWords(normalWords(text), n);
}

/** The same of words that are there already. */
export function hashesOfWords(words: readonly string[], n: number): Float64Array {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`An n-gram has one word at least, not ${n}`);
  const count = Math.max(0, words.length - n + 1);
  const hashes = new Float64Array(count);
  if (count === 0) return hashes;
  const ids = Uint32Array.from(words, hashWord);
  for (let at = 0; at < count; at++) {
    let low = 0x811c9dc5;
    let high = 0x2545f491;
    for (let next = at; next < at + n; next++) {
      const id = ids[next]!;
      low = Math.imul(low ^ id, 0x85ebca6b);
      low ^= low >>> 13;
      high = Math.imul(high ^ id, 0xc2b2ae35);
      high ^= high >>> 16;
    }
    hashes[at] = (high >>> 11) * 2 ** 32 + (low >>> 0);
  }
  return hashes;
}

/** FNV-1a over UTF-16 units, then mixed so that near words are far apart. */
function hashWord(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x7feb352d);
  return (hash ^ (hash >>> 15)) >>> 0;
}
