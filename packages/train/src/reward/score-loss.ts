/** What a pair costs a reward model. */
export interface ScoreLoss {
  loss: number;
  /** dLoss/d score of the chosen answer; that of the rejected one is minus it. */
  slope: number;
}

/** -log sigmoid(chosen - rejected), without a margin (Bradley & Terry; Llama 3 paper, 4.1.2). */
export function scoreLoss(chosen: number, rejected: number): ScoreLoss {
  const margin = chosen - rejected;
  // Stable in both tails.
  const loss = Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
  return { loss, slope: -1 / (1 + Math.exp(margin)) };
}
