/** Chance that at least one of k drawn samples is right when c of n are: the unbiased estimator of Chen et al. 2021. */
export function passAtK(numSamples: number, numRight: number, k: number): number {
  if (k > numSamples)
    throw new RangeError(`pass@${k} needs at least ${k} samples, not ${numSamples}; ask for more`);
  if (numSamples - numRight < k) return 1;
  let allWrong = 1;
  for (let i = numSamples - numRight + 1; i <= numSamples; i++) allWrong *= 1 - k / i;
  return 1 - allWrong;
}
