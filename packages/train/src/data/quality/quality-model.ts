import { readFileSync } from "node:fs";
import { deflateSync, inflateSync } from "node:zlib";

import { extractQualityFeatures, QUALITY_BITS, QUALITY_MAX_WORDS } from "./quality-features.ts";

const MAGIC = 0x51444c4c;
const HEADER_BYTES = 12;

/** A linear classifier of texts: bytes of weight, their step, and a bias. */
export interface QualityWeights {
  scale: number;
  bias: number;
  weights: Int8Array;
}

/** Scores texts from 0 (like the bad ones of training) to 1 (like the good ones). */
export class QualityModel {
  readonly #model: QualityWeights;
  readonly #buckets = new Int32Array(6 * QUALITY_MAX_WORDS);

  constructor(model: QualityWeights) {
    this.#model = model;
  }

  score(text: string): number {
    const { weights, scale, bias } = this.#model;
    const length = extractQualityFeatures(text, this.#buckets);
    if (length === 0) return 0;
    let sum = 0;
    for (let at = 0; at < length; at++) sum += weights[this.#buckets[at]!]!;
    return 1 / (1 + Math.exp(-(bias + (scale * sum) / length)));
  }
}

/** File: magic "LLDQ", scale and bias as f32, then 131,072 bytes of weight, all deflated. */
export function serializeQualityModel(model: QualityWeights): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + model.weights.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setFloat32(4, model.scale, true);
  view.setFloat32(8, model.bias, true);
  bytes.set(
    new Uint8Array(model.weights.buffer, model.weights.byteOffset, model.weights.length),
    HEADER_BYTES,
  );
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
  const expected = HEADER_BYTES + (1 << QUALITY_BITS);
  if (bytes.length !== expected || view.getUint32(0, true) !== MAGIC) {
    throw new SyntaxError(
      `${name} is no quality model: ${bytes.length} bytes, ${expected} with the magic LLDQ are expected`,
    );
  }
  return {
    scale: view.getFloat32(4, true),
    bias: view.getFloat32(8, true),
    weights: new Int8Array(bytes.buffer, bytes.byteOffset + HEADER_BYTES, 1 << QUALITY_BITS),
  };
}

/** The model in a file, or the one that comes with the package. */
export function loadQualityModel(path?: string): QualityModel {
  const from = path ?? new URL("../../../models/quality.bin", import.meta.url);
  return new QualityModel(parseQualityModel(readFileSync(from), path ?? "models/quality.bin"));
}
