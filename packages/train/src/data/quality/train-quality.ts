import { writeFileSync } from "node:fs";

import { formatOfName, readFile } from "../readers/read-file.ts";
import {
  extractContentFeatures,
  extractOrderFeatures,
  QUALITY_BITS,
  QUALITY_MAX_FEATURES,
} from "./quality-features.ts";
import { type LinearWeights, type QualityWeights, serializeQualityModel } from "./quality-model.ts";

/** Defaults of the training; the seed decides order only. */
export const QUALITY_TRAINING_DEFAULTS = { epochs: 5, rate: 0.5, seed: 1 } as const;

/**
 * Added to the bias of the order part: texts of new sources score lower than those of training, by more than shuffled ones
 * score higher (measured by leaving sources out).
 */
const ORDER_ALLOWANCE = 0.3;

/** What training saw and how well it fits its own data. */
export interface QualityTraining {
  good: number;
  bad: number;
  /** Of the part that tells good from bad texts, and of the part that tells good ones from their words shuffled. */
  content: { loss: number; accuracy: number };
  order: { loss: number; accuracy: number };
}

type Extract = (text: string, into: Int32Array) => number;

interface Samples {
  buckets: Int32Array[];
  labels: number[];
}

/** Trains on texts in memory. */
export function trainQualityModel(
  good: readonly string[],
  bad: readonly string[],
  written: { epochs?: number; rate?: number; seed?: number } = {},
): { model: QualityWeights; training: QualityTraining } {
  const options = { ...QUALITY_TRAINING_DEFAULTS, ...written };
  if (good.length === 0 || bad.length === 0) {
    throw new RangeError(
      `Quality needs texts of both kinds, not ${good.length} good and ${bad.length} bad ones: name files with both`,
    );
  }
  const content = fit(collect(extractContentFeatures, good, bad), options);
  const shuffled = good.map((text, at) => shuffleWords(text, options.seed + at));
  const order = fit(collect(extractOrderFeatures, good, shuffled), options);
  return {
    model: {
      content: content.weights,
      order: { ...order.weights, bias: order.weights.bias + ORDER_ALLOWANCE },
    },
    training: { good: good.length, bad: bad.length, content: content.fit, order: order.fit },
  };
}

/** Trains on files (JSONL with a `text`, or plain text, packed or not) and writes a model that the stage `quality` reads. */
export async function trainQuality(
  goodFiles: readonly string[],
  badFiles: readonly string[],
  out: string,
  options: { epochs?: number; rate?: number; seed?: number } = {},
): Promise<QualityTraining> {
  const good: string[] = [];
  const bad: string[] = [];
  for (const path of goodFiles) for (const text of await readTexts(path)) good.push(text);
  for (const path of badFiles) for (const text of await readTexts(path)) bad.push(text);
  const { model, training } = trainQualityModel(good, bad, options);
  writeFileSync(out, serializeQualityModel(model));
  return training;
}

/** The words of a text in a random order, with its white space where it was. */
export function shuffleWords(text: string, seed: number): string {
  const parts = text.split(/(\s+)/);
  let state = seed | 0;
  for (let at = 2 * Math.floor((parts.length - 1) / 2); at > 0; at -= 2) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const other = 2 * ((state >>> 8) % (at / 2 + 1));
    [parts[at], parts[other]] = [parts[other]!, parts[at]!];
  }
  return parts.join("");
}

async function readTexts(path: string): Promise<string[]> {
  const format = formatOfName(path);
  if (format !== "jsonl" && format !== "text") {
    throw new RangeError(`${path}: texts to train on come as .jsonl or .txt, packed or not`);
  }
  const texts: string[] = [];
  const limits = { lineBytes: 1 << 28, documentBytes: 1 << 28 };
  const decoder = new TextDecoder();
  for await (const reading of readFile({ source: 0, sourceName: path, file: path, path, limits }, format)) {
    if (reading.error !== undefined)
      throw new SyntaxError(`${path} ${reading.error.position}: ${reading.error.message}`);
    const body = decoder.decode(reading.record.body);
    if (format === "text") {
      texts.push(body);
      continue;
    }
    const { text } = JSON.parse(body) as { text?: unknown };
    if (typeof text !== "string") throw new SyntaxError(`${path} ${reading.record.position}: has no text`);
    texts.push(text);
  }
  return texts;
}

function collect(extract: Extract, good: readonly string[], bad: readonly string[]): Samples {
  const samples: Samples = { buckets: [], labels: [] };
  const buffer = new Int32Array(QUALITY_MAX_FEATURES);
  for (const [label, texts] of [bad, good].entries()) {
    for (const text of texts) {
      const length = extract(text, buffer);
      if (length === 0) continue;
      samples.buckets.push(buffer.slice(0, length));
      samples.labels.push(label);
    }
  }
  return samples;
}

function fit(
  samples: Samples,
  options: { epochs: number; rate: number; seed: number },
): { weights: LinearWeights; fit: { loss: number; accuracy: number } } {
  const { buckets, labels } = samples;
  const good = labels.reduce((sum, label) => sum + label, 0);
  const bad = labels.length - good;
  const weights = new Float32Array(1 << QUALITY_BITS);
  const squares = new Float32Array(weights.length).fill(1e-6);
  const order = Int32Array.from(labels.keys());
  // Rare kinds weigh as much as frequent ones.
  const weightOf = [labels.length / (2 * bad), labels.length / (2 * good)];
  let bias = 0;
  let state = options.seed | 0;
  let loss = 0;
  let right = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    for (let at = order.length - 1; at > 0; at--) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      const other = (state >>> 0) % (at + 1);
      const held = order[at]!;
      order[at] = order[other]!;
      order[other] = held;
    }
    const rate = options.rate * (1 - epoch / options.epochs);
    loss = 0;
    right = 0;
    for (const sample of order) {
      const list = buckets[sample]!;
      const label = labels[sample]!;
      let sum = 0;
      for (let at = 0; at < list.length; at++) sum += weights[list[at]!]!;
      const logit = bias + sum / list.length;
      const probability = 1 / (1 + Math.exp(-logit));
      loss -= Math.log(Math.max(1e-9, label === 1 ? probability : 1 - probability));
      if (probability >= 0.5 === (label === 1)) right++;
      const error = (probability - label) * weightOf[label]!;
      bias -= 0.01 * rate * error;
      const step = error / list.length;
      for (let at = 0; at < list.length; at++) {
        const bucket = list[at]!;
        const gradient = step + 1e-7 * weights[bucket]!;
        const square = squares[bucket]! + gradient * gradient;
        squares[bucket] = square;
        weights[bucket]! -= (rate * gradient) / Math.sqrt(square);
      }
    }
  }
  let limit = 1e-9;
  for (const weight of weights) limit = Math.max(limit, Math.abs(weight));
  const packed = Int8Array.from(weights, (weight) => Math.round((weight / limit) * 127));
  return {
    weights: { scale: limit / 127, bias, weights: packed },
    fit: { loss: loss / labels.length, accuracy: right / labels.length },
  };
}
