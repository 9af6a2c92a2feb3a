import type { SampleParams, SampleResult } from "../kernels.ts";

/** NaN is as impossible as -infinity. */
function withoutNaN(logits: Float32Array): Float32Array {
  return logits.map((logit) => (Number.isNaN(logit) ? Number.NEGATIVE_INFINITY : logit));
}

function maximum(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
}

/** v - max; 0 also where both are infinite, so that tokens of logit +infinity share everything. */
const below = (value: number, max: number): number => (value === max ? 0 : value - max);

/** Natural log of softmax, in f64. */
function logSoftmax(logits: Float32Array): (id: number) => number {
  const max = maximum(logits);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(below(logit, max));
  return (id) => below(logits[id]!, max) - Math.log(sum);
}

/** Token ids by falling value, the lower id first among equals. */
function sortedIds(values: Float32Array): number[] {
  return Array.from(values.keys()).sort((a, b) =>
    values[a] === values[b] ? a - b : values[a]! > values[b]! ? -1 : 1,
  );
}

/** Steps 2 to 4 of `sampleRow`. */
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
    for (const id of values.keys()) {
      const isAllowed = (((mask[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
      if (!isAllowed) values[id] = Number.NEGATIVE_INFINITY;
    }
  }
  return withoutNaN(values);
}

/** Steps 6 and 7 of `sampleRow`: how many of the sorted candidates are kept. */
function truncate(weights: readonly number[], { topK, topP, minP }: SampleParams): number {
  let count = topK > 0 ? Math.min(topK, weights.length) : weights.length;
  if (topP < 1) {
    let mass = 0;
    for (let i = 0; i < count; i++) mass += weights[i]!;
    let sum = weights[0]!;
    let kept = 1;
    while (kept < count && sum < topP * mass) sum += weights[kept++]!;
    count = kept;
  }
  while (count > 1 && weights[count - 1]! < minP * weights[0]!) count--;
  return count;
}

/** Step 8 of `sampleRow`. */
function draw(weights: readonly number[], uniform: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (const [i, weight] of weights.entries()) {
    sum += weight;
    if (sum > uniform * total) return i;
  }
  return weights.findLastIndex((weight) => weight > 0);
}

/**
 * Samples one row of logits. Throws RangeError when no token can be sampled. Other backends follow these steps:
 * 1. NaN logits become -infinity. `logprob` and the `top` list are the log-softmax (f64) of these raw logits.
 * 2. In a copy (f32, rounded once per line), for each i of penaltyIds in order:
 *    v = (v > 0 ? v / repetitionPenalty : v * repetitionPenalty) - frequencyPenalty * penaltyCounts[i] - presencePenalty
 *    (Keskar et al. 2019; OpenAI's frequency and presence penalties).
 * 3. For each i of biasIds: v += biasValues[i].
 * 4. Where the mask is not empty, tokens whose bit (id & 31 of word id >> 5) is 0 or missing become -infinity; so do NaN.
 *    If all values are -infinity: RangeError.
 * 5. Temperature 0: the largest value, the lowest id among equals; done. Else candidates are sorted by falling value, the
 *    lower id first among equals, with weight exp((v - max) / temperature) in f64, 1 where v = max.
 * 6. topK > 0 keeps the first topK. topP < 1 keeps of these the smallest prefix, at least one, whose weights sum to
 *    topP times the sum of what top-k kept or more.
 * 7. Of the kept, those with a weight below minP times the first's are dropped (the first never is).
 * 8. Draw: the first kept token at which the running sum exceeds uniform * (sum of the kept weights); if rounding keeps
 *    the sum from that, the last kept token of positive weight.
 */
export function sampleRow(logits: Float32Array, params: SampleParams): SampleResult {
  const raw = withoutNaN(logits);
  const logprobOf = logSoftmax(raw);
  const values = adjust(raw, params);
  const max = maximum(values);
  if (max === Number.NEGATIVE_INFINITY) {
    throw new RangeError(
      "No token can be sampled: the mask or the bias excludes all, or the logits are not numbers",
    );
  }
  const topIds = Int32Array.from(params.topLogprobs > 0 ? sortedIds(raw).slice(0, params.topLogprobs) : []);
  const pick = (): number => {
    if (params.temperature === 0) return values.indexOf(max);
    const ids = sortedIds(values);
    const weights = ids.map((id) => Math.exp(below(values[id]!, max) / params.temperature));
    return ids[draw(weights.slice(0, truncate(weights, params)), params.uniform)]!;
  };
  const token = pick();
  return {
    token,
    logprob: logprobOf(token),
    topIds,
    topLogprobs: Float32Array.from(topIds, logprobOf),
  };
}
