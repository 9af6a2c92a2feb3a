/** What a quantised model loses against its source, on the same positions. */
export interface LogitCost {
  /** Scored tokens: all but the first of each window. */
  tokens: number;
  sourcePerplexity: number;
  perplexity: number;
  /** Share of perplexity lost: 0.01 is one percent; below 0 when the text got likelier. */
  perplexityCost: number;
  /** Kullback-Leibler divergence from the source's distribution, in nats: mean and 99th percentile. */
  klMean: number;
  klP99: number;
  /** Share of positions where both find the same token likeliest. */
  topOneAgreement: number;
}

interface RowStats {
  logSum: number;
  best: number;
}

function rowStats(row: Float32Array): RowStats {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  const top = row[best]!;
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i]! - top);
  return { logSum: top + Math.log(sum), best };
}

/** Sums of a comparison, position by position. */
export class LogitComparison {
  readonly #divergences: number[] = [];
  #numEqual = 0;
  #sourceLoss = 0;
  #loss = 0;

  /** Adds the logits of the position before token `next`, the source's and the other model's. */
  add(source: Float32Array, other: Float32Array, next: number): void {
    const p = rowStats(source);
    const q = rowStats(other);
    const shift = q.logSum - p.logSum;
    let divergence = 0;
    for (let i = 0; i < source.length; i++) {
      divergence += Math.exp(source[i]! - p.logSum) * (source[i]! - other[i]! + shift);
    }
    this.#divergences.push(divergence);
    if (p.best === q.best) this.#numEqual++;
    this.#sourceLoss += p.logSum - source[next]!;
    this.#loss += q.logSum - other[next]!;
  }

  /** Throws RangeError when nothing was added or the logits are no numbers. */
  finish(): LogitCost {
    const tokens = this.#divergences.length;
    if (tokens === 0) throw new RangeError("The text is too short: no token was scored");
    const sorted = Float64Array.from(this.#divergences).sort();
    const sourcePerplexity = Math.exp(this.#sourceLoss / tokens);
    const perplexity = Math.exp(this.#loss / tokens);
    if (!Number.isFinite(sourcePerplexity)) {
      throw new RangeError(
        `Perplexity of the source is ${sourcePerplexity}: its weights or the text are damaged`,
      );
    }
    return {
      tokens,
      sourcePerplexity,
      perplexity,
      perplexityCost: perplexity / sourcePerplexity - 1,
      klMean: sorted.reduce((sum, each) => sum + each, 0) / tokens,
      klP99: sorted[Math.min(tokens - 1, Math.floor(0.99 * tokens))]!,
      topOneAgreement: this.#numEqual / tokens,
    };
  }
}
