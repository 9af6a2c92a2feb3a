import type { RenderedPair } from "../chat-data/render-pairs.ts";
import type { TrainSession } from "../session/session.ts";
import { type PairBatchOptions, packPairs, pairLogProbs } from "./pair-batch.ts";
import type { PairLogProbs } from "./preference-loss.ts";

/**
 * Log-probabilities of pairs under the model that the policy starts from. `session` is one of that model, frozen, or
 * the policy's own before its first step: an adapter changes nothing until then.
 */
export async function referenceLogProbs(
  session: Pick<TrainSession, "forward">,
  pairs: readonly RenderedPair[],
  options: PairBatchOptions,
  signal?: AbortSignal,
): Promise<PairLogProbs[]> {
  const found: PairLogProbs[] = [];
  for (const packed of packPairs(pairs, options))
    found.push(...pairLogProbs(packed, await session.forward(packed.batch, signal)));
  return found;
}
