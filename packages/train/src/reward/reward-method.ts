import type { RenderedPair } from "../chat-data/render-pairs.ts";
import type { StepLoss, TrainMethod } from "../loop/method.ts";
import type { TrainSession } from "../session/session.ts";
import { nameSources, planSteps } from "../sft/plan-steps.ts";
import { groupBySize, scoreBatch } from "./score-batch.ts";
import { scoreLoss } from "./score-loss.ts";

export interface RewardOptions {
  pairs: readonly RenderedPair[];
  /** Pairs that are not trained on; `preferenceAccuracy` is measured on them. */
  validation: readonly RenderedPair[];
  /** Pairs of one optimizer step. */
  batchPairs: number;
  epochs: number;
  seed: number;
  /** Rows of the session's largest batch. */
  maxRows: number;
  /** End after as many steps, even within an epoch. */
  maxSteps?: number;
}

interface ScoreSums {
  loss: number;
  /** Pairs whose chosen answer scores higher; ties count half. */
  correct: number;
  margin: number;
  chosen: number;
  rejected: number;
}

/** Rows of both conversations of a pair: a score is at the last token, so all of them are computed. */
export function scoredRows({ chosen, rejected }: RenderedPair): number {
  return chosen.ids.length + rejected.ids.length;
}

/** Sums over the pairs of a batch, and dLoss/d score of its sequences: chosen and rejected by turns. */
export function scoreSeeds(scores: Float32Array): { seeds: Float32Array; sums: ScoreSums } {
  const seeds = new Float32Array(scores.length);
  const sums: ScoreSums = { loss: 0, correct: 0, margin: 0, chosen: 0, rejected: 0 };
  for (let i = 0; i < scores.length; i += 2) {
    const [chosen, rejected] = [scores[i]!, scores[i + 1]!];
    const { loss, slope } = scoreLoss(chosen, rejected);
    seeds[i] = slope;
    seeds[i + 1] = -slope;
    sums.loss += loss;
    sums.correct += chosen > rejected ? 1 : chosen === rejected ? 0.5 : 0;
    sums.margin += chosen - rejected;
    sums.chosen += chosen;
    sums.rejected += rejected;
  }
  return { seeds, sums };
}

function means({ correct, margin, chosen, rejected }: ScoreSums, count: number): Record<string, number> {
  return {
    preferenceAccuracy: correct / count,
    margin: margin / count,
    chosenScore: chosen / count,
    rejectedScore: rejected / count,
  };
}

/** Forward of pairs, and backward where they are learned. */
async function runPairs(
  session: TrainSession,
  pairs: readonly RenderedPair[],
  { maxRows, learns, signal }: { maxRows: number; learns: boolean; signal: AbortSignal | undefined },
): Promise<ScoreSums> {
  const total: ScoreSums = { loss: 0, correct: 0, margin: 0, chosen: 0, rejected: 0 };
  for (const group of groupBySize(pairs.map(scoredRows), maxRows)) {
    const sequences = group.flatMap((index) => [pairs[index]!.chosen.ids, pairs[index]!.rejected.ids]);
    const { seeds, sums } = scoreSeeds(await session.forward(scoreBatch(sequences), signal));
    if (learns) await session.backward(seeds, signal);
    for (const key of Object.keys(sums) as (keyof ScoreSums)[]) total[key] += sums[key];
  }
  return total;
}

/**
 * A reward model: the score of a conversation's last token is to be higher for the answer that is preferred. Both
 * answers of a pair are in one batch.
 */
export function rewardMethod(options: RewardOptions): TrainMethod {
  const { pairs, validation, maxRows, maxSteps } = options;
  if (pairs.length === 0) throw new RangeError("There is no preference pair to train on");
  const steps = planSteps({
    sizes: pairs.map(() => 1),
    stepSize: options.batchPairs,
    epochs: options.epochs,
    seed: options.seed,
    ...(maxSteps !== undefined && { maxSteps }),
  });
  return {
    name: "reward",
    steps: steps.length,
    async accumulate(session, step, signal): Promise<StepLoss> {
      const members = Array.from(steps[step]!, (index) => pairs[index]!);
      const sums = await runPairs(session, members, { maxRows, learns: true, signal });
      const count = members.length;
      return {
        loss: sums.loss / count,
        tokens: count,
        gradientScale: 1 / count,
        more: means(sums, count),
        records: nameSources(members.map(({ source }) => source)),
      };
    },
    ...(validation.length > 0 && {
      async evaluate(session: TrainSession, signal?: AbortSignal) {
        const sums = await runPairs(session, validation, { maxRows, learns: false, signal });
        return { validationLoss: sums.loss / validation.length, ...means(sums, validation.length) };
      },
    }),
  };
}
