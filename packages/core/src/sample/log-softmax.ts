/** Log-probabilities read off one row of logits: the target's, and the most likely tokens'. */
export interface RowScores {
  logprob: number;
  top: { token: number; logprob: number }[];
}

/** Natural log-probability of `target` and of the `numTop` most likely tokens, summed in f64. */
export function scoreRow(logits: Float32Array, target: number, numTop: number): RowScores {
  let max = -Infinity;
  for (const logit of logits) if (logit > max) max = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - max);
  const logTotal = max + Math.log(sum);
  const top = largest(logits, numTop).map((token) => ({ token, logprob: logits[token]! - logTotal }));
  return { logprob: logits[target]! - logTotal, top };
}

/** Indices of the `count` largest values, largest first; the lower index first among equals. */
function largest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length && count > 0; i++) {
    if (best.length === count && values[i]! <= values[best.at(-1)!]!) continue;
    let at = best.length;
    while (at > 0 && values[i]! > values[best[at - 1]!]!) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}
