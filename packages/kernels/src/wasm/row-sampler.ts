import type { SampleParams, SampleResult } from "../kernels.ts";
import type { Arena } from "./arena.ts";
import type { KernelExports } from "./exports.ts";

/** A row of f32 values in the memory. */
interface Row {
  at: number;
  length: number;
}

/** Weights, relative to the best, below which tokens are not sorted unless those above are too few. */
const FLOORS = [1e-3, 1e-6, 0] as const;

/** Samples rows of logits that are in the shared memory: passes over the vocabulary are kernels, the rest is few tokens. */
export class RowSampler {
  readonly #arena: Arena;
  readonly #kernels: KernelExports;

  constructor(arena: Arena, kernels: KernelExports) {
    this.#arena = arena;
    this.#kernels = kernels;
  }

  /** Samples one row by the steps of the reference's `sampleRow`. Throws RangeError when no token can be sampled. */
  sample(logits: Row, params: SampleParams): SampleResult {
    const { length } = logits;
    const scratch = this.#arena.allocate(length * 8, "Sampling");
    try {
      const best = this.#kernels.argMax(logits.at, length);
      const raw = this.#arena.f32(logits.at, length);
      const values = isNeutral(params) ? logits : { at: scratch, length };
      const ids = scratch + length * 4;
      if (values !== logits) adjust(raw, this.#arena.f32(scratch, length), params);
      const top = values === logits ? best : this.#kernels.argMax(values.at, length);
      if (top < 0) {
        throw new RangeError(
          "No token can be sampled: the mask or the bias excludes all, or the logits are not numbers",
        );
      }
      const token = params.temperature === 0 ? top : this.#draw(values, top, ids, params);
      const max = best < 0 ? Number.NEGATIVE_INFINITY : raw[best]!;
      const logSum = Math.log(this.#kernels.sumExp(logits.at, length, max, 1));
      const logprobOf = (id: number): number => below(raw[id]!, max) - logSum;
      const topIds = this.#best(logits, max, ids, params.topLogprobs);
      return {
        token,
        logprob: logprobOf(token),
        topIds: Int32Array.from(topIds),
        topLogprobs: Float32Array.from(topIds, logprobOf),
      };
    } finally {
      this.#arena.release(scratch);
    }
  }

  /** Tokens above a value, best first, ties by id. */
  #above({ at, length }: Row, threshold: number, ids: number): number[] {
    const count = this.#kernels.collect(at, length, threshold, ids);
    const values = this.#arena.f32(at, length);
    return [...this.#arena.i32(ids, count)].sort((a, b) => below(values[b]!, values[a]!) || a - b);
  }

  #best(logits: Row, max: number, ids: number, count: number): number[] {
    if (count === 0) return [];
    const wanted = Math.min(count, logits.length);
    for (const depth of [8, 16]) {
      const found = this.#above(logits, max - depth, ids);
      if (found.length >= wanted) return found.slice(0, wanted);
    }
    const found = this.#above(logits, Number.NEGATIVE_INFINITY, ids);
    // Impossible tokens come last, in order.
    const isFound = new Set(found);
    for (let id = 0; found.length < wanted; id++) if (!isFound.has(id)) found.push(id);
    return found.slice(0, wanted);
  }

  #draw(row: Row, top: number, ids: number, params: SampleParams): number {
    const { temperature } = params;
    const values = this.#arena.f32(row.at, row.length);
    const max = values[top]!;
    const total = this.#kernels.sumExp(row.at, row.length, max, 1 / temperature);
    for (const floor of FLOORS) {
      const found = this.#above(
        row,
        floor === 0 ? Number.NEGATIVE_INFINITY : max + temperature * Math.log(floor),
        ids,
      );
      const weights = found.map((id) => Math.exp(below(values[id]!, max) / temperature));
      const index = pick(weights, total, floor, params);
      if (index !== null) return found[index]!;
    }
    return top;
  }
}

/** value - max; 0 also where both are infinite. NaN counts as -infinity. */
function below(value: number, max: number): number {
  if (value === max) return 0;
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value - max;
}

function isNeutral({ penaltyIds, biasIds, mask }: SampleParams): boolean {
  return penaltyIds.length === 0 && biasIds.length === 0 && mask.length === 0;
}

/** Penalties (Keskar et al. 2019; OpenAI's frequency and presence), then bias, then mask. */
function adjust(logits: Float32Array, values: Float32Array, params: SampleParams): void {
  values.set(logits);
  const { penaltyIds, penaltyCounts, biasIds, biasValues, mask } = params;
  for (const [i, id] of penaltyIds.entries()) {
    const value = values[id]!;
    const repeated = value > 0 ? value / params.repetitionPenalty : value * params.repetitionPenalty;
    values[id] = repeated - params.frequencyPenalty * penaltyCounts[i]! - params.presencePenalty;
  }
  for (const [i, id] of biasIds.entries()) values[id]! += biasValues[i]!;
  if (mask.length === 0) return;
  for (let id = 0; id < values.length; id++) {
    if ((((mask[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 0) values[id] = Number.NEGATIVE_INFINITY;
  }
}

/** Sorted tokens that top-k, then top-p, then min-p keep: how many, and the sum of their weights; null when unknown. */
interface Kept {
  count: number;
  mass: number;
}

const sumOf = (weights: readonly number[], count: number): number =>
  weights.slice(0, count).reduce((sum, weight) => sum + weight, 0);

/**
 * What truncation keeps of tokens whose weights, relative to the best, fall and end at `floor`; `total` is the sum
 * over the whole vocabulary. Null when the answer lies among tokens below the floor.
 */
function truncate(
  weights: readonly number[],
  total: number,
  floor: number,
  params: SampleParams,
): Kept | null {
  const { topK, topP, minP } = params;
  const isWhole = floor === 0;
  if (topK > weights.length && !isWhole) return null;
  let count = topK > 0 ? Math.min(topK, weights.length) : weights.length;
  // Without top-k the count stands for the whole vocabulary until something cuts it.
  let isOpen = topK === 0 && !isWhole;
  if (topP < 1) {
    const mass = topK > 0 || isWhole ? sumOf(weights, count) : total;
    let sum = weights[0]!;
    let kept = 1;
    while (kept < count && sum < topP * mass) sum += weights[kept++]!;
    if (sum >= topP * mass) isOpen = false;
    else if (isOpen) return null;
    count = kept;
  }
  if (minP > floor) isOpen = false;
  while (count > 1 && weights[count - 1]! < minP) count--;
  return { count, mass: isOpen ? total : sumOf(weights, count) };
}

/** Index of the token drawn in proportion to the weights, best first; null when it lies below the floor. */
function pick(weights: readonly number[], total: number, floor: number, params: SampleParams): number | null {
  const kept = truncate(weights, total, floor, params);
  if (kept === null) return null;
  let sum = 0;
  for (let i = 0; i < kept.count; i++) {
    sum += weights[i]!;
    if (sum > params.uniform * kept.mass) return i;
  }
  if (floor > 0) return null;
  return Math.max(
    0,
    weights.slice(0, kept.count).findLastIndex((weight) => weight > 0),
  );
}
