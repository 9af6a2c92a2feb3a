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

  /** Samples one row. Throws RangeError when no token is allowed. */
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
          "No token can be sampled: mask or bias exclude all, or the logits are not numbers",
        );
      }
      const token = params.temperature === 0 ? top : this.#draw(values, top, ids, params);
      const logTotal = raw[best]! + Math.log(this.#kernels.sumExp(logits.at, length, raw[best]!, 1));
      const topIds = this.#best(logits, raw[best]!, ids, params.topLogprobs);
      return {
        token,
        logprob: raw[token]! - logTotal,
        topIds: Int32Array.from(topIds),
        topLogprobs: Float32Array.from(topIds, (id) => raw[id]! - logTotal),
      };
    } finally {
      this.#arena.release(scratch);
    }
  }

  /** Tokens above a value, best first, ties by id. */
  #above({ at, length }: Row, threshold: number, ids: number): number[] {
    const count = this.#kernels.collect(at, length, threshold, ids);
    const values = this.#arena.f32(at, length);
    return [...this.#arena.i32(ids, count)].sort((a, b) => values[b]! - values[a]! || a - b);
  }

  #best(logits: Row, max: number, ids: number, count: number): number[] {
    if (count === 0) return [];
    const wanted = Math.min(count, logits.length);
    for (const depth of [8, 16, Number.POSITIVE_INFINITY]) {
      const found = this.#above(logits, max - depth, ids);
      if (found.length >= wanted || depth === Number.POSITIVE_INFINITY) return found.slice(0, wanted);
    }
    return [];
  }

  #draw(row: Row, top: number, ids: number, params: SampleParams): number {
    const { temperature, topK, topP, minP, uniform } = params;
    const values = this.#arena.f32(row.at, row.length);
    const max = values[top]!;
    const total = this.#kernels.sumExp(row.at, row.length, max, 1 / temperature);
    if (topK === 0 && topP >= 1 && minP === 0) {
      return this.#kernels.draw(row.at, row.length, max, 1 / temperature, uniform * total);
    }
    for (const floor of FLOORS) {
      const found = this.#above(
        row,
        floor === 0 ? Number.NEGATIVE_INFINITY : max + temperature * Math.log(floor),
        ids,
      );
      const weights = found.map((id) => Math.exp((values[id]! - max) / temperature));
      const kept = truncate(weights, total, floor, params);
      if (kept !== null) return found[pick(weights.slice(0, kept), uniform)]!;
    }
    return top;
  }
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
    if (((mask[id >>> 5]! >>> (id & 31)) & 1) === 0) values[id] = Number.NEGATIVE_INFINITY;
  }
}

/**
 * How many of the best tokens top-k, then top-p, then min-p leave; `weights` are relative to the best and fall.
 * Null when the answer may lie beyond them, among tokens below `floor`.
 */
function truncate(
  weights: readonly number[],
  total: number,
  floor: number,
  params: SampleParams,
): number | null {
  const { topK, topP, minP } = params;
  const isWhole = floor === 0;
  let count = weights.length;
  let mass = total;
  if (topK > 0) {
    if (count < topK && !isWhole) return null;
    count = Math.min(count, topK);
    mass = weights.slice(0, count).reduce((sum, weight) => sum + weight, 0);
  }
  if (topP < 1) {
    let sum = 0;
    let kept = 0;
    while (kept < count && sum < topP * mass) sum += weights[kept++]!;
    if (kept === count && sum < topP * mass && topK === 0 && !isWhole) return null;
    count = Math.max(1, kept);
  } else if (topK === 0 && minP <= floor && !isWhole) {
    return null;
  }
  while (count > 1 && weights[count - 1]! < minP) count--;
  return count;
}

/** Index drawn in proportion to the weights. */
function pick(weights: readonly number[], uniform: number): number {
  let rest = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return i;
  }
  return weights.length - 1;
}
