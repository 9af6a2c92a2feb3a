import { uniform } from "@llamero/kernels";

/** How a teacher's distribution becomes a few targets for each row. */
export interface TargetOptions {
  /** Most likely tokens that are kept with their own probabilities. */
  topK: number;
  /** Draws from all other tokens; together they have the mass that the kept ones leave. */
  tailDraws: number;
  /** Logits are divided by it first. */
  temperature: number;
  seed: number;
}

/** Soft targets of the rows of one example that have a loss, in order. S is topK + tailDraws. */
export interface SoftRows {
  /** [rows, S]. */
  ids: Int32Array;
  /** [rows, S], each row adds up to 1. */
  probs: Float32Array;
  /** [rows]: entropy of the teacher's whole distribution in nats, so that cross-entropy minus it is the divergence. */
  entropy: Float32Array;
}

/** Targets of each row. */
export const targetsPerRow = ({ topK, tailDraws }: TargetOptions): number => topK + tailDraws;

/** Memory for the targets of `rows` rows. */
export function emptyRows(rows: number, options: TargetOptions): SoftRows {
  const perRow = targetsPerRow(options);
  return {
    ids: new Int32Array(rows * perRow),
    probs: new Float32Array(rows * perRow),
    entropy: new Float32Array(rows),
  };
}

/**
 * Fills in the targets of row `row` from the teacher's logits. The kept tokens have their exact probabilities; the rest
 * of the mass stands on tokens drawn from the rest of the distribution, which makes the gradient that of the whole
 * distribution in expectation instead of one that forgets all rare tokens. Draws depend on seed, stream and row alone.
 */
export function takeTargets(
  logits: Float32Array,
  options: TargetOptions,
  into: SoftRows,
  { row, stream }: { row: number; stream: number },
): void {
  const { topK, tailDraws, temperature, seed } = options;
  const start = row * targetsPerRow(options);
  const kept = largest(logits, topK);
  const max = logits[kept[0]!]!;
  let sum = 0;
  let moment = 0;
  for (let i = 0; i < logits.length; i++) {
    const shifted = (logits[i]! - max) / temperature;
    const weight = Math.exp(shifted);
    sum += weight;
    if (weight > 0) moment += weight * shifted;
  }
  if (!Number.isFinite(sum)) throw new RangeError("The teacher's logits are no numbers: its file is damaged");
  into.entropy[row] = Math.log(sum) - moment / sum;
  into.ids.fill(kept[0]!, start, start + topK + tailDraws);
  let left = 1;
  for (const [rank, id] of kept.entries()) {
    const prob = Math.exp((logits[id]! - max) / temperature) / sum;
    into.ids[start + rank] = id;
    into.probs[start + rank] = prob;
    left -= prob;
  }
  if (tailDraws === 0 || kept.length === logits.length) {
    // No place for the rest: what is kept stands for all.
    for (let i = start; i < start + topK; i++) into.probs[i]! /= 1 - left;
    return;
  }
  const isKept = new Set(kept);
  let tail = 0;
  for (let i = 0; i < logits.length; i++)
    if (!isKept.has(i)) tail += Math.exp((logits[i]! - max) / temperature);
  // One draw in each of as many equal parts of the mass: as unbiased as free draws, and less noisy.
  let draw = 0;
  let seen = 0;
  const due = (): number => ((draw + uniform(seed, stream, row * tailDraws + draw)) / tailDraws) * tail;
  let next = due();
  for (let i = 0; i < logits.length && draw < tailDraws; i++) {
    if (isKept.has(i)) continue;
    seen += Math.exp((logits[i]! - max) / temperature);
    while (draw < tailDraws && seen > next) {
      into.ids[start + topK + draw] = i;
      into.probs[start + topK + draw] = tail / sum / tailDraws;
      draw++;
      next = due();
    }
  }
  // Rounding may leave the last draw beyond the sum, or there is no mass at all: the likeliest token takes it.
  into.probs[start]! += ((tailDraws - draw) * tail) / sum / tailDraws;
}

/** Places of the `count` largest values, the largest first; of equal ones the first. */
function largest(values: Float32Array, count: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (found.length === count && !(value > values[found.at(-1)!]!)) continue;
    let place = found.length;
    while (place > 0 && values[found[place - 1]!]! < value) place--;
    found.splice(place, 0, i);
    if (found.length > count) found.pop();
  }
  return found;
}
