import type { Json, Verdict } from "../document.ts";
import { readFilterOptions } from "../filters/filter-options.ts";
import type { GlobalStage } from "../stage.ts";
import { BandIndex } from "./band-index.ts";
import { loadWords, saveArray } from "./memory-file.ts";
import { createPermutations, findShingles, minHash } from "./signature.ts";

/**
 * Near duplicates share `threshold` of their runs of `ngram` words (estimated Jaccard; 0 takes every match of a band).
 * `bands` of `rows` permutations each choose the candidates. A run that meets more than `maxDocuments` stops.
 */
export const MINHASH_DEFAULTS = {
  ngram: 3,
  bands: 32,
  rows: 4,
  threshold: 0.5,
  maxDocuments: 20_000_000,
} as const;

/** Keeps the first of documents that are nearly equal. */
export function createMinhash(written: Readonly<Record<string, Json>>): GlobalStage {
  const options = readFilterOptions("minhash", written, MINHASH_DEFAULTS);
  const { ngram, bands, rows, threshold, maxDocuments } = options;
  const size = bands * rows;
  if (!Number.isInteger(ngram) || ngram < 1)
    throw new SyntaxError(`minhash: ngram takes a whole number of at least 1, not ${ngram}`);
  if (!Number.isInteger(bands) || !Number.isInteger(rows) || size % 4 !== 0 || size < 4 || size > 1024)
    throw new SyntaxError(
      `minhash: bands times rows is a multiple of 4 from 4 to 1024, not ${bands} x ${rows}`,
    );
  if (threshold > 1) throw new SyntaxError(`minhash: threshold takes a number from 0 to 1, not ${threshold}`);
  const permutations = createPermutations(size);
  const minima = new Int32Array(size);
  /** A byte a permutation: 1 in 256 agrees by chance, which the estimate takes off. */
  const signatureWords = size / 4;
  const neededBytes = Math.ceil(size * (threshold * (1 - 1 / 256) + 1 / 256));
  let signatures: Uint32Array = new Uint32Array(0);
  let numKept = 0;
  const index = new BandIndex();

  function remember(digest: Uint32Array): void {
    if (numKept >= maxDocuments) {
      throw new RangeError(
        `More than ${maxDocuments} documents: raise maxDocuments (about ${signatureWords * 4 + 15 * bands} bytes of memory each) or split the run`,
      );
    }
    if ((numKept + 1) * signatureWords > signatures.length) {
      const larger = new Uint32Array(Math.max(1024 * signatureWords, 2 * signatures.length));
      larger.set(signatures);
      signatures = larger;
    }
    signatures.set(digest.subarray(bands), numKept * signatureWords);
    for (let band = 0; band < bands; band++) index.add(digest[band]! | 0, numKept);
    numKept++;
  }

  return {
    kind: "global",
    name: "minhash",
    version: 1,
    options,
    /** The keys of the bands, then a byte of each minimum. */
    digest(document) {
      const set = findShingles(document.text, ngram);
      if (set.length === 0) return new Uint32Array(0);
      minHash(set, permutations, minima);
      const digest = new Uint32Array(bands + signatureWords);
      for (let band = 0, at = 0; band < bands; band++) {
        let key = Math.imul(band + 1, 0x9e3779b1);
        for (let row = 0; row < rows; row++) {
          key = Math.imul(key ^ minima[at++]!, 0x85ebca6b);
          key ^= key >>> 13;
        }
        digest[band] = Math.imul(key, 0xc2b2ae35);
      }
      for (let word = 0; word < signatureWords; word++) {
        const at = 4 * word;
        digest[bands + word] =
          (minima[at]! & 255) |
          ((minima[at + 1]! & 255) << 8) |
          ((minima[at + 2]! & 255) << 16) |
          (minima[at + 3]! << 24);
      }
      return digest;
    },
    decide(document, digest): Verdict {
      if (digest.length === 0) return { keep: true, document };
      let agreeing = 0;
      let lastTested = -1;
      const isNear = (other: number): boolean => {
        if (threshold === 0) return true;
        if (other === lastTested) return false;
        lastTested = other;
        agreeing = countEqualBytes(digest, bands, signatures, other * signatureWords, signatureWords);
        return agreeing >= neededBytes;
      };
      for (let band = 0; band < bands; band++) {
        if (index.find(digest[band]! | 0, isNear) < 0) continue;
        const estimate = Math.max(0, (agreeing / size - 1 / 256) / (1 - 1 / 256));
        return {
          keep: false,
          reason: "near duplicate",
          ...(threshold === 0
            ? {}
            : { detail: `about ${estimate.toFixed(2)} shared with a document before` }),
        };
      }
      remember(digest);
      return { keep: true, document };
    },
    async save(folder) {
      await saveArray(folder, "signatures.bin", signatures.subarray(0, numKept * signatureWords));
      await saveArray(folder, "keys.bin", index.keys);
      await saveArray(folder, "documents.bin", index.documents);
    },
    async load(folder) {
      signatures = await loadWords(folder, "signatures.bin");
      numKept = signatures.length / signatureWords;
      if (!Number.isInteger(numKept))
        throw new SyntaxError(
          `${folder} holds ${signatures.length} words, a multiple of ${signatureWords} is expected`,
        );
      index.restore(await loadWords(folder, "keys.bin"), await loadWords(folder, "documents.bin"));
    },
  };
}

/** Bytes in which two signatures agree. */
function countEqualBytes(
  a: Uint32Array,
  aStart: number,
  b: Uint32Array,
  bStart: number,
  words: number,
): number {
  let equal = 0;
  for (let word = 0; word < words; word++) {
    const differs = a[aStart + word]! ^ b[bStart + word]!;
    if ((differs & 0xff) === 0) equal++;
    if ((differs & 0xff00) === 0) equal++;
    if ((differs & 0xff0000) === 0) equal++;
    if ((differs & 0xff000000) === 0) equal++;
  }
  return equal;
}
