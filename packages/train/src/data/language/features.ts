/** Letters are lower case, apostrophes count as letters inside words, all else is a gap between words. */
const APOSTROPHE = 39;
const GAP = 32;

/** log2 of the number of buckets that character n-grams and words are hashed into. */
export const BUCKET_BITS = 17;

/** Scripts that decide by themselves or choose among the classes of the model. */
export const SCRIPT = { none: 0, latin: 1, devanagari: 2, thai: 3, foreign: 4 } as const;

/** Features of a text: bucket numbers in `buckets[0..length)`, and its letters by script. */
export interface LanguageFeatures {
  buckets: Uint32Array;
  length: number;
  /** Indexed by SCRIPT. */
  letters: Int32Array;
}

/** Code unit to folded letter (0 for a gap) and to script, built at the first use. */
let foldTable: Uint16Array | null = null;
let scriptTable: Uint8Array | null = null;

function buildTables(): void {
  foldTable = new Uint16Array(65536);
  scriptTable = new Uint8Array(65536);
  const letter = /[\p{L}\p{M}]/u;
  const latin = /\p{Script=Latin}/u;
  for (let code = 65; code < 65536; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const char = String.fromCharCode(code);
    if (!letter.test(char)) continue;
    const lower = char.toLowerCase();
    foldTable[code] = lower.length === 1 ? lower.charCodeAt(0) : code;
    if (code >= 0x300 && code <= 0x36f) continue;
    if (code >= 0x900 && code <= 0x97f) scriptTable[code] = SCRIPT.devanagari;
    else if (code >= 0xe00 && code <= 0xe7f) scriptTable[code] = SCRIPT.thai;
    else scriptTable[code] = latin.test(char) ? SCRIPT.latin : SCRIPT.foreign;
  }
  foldTable[APOSTROPHE] = APOSTROPHE;
  foldTable[0x2019] = APOSTROPHE;
}

/** Room for `maxLength` code units. */
export function createLanguageFeatures(maxLength: number): LanguageFeatures {
  return { buckets: new Uint32Array(5 * maxLength + 16), length: 0, letters: new Int32Array(5) };
}

function isAddress(text: string, at: number, end: number): boolean {
  const code = text.charCodeAt(at) | 32;
  if (code === 0x68) return text.startsWith("http://", at) || text.startsWith("https://", at);
  return code === 0x77 && at + 4 < end && text.startsWith("www.", at);
}

/**
 * Character n-grams of 2, 3, 4 and 5 with word borders, and whole words, of `text[start..end)`. Addresses are left out.
 * Thai and foreign scripts are counted only: they decide without n-grams.
 */
export function extractLanguageFeatures(
  text: string,
  start: number,
  end: number,
  into: LanguageFeatures,
): void {
  if (foldTable === null || scriptTable === null) buildTables();
  const fold = foldTable!;
  const script = scriptTable!;
  const { buckets, letters } = into;
  letters.fill(0);
  let length = 0;
  let previous1 = GAP;
  let previous2 = 0;
  let previous3 = 0;
  let previous4 = 0;
  let word = 0;
  for (let at = start; at <= end; at++) {
    const code = at < end ? text.charCodeAt(at) : GAP;
    let letter = fold[code]!;
    const kind = script[code]!;
    if (kind >= SCRIPT.thai) letter = 0;
    letters[kind]!++;
    if (letter === 0) {
      if (previous1 === GAP) continue;
      letter = GAP;
    } else if (previous1 === GAP) {
      if (letter === APOSTROPHE) continue;
      if ((letter === 0x68 || letter === 0x77) && isAddress(text, at, end)) {
        while (at < end && text.charCodeAt(at) > 32) at++;
        continue;
      }
    }
    // Multipliers are odd constants of MurmurHash3 and xxHash; the upper 17 bits of the product are the bucket.
    let sum = (Math.imul(letter, 0x9e3779b1) + Math.imul(previous1, 0x85ebca6b)) | 0;
    buckets[length++] = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d) >>> 15;
    if (previous2 !== 0) {
      sum = (sum + Math.imul(previous2, 0xc2b2ae35)) | 0;
      buckets[length++] = Math.imul(sum ^ (sum >>> 15), 0x297a2d39) >>> 15;
      if (previous3 !== 0) {
        sum = (sum + Math.imul(previous3, 0x27d4eb2f)) | 0;
        buckets[length++] = Math.imul(sum ^ (sum >>> 15), 0x1b873593) >>> 15;
        if (previous4 !== 0) {
          sum = (sum + Math.imul(previous4, 0x165667b1)) | 0;
          buckets[length++] = Math.imul(sum ^ (sum >>> 15), 0x5bd1e995) >>> 15;
        }
      }
    }
    if (letter === GAP) {
      buckets[length++] = Math.imul(word ^ (word >>> 13), 0x7feb352d) >>> 15;
      word = 0;
      previous4 = 0;
      previous3 = 0;
      previous2 = 0;
      previous1 = GAP;
    } else {
      word = (Math.imul(word, 0x01000193) ^ letter) | 0;
      previous4 = previous3;
      previous3 = previous2;
      previous2 = previous1;
      previous1 = letter;
    }
  }
  into.length = length;
}
