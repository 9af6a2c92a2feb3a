import { readFileSync } from "node:fs";
import { deflateSync, inflateSync } from "node:zlib";

import {
  extractContentFeatures,
  extractOrderFeatures,
  QUALITY_BITS,
  QUALITY_MAX_FEATURES,
} from "./quality-features.ts";

const MAGIC = 0x51444c4c;

/** A linear classifier of texts: bytes of weight, their step, and a bias. */
export interface LinearWeights {
  scale: number;
  bias: number;
  weights: Int8Array;
}

/** Two classifiers: words and lines of good against bad texts, and good texts against themselves in a random order. */
export interface QualityWeights {
  content: LinearWeights;
  order: LinearWeights;
}

const WEIGHTS = 1 << QUALITY_BITS;
const PART_BYTES = 8 + WEIGHTS;

/** Scores texts from 0 (like the bad ones of training) to 1 (like the good ones). */
export class QualityModel {
  readonly #model: QualityWeights;
  readonly #buckets = new Int32Array(QUALITY_MAX_FEATURES);

  constructor(model: QualityWeights) {
    this.#model = model;
  }

  /** The lower of both parts: bad words do not make up for good order, nor the other way round. */
  score(text: string): number {
    const { content, order } = this.scoreParts(text);
    return Math.min(content, order);
  }

  scoreParts(text: string): { content: number; order: number } {
    const content = this.#apply(this.#model.content, extractContentFeatures(text, this.#buckets));
    const order = this.#apply(this.#model.order, extractOrderFeatures(text, this.#buckets));
    return { content, order };
  }

  #apply({ weights, scale, bias }: LinearWeights, length: number): number {
    const buckets = this.#buckets;
    if (length === 0) return 0;
    let sum = 0;
    for (let at = 0; at < length; at++) sum += weights[buckets[at]!]!;
    return 1 / (1 + Math.exp(-(bias + (scale * sum) / length)));
  }
}

/** File: magic "LLDQ", then for each part scale and bias as f32 and 131,072 bytes of weight, all deflated. */
export function serializeQualityModel(model: QualityWeights): Uint8Array {
  const bytes = new Uint8Array(4 + 2 * PART_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  for (const [at, part] of [model.content, model.order].entries()) {
    const start = 4 + at * PART_BYTES;
    view.setFloat32(start, part.scale, true);
    view.setFloat32(start + 4, part.bias, true);
    bytes.set(new Uint8Array(part.weights.buffer, part.weights.byteOffset, WEIGHTS), start + 8);
  }
  return deflateSync(bytes, { level: 9 });
}

/** Reads a file of serializeQualityModel. */
export function parseQualityModel(file: Uint8Array, name = "The quality model"): QualityWeights {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(inflateSync(file));
  } catch (cause) {
    throw new SyntaxError(`${name} is not a deflated file: train it with trainQuality`, { cause });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expected = 4 + 2 * PART_BYTES;
  if (bytes.length !== expected || view.getUint32(0, true) !== MAGIC) {
    throw new SyntaxError(
      `${name} is no quality model: ${bytes.length} bytes, ${expected} with the magic LLDQ are expected`,
    );
  }
  const part = (start: number): LinearWeights => ({
    scale: view.getFloat32(start, true),
    bias: view.getFloat32(start + 4, true),
    weights: new Int8Array(bytes.buffer, bytes.byteOffset + start + 8, WEIGHTS),
  });
  return { content: part(4), order: part(4 + PART_BYTES) };
}

/** The model in a file, or the one that comes with the package. */
export function loadQualityModel(path?: string): QualityModel {
  const from = path ?? new URL("../../../models/quality.bin", import.meta.url);
  return new QualityModel(parseQualityModel(readFileSync(from), path ?? "models/quality.bin"));
}
