import { FeatureExtractor } from "./features.ts";
import type { LinearFile, LinearHead } from "./linear-file.ts";
import { partsOf, slicesOf } from "./parts.ts";
import { decodedTexts, normalizeText } from "./readings.ts";

/** What a classifier says of a text. */
export interface Judgment {
  /** 0 to 1, of the text or that part of it that is most like a hit. */
  score: number;
  /** Of the kinds of hit, the likeliest in that part. */
  label: string;
}

/** Work in slices: each step takes little time, and the last one has the result. */
export type Sliced<T> = Generator<void, T, void>;

/** Longer texts are judged by their parts alone. */
const longestWhole = 3000;
/** Signs of short lines that are judged in one slice. */
const sliceLength = 8192;

/** Scores texts with a linear model: the whole, and the parts of it, in which a hit stands out more. */
export class TextClassifier {
  readonly threshold: number;
  readonly #partMargin: number;
  readonly #heads: readonly LinearHead[];
  readonly #features: FeatureExtractor;

  constructor({ bits, threshold, partMargin = 3, heads }: LinearFile) {
    if (heads.length === 0) throw new RangeError("A classifier needs at least one class");
    this.threshold = threshold;
    this.#partMargin = partMargin;
    this.#heads = heads;
    this.#features = new FeatureExtractor(bits);
  }

  /** Judges at once; long texts are better judged in slices. */
  judge(text: string): Judgment {
    return finish(this.judgeInSlices(text));
  }

  /** Judges a text; yields between slices of it. */
  *judgeInSlices(text: string): Sliced<Judgment> {
    const [head, ...kinds] = this.#heads;
    let best = { odds: Number.NEGATIVE_INFINITY, normal: "" };
    for (const [at, slice] of slicesOf(text).entries()) {
      if (at > 0) yield;
      for (const reading of [slice, ...decodedTexts(slice)]) {
        const normal = normalizeText(reading);
        const parts = partsOf(normal);
        const consider = (each: string, margin: number): void => {
          const odds = this.#odds(head!, each) - margin;
          if (odds > best.odds) best = { odds, normal: each };
        };
        if (normal.length <= longestWhole || parts.length === 0) consider(normal, 0);
        for (const part of parts) consider(part, this.#partMargin);
      }
    }
    let [label, most] = [head!.label, Number.NEGATIVE_INFINITY];
    for (const kind of kinds) {
      const odds = this.#odds(kind, best.normal);
      if (odds > most) [label, most] = [kind.label, odds];
    }
    return { score: 1 / (1 + Math.exp(-best.odds)), label };
  }

  /** The text without the lines around what is a hit; the place of each run of lines is taken by `mark`. */
  *removeInSlices(text: string, threshold: number, mark: string): Sliced<string> {
    let judged = 0;
    let rest = "";
    let wasHit = false;
    for (const line of text.split(/(?<=\n)/)) {
      judged += line.length;
      if (judged > sliceLength) {
        yield;
        judged = line.length;
      }
      const isHit = (yield* this.judgeInSlices(line)).score >= threshold;
      if (!isHit) rest += line;
      else if (!wasHit) rest += line.endsWith("\n") ? `${mark}\n` : mark;
      wasHit = isHit;
    }
    yield;
    // An attack over several lines shows in none of them alone.
    return (yield* this.judgeInSlices(rest.replaceAll(mark, ""))).score >= threshold ? mark : rest;
  }

  /** Log odds that a text belongs to a class; one without words never does. */
  #odds({ weights, scale, bias }: LinearHead, normal: string): number {
    const buckets = this.#features.extract(normal);
    if (buckets.length === 0) return Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let at = 0; at < buckets.length; at++) sum += weights[buckets[at]!]!;
    return bias + (scale * sum) / Math.sqrt(buckets.length);
  }
}

/** Does all slices at once. */
export function finish<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
