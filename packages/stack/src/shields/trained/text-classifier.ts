import { FeatureExtractor } from "./features.ts";
import type { LinearFile, LinearHead } from "./linear-file.ts";
import { windowsOf } from "./readings.ts";

/** What a classifier says of a text. */
export interface Judgment {
  /** 0 to 1, of the window that is most like a hit. */
  score: number;
  /** Of the kinds of hit, the likeliest in that window. */
  label: string;
}

/** Scores texts with a linear model. */
export class TextClassifier {
  readonly threshold: number;
  readonly #heads: readonly LinearHead[];
  readonly #features: FeatureExtractor;

  constructor({ bits, threshold, heads }: LinearFile) {
    if (heads.length === 0) throw new RangeError("A classifier needs at least one class");
    this.threshold = threshold;
    this.#heads = heads;
    this.#features = new FeatureExtractor(bits);
  }

  judge(text: string): Judgment {
    const [head, ...kinds] = this.#heads;
    let best: Judgment = { score: 0, label: head!.label };
    for (const window of windowsOf(text)) {
      const buckets = this.#features.extract(window);
      if (buckets.length === 0) continue;
      const score = probability(head!, buckets);
      if (score <= best.score) continue;
      let [label, most] = [head!.label, Number.NEGATIVE_INFINITY];
      for (const kind of kinds) {
        const own = probability(kind, buckets);
        if (own > most) [label, most] = [kind.label, own];
      }
      best = { score, label };
    }
    return best;
  }

  /** The text without the lines around what is a hit; the place of each run of lines is taken by `mark`. */
  without(text: string, threshold: number, mark: string): string {
    const lines = text.split(/(?<=\n)/);
    const isHit = lines.map((line) => this.judge(line).score >= threshold);
    const kept = lines.flatMap((line, at) => {
      if (!isHit[at]) return [line];
      return isHit[at - 1] ? [] : [line.endsWith("\n") ? `${mark}\n` : mark];
    });
    const rest = kept.join("");
    // An attack over several lines shows in none of them alone.
    return this.judge(rest.replaceAll(mark, "")).score >= threshold ? mark : rest;
  }
}

function probability({ weights, scale, bias }: LinearHead, buckets: Int32Array): number {
  let sum = 0;
  for (let at = 0; at < buckets.length; at++) sum += weights[buckets[at]!]!;
  return 1 / (1 + Math.exp(-(bias + (scale * sum) / Math.sqrt(buckets.length))));
}
