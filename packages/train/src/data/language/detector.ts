import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

import { LANGUAGE_CLASSES, type Language } from "./classes.ts";
import { BUCKET_BITS, createLanguageFeatures, extractLanguageFeatures, SCRIPT } from "./features.ts";

const NUM_CLASSES = 16;
const BUCKETS = 1 << BUCKET_BITS;
const HEADER_BYTES = 8 + 4 * NUM_CLASSES;
/** Longer texts are judged by their first part; documents take several windows. */
const MAX_LENGTH = 1000;
/** Thai and Devanagari spell with fewer signs than Latin letters and share lines with English words. */
const MIN_SCRIPT_SHARE = 0.35;

/** What a text is written in; `confidence` is 0 to 1, calibrated on sentences that training has not seen. */
export interface DetectedLanguage {
  language: Language;
  confidence: number;
}

/** A linear classifier over hashed n-grams: weights are bytes around 128, [bucket][class]. */
export interface LanguageModel {
  scale: number;
  bias: Float32Array;
  weights: Uint8Array;
}

/** Reads a model file: magic "LLID", scale as f32, 16 biases as f32, then 131,072 rows of 16 bytes, all deflated. */
export function parseLanguageModel(file: Uint8Array): LanguageModel {
  const bytes = new Uint8Array(inflateSync(file));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expected = HEADER_BYTES + BUCKETS * NUM_CLASSES;
  if (bytes.length !== expected || view.getUint32(0, true) !== 0x44494c4c) {
    throw new SyntaxError(
      `Not a language model: ${bytes.length} bytes, ${expected} with the magic LLID are expected`,
    );
  }
  const bias = new Float32Array(NUM_CLASSES);
  for (let row = 0; row < NUM_CLASSES; row++) bias[row] = view.getFloat32(8 + 4 * row, true);
  return { scale: view.getFloat32(4, true), bias, weights: bytes.slice(HEADER_BYTES) };
}

/** Detects languages of sentences and of windows of documents. Keeps buffers: one per thread. */
export class LanguageDetector {
  readonly #words: Int32Array;
  readonly #scale: number;
  readonly #bias: Float32Array;
  readonly #features = createLanguageFeatures(MAX_LENGTH);
  readonly #sums = new Int32Array(NUM_CLASSES);
  readonly #scores = new Float64Array(NUM_CLASSES);

  constructor(model: LanguageModel) {
    const { buffer, byteOffset, byteLength } = model.weights;
    this.#words = new Int32Array(buffer, byteOffset, byteLength / 4);
    this.#scale = model.scale;
    this.#bias = model.bias;
  }

  /** The language of `text[start..end)`, at most its first 1,000 code units. */
  detect(text: string, start = 0, end: number = text.length): DetectedLanguage {
    const features = this.#features;
    extractLanguageFeatures(text, start, Math.min(end, start + MAX_LENGTH), features);
    const { letters } = features;
    const latin = letters[SCRIPT.latin]!;
    const devanagari = letters[SCRIPT.devanagari]!;
    const thai = letters[SCRIPT.thai]!;
    const foreign = letters[SCRIPT.foreign]!;
    const total = latin + devanagari + thai + foreign;
    if (total === 0) return { language: "none", confidence: 1 };
    if (thai >= MIN_SCRIPT_SHARE * total && thai >= foreign)
      return { language: "th", confidence: 0.5 + (0.5 * thai) / total };
    const isDevanagari = devanagari >= MIN_SCRIPT_SHARE * total && devanagari >= foreign;
    if (!isDevanagari && foreign > latin) return { language: "other", confidence: foreign / total };
    this.#sum(features.length);
    return this.#choose(isDevanagari ? "devanagari" : "latin", features.length);
  }

  /** Adds four classes a word: even and odd bytes go to 16-bit lanes, emptied before 257 rows can overflow one. */
  #sum(length: number): void {
    const words = this.#words;
    const sums = this.#sums;
    const { buckets } = this.#features;
    sums.fill(0);
    for (let from = 0; from < length; from += 256) {
      const to = Math.min(length, from + 256);
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      let e = 0;
      let f = 0;
      let g = 0;
      let h = 0;
      for (let at = from; at < to; at++) {
        const row = buckets[at]! << 2;
        const word0 = words[row]!;
        const word1 = words[row + 1]!;
        const word2 = words[row + 2]!;
        const word3 = words[row + 3]!;
        a = (a + (word0 & 0xff00ff)) | 0;
        b = (b + ((word0 >>> 8) & 0xff00ff)) | 0;
        c = (c + (word1 & 0xff00ff)) | 0;
        d = (d + ((word1 >>> 8) & 0xff00ff)) | 0;
        e = (e + (word2 & 0xff00ff)) | 0;
        f = (f + ((word2 >>> 8) & 0xff00ff)) | 0;
        g = (g + (word3 & 0xff00ff)) | 0;
        h = (h + ((word3 >>> 8) & 0xff00ff)) | 0;
      }
      const lanes = [a, b, c, d, e, f, g, h];
      for (let lane = 0; lane < 8; lane++) {
        const first = 4 * (lane >> 1) + (lane & 1);
        sums[first]! += lanes[lane]! & 0xffff;
        sums[first + 2]! += lanes[lane]! >>> 16;
      }
    }
  }

  #choose(script: "latin" | "devanagari", length: number): DetectedLanguage {
    const scores = this.#scores;
    const scale = this.#scale / Math.sqrt(Math.max(length, 1));
    let best = -1;
    let bestOther = -1;
    for (let row = 0; row < NUM_CLASSES; row++) {
      const entry = LANGUAGE_CLASSES[row]!;
      if (entry.script !== script) continue;
      scores[row] = this.#bias[row]! + scale * (this.#sums[row]! - 128 * length);
      if (entry.language === "other") {
        if (bestOther < 0 || scores[row]! > scores[bestOther]!) bestOther = row;
      } else if (best < 0 || scores[row]! > scores[best]!) best = row;
    }
    const top = Math.max(scores[best]!, scores[bestOther]!);
    let total = 0;
    let other = 0;
    for (let row = 0; row < NUM_CLASSES; row++) {
      const entry = LANGUAGE_CLASSES[row]!;
      if (entry.script !== script) continue;
      const weight = Math.exp(scores[row]! - top);
      total += weight;
      if (entry.language === "other") other += weight;
    }
    const named = Math.exp(scores[best]! - top);
    return other > named
      ? { language: "other", confidence: other / total }
      : { language: LANGUAGE_CLASSES[best]!.language, confidence: named / total };
  }
}

let shipped: LanguageModel | null = null;

/** A detector with the model that comes with the package. */
export function createLanguageDetector(): LanguageDetector {
  // The same relative path from src/data/language and dist/data/language.
  shipped ??= parseLanguageModel(readFileSync(new URL("../../../models/language.bin", import.meta.url)));
  return new LanguageDetector(shipped);
}
