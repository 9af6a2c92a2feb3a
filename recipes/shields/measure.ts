/** How well scores tell the classes of labeled texts apart at a threshold. */
export interface Measure {
  precision: number;
  recall: number;
  f1: number;
  /** Share of the harmless texts that are hits. */
  falsePositives: number;
  positives: number;
  negatives: number;
}

/** One judged text. */
export interface Scored {
  score: number;
  isHit: boolean;
}

export function measure(scored: readonly Scored[], threshold: number): Measure {
  let [found, wrong, positives] = [0, 0, 0];
  for (const { score, isHit } of scored) {
    if (isHit) positives++;
    if (score < threshold) continue;
    if (isHit) found++;
    else wrong++;
  }
  const negatives = scored.length - positives;
  const precision = found + wrong === 0 ? 1 : found / (found + wrong);
  const recall = positives === 0 ? 1 : found / positives;
  return {
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    falsePositives: negatives === 0 ? 0 : wrong / negatives,
    positives,
    negatives,
  };
}

/** The threshold with the best F1 among those with at most this share of false positives. */
export function bestThreshold(scored: readonly Scored[], maxFalsePositives: number): number {
  let best = { threshold: 0.5, f1: -1 };
  for (let threshold = 0.05; threshold < 0.99; threshold += 0.01) {
    const { f1, falsePositives } = measure(scored, threshold);
    if (falsePositives <= maxFalsePositives && f1 > best.f1) best = { threshold, f1 };
  }
  return Number(best.threshold.toFixed(2));
}

export function formatMeasure(name: string, each: Measure): string {
  const percent = (share: number): string => (100 * share).toFixed(2).padStart(6);
  return `${name.padEnd(34)} n ${String(each.positives).padStart(5)} + ${String(each.negatives).padStart(5)}  P ${percent(each.precision)}  R ${percent(each.recall)}  F1 ${percent(each.f1)}  FP ${percent(each.falsePositives)}`;
}
