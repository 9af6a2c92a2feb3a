import { CHAR, charTables } from "../filters/char-classes.ts";
import { scanText } from "../filters/text-scan.ts";

/** Thai has no spaces: runs of this many letters stand for words in a row. */
const THAI_LETTERS = 8;

let shingles = new Int32Array(1 << 12);

function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  const again = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return again ^ (again >>> 16);
}

/** Hashes of all runs of n units out of `units[0..count)` into `shingles`; a shorter text is one run. Returns how many. */
function fill(units: Int32Array, count: number, n: number): number {
  const base = 0x01000193;
  let power = 1;
  for (let step = 0; step < n; step++) power = Math.imul(power, base);
  let hash = 0;
  let found = 0;
  for (let at = 0; at < count; at++) {
    hash = (Math.imul(hash, base) + units[at]!) | 0;
    if (at >= n) hash = (hash - Math.imul(units[at - n]!, power)) | 0;
    if (at >= n - 1) shingles[found++] = finish(hash);
  }
  if (count > 0 && count < n) shingles[found++] = finish(hash);
  return found;
}

let units = new Int32Array(1 << 12);

function makeRoom(size: number): void {
  if (units.length >= size) return;
  const larger = 2 ** Math.ceil(Math.log2(size));
  units = new Int32Array(larger);
  shingles = new Int32Array(larger);
}

/**
 * The runs of `n` words of a text as hashes, valid until the next call: letters and digits count, case, punctuation and
 * space do not. Texts mostly in Thai give runs of letters.
 */
export function findShingles(text: string, n: number): Int32Array {
  const scan = scanText(text);
  let count = 0;
  if (2 * scan.thaiLetters > scan.letters) {
    const { classes, fold } = charTables();
    makeRoom(text.length);
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (classes[code]! >= CHAR.digit) units[count++] = mix(fold[code]!);
    }
    return shingles.subarray(0, fill(units, count, THAI_LETTERS));
  }
  const { numWords, wordHash } = scan;
  makeRoom(numWords);
  for (let word = 0; word < numWords; word++) if (wordHash[word] !== 0) units[count++] = mix(wordHash[word]!);
  return shingles.subarray(0, fill(units, count, n));
}

/** Odd factors and additions of the permutations x -> a x + b of 32-bit numbers; the same on every machine. */
export function createPermutations(count: number): { factors: Int32Array; terms: Int32Array } {
  const factors = new Int32Array(count);
  const terms = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    factors[at] = finish(Math.imul(2 * at + 1, 0x9e3779b1)) | 1;
    terms[at] = finish(Math.imul(2 * at + 2, 0x9e3779b1));
  }
  return { factors, terms };
}

/** The least value of each permutation over the shingles. */
export function minHash(
  set: Int32Array,
  { factors, terms }: { factors: Int32Array; terms: Int32Array },
  into: Int32Array,
): void {
  const { length } = set;
  // Four at a time, so that their minima stay in registers.
  for (let at = 0; at < into.length; at += 4) {
    const [a0, a1, a2, a3] = [factors[at]!, factors[at + 1]!, factors[at + 2]!, factors[at + 3]!];
    const [b0, b1, b2, b3] = [terms[at]!, terms[at + 1]!, terms[at + 2]!, terms[at + 3]!];
    let m0 = 0x7fffffff;
    let m1 = 0x7fffffff;
    let m2 = 0x7fffffff;
    let m3 = 0x7fffffff;
    for (let each = 0; each < length; each++) {
      const x = set[each]!;
      const h0 = (Math.imul(x, a0) + b0) | 0;
      const h1 = (Math.imul(x, a1) + b1) | 0;
      const h2 = (Math.imul(x, a2) + b2) | 0;
      const h3 = (Math.imul(x, a3) + b3) | 0;
      if (h0 < m0) m0 = h0;
      if (h1 < m1) m1 = h1;
      if (h2 < m2) m2 = h2;
      if (h3 < m3) m3 = h3;
    }
    into[at] = m0;
    into[at + 1] = m1;
    into[at + 2] = m2;
    into[at + 3] = m3;
  }
}
