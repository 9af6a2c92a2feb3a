/** Log-probabilities of a pair's responses, summed over the tokens that count. */
export interface PairLogProbs {
  chosen: number;
  rejected: number;
}

export interface PreferenceOptions {
  /** Strength with which the policy is held to the reference; 0.1 in the Llama 3 paper. */
  beta: number;
  /** Weight of the mean negative log-likelihood of the chosen response; 0.2 in the Llama 3 paper. */
  nllWeight: number;
}

export interface PreferenceLoss {
  loss: number;
  /** beta times how much more the policy prefers the chosen response than the reference does. */
  margin: number;
  /** dLoss/d log-probability of each token that counts, of the chosen response and of the rejected one. */
  chosenSlope: number;
  rejectedSlope: number;
}

/**
 * -log sigmoid(beta * ((chosen - rejected) - (reference chosen - reference rejected))) (Rafailov et al. 2023), without
 * the likelihood term.
 */
export function preferenceLoss(policy: PairLogProbs, reference: PairLogProbs, beta: number): PreferenceLoss {
  const margin = beta * (policy.chosen - policy.rejected - (reference.chosen - reference.rejected));
  // Stable in both tails: log(1 + exp(-margin)).
  const loss = Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
  const slope = beta / (1 + Math.exp(margin));
  return { loss, margin, chosenSlope: -slope, rejectedSlope: slope };
}
