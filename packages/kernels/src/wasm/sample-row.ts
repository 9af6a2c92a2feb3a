import type { SampleParams, SampleResult } from "../kernels.ts";

/** Tokens in falling order of value, ties by id. */
function byValue(values: Float32Array): (a: number, b: number) => number {
  return (a, b) => values[b]! - values[a]! || a - b;
}

/** Largest value and log of the sum of exponentials. */
function logSumExp(logits: Float32Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > max) max = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - max);
  return max + Math.log(sum);
}

/** The `count` best tokens. */
function best(values: Float32Array, count: number): number[] {
  const order = byValue(values);
  const found: number[] = [];
  for (let id = 0; id < values.length; id++) {
    if (found.length === count && order(id, found.at(-1)!) > 0) continue;
    let at = found.length;
    while (at > 0 && order(id, found[at - 1]!) < 0) at--;
    found.splice(at, 0, id);
    if (found.length > count) found.pop();
  }
  return found;
}

/** Penalties (Keskar et al. 2019; OpenAI's frequency and presence), then bias, then mask. */
function adjust(logits: Float32Array, params: SampleParams): Float32Array {
  const values = logits.slice();
  const { penaltyIds, penaltyCounts, biasIds, biasValues, mask } = params;
  for (const [i, id] of penaltyIds.entries()) {
    const value = values[id]!;
    const repeated = value > 0 ? value / params.repetitionPenalty : value * params.repetitionPenalty;
    values[id] = repeated - params.frequencyPenalty * penaltyCounts[i]! - params.presencePenalty;
  }
  for (const [i, id] of biasIds.entries()) values[id]! += biasValues[i]!;
  if (mask.length > 0) {
    for (let id = 0; id < values.length; id++) {
      if (((mask[id >>> 5]! >>> (id & 31)) & 1) === 0) values[id] = Number.NEGATIVE_INFINITY;
    }
  }
  return values;
}

/** Tokens that top-k, top-p and min-p leave, best first; `weights` are their unnormalised probabilities. */
function truncate(
  values: Float32Array,
  weights: Float64Array,
  total: number,
  params: SampleParams,
): number[] {
  const { topK, topP, minP } = params;
  // Sorting the whole vocabulary is slow; tokens below a floor can only matter when those above are too few.
  for (const floor of [1e-3, 1e-6, 0]) {
    const ids: number[] = [];
    for (let id = 0; id < weights.length; id++) if (weights[id]! > floor) ids.push(id);
    ids.sort(byValue(values));
    const isWhole = floor === 0;
    if (topK > 0 && ids.length < topK && !isWhole) continue;
    const kept = topK > 0 ? ids.slice(0, topK) : ids;
    const mass = topK > 0 ? kept.reduce((sum, id) => sum + weights[id]!, 0) : total;
    let count = kept.length;
    if (topP < 1) {
      let sum = 0;
      count = 0;
      while (count < kept.length && sum < topP * mass) sum += weights[kept[count++]!]!;
      if (sum < topP * mass && topK === 0 && !isWhole) continue;
    } else if (topK === 0 && minP <= floor && !isWhole) continue;
    const least = minP * weights[kept[0]!]!;
    return kept.slice(0, Math.max(1, count)).filter((id) => weights[id]! >= least);
  }
  return [];
}

function draw(values: Float32Array, top: number, params: SampleParams): number {
  const { temperature, topK, topP, minP, uniform } = params;
  if (temperature === 0) return top;
  const weights = new Float64Array(values.length);
  let total = 0;
  for (let id = 0; id < values.length; id++) {
    const weight = Math.exp((values[id]! - values[top]!) / temperature);
    weights[id] = weight;
    total += weight;
  }
  const isOpen = topK === 0 && topP >= 1 && minP === 0;
  const ids = isOpen ? null : truncate(values, weights, total, params);
  const count = ids?.length ?? values.length;
  const mass = ids === null ? total : ids.reduce((sum, id) => sum + weights[id]!, 0);
  let rest = uniform * mass;
  let last = top;
  for (let i = 0; i < count; i++) {
    const id = ids === null ? i : ids[i]!;
    if (weights[id] === 0) continue;
    last = id;
    rest -= weights[id]!;
    if (rest < 0) return id;
  }
  return last;
}

/** Samples one row of logits. Throws RangeError when no token is allowed. */
export function sampleRow(logits: Float32Array, params: SampleParams): SampleResult {
  const logTotal = logSumExp(logits);
  const values = adjust(logits, params);
  const [top] = best(values, 1);
  if (top === undefined || !(values[top]! > Number.NEGATIVE_INFINITY)) {
    throw new RangeError(
      "No token can be sampled: the mask or the bias excludes all, or the logits are not numbers",
    );
  }
  const token = draw(values, top, params);
  const topIds = best(logits, params.topLogprobs);
  return {
    token,
    logprob: logits[token]! - logTotal,
    topIds: Int32Array.from(topIds),
    topLogprobs: Float32Array.from(topIds, (id) => logits[id]! - logTotal),
  };
}
