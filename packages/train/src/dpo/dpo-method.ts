import type { RenderedPair } from "../chat-data/render-pairs.ts";
import type { StepLoss, TrainMethod } from "../loop/method.ts";
import type { TrainSession } from "../session/session.ts";
import { nameSources, planSteps } from "../sft/plan-steps.ts";
import { type PairBatch, type PairBatchOptions, packPairs, pairLogProbs } from "./pair-batch.ts";
import { type PairLogProbs, type PreferenceOptions, preferenceLoss } from "./preference-loss.ts";

export interface DpoOptions extends PreferenceOptions {
  pairs: readonly RenderedPair[];
  /** Of the pairs, under the model that the policy starts from: `referenceLogProbs`. */
  reference: readonly PairLogProbs[];
  /** Pairs that are not trained on. */
  validation: readonly RenderedPair[];
  validationReference: readonly PairLogProbs[];
  /** Pairs of one optimizer step. */
  batchPairs: number;
  epochs: number;
  seed: number;
  limits: PairBatchOptions;
  /** End after as many steps, even within an epoch. */
  maxSteps?: number;
  sample?: TrainMethod["sample"];
}

/** Sums over pairs. */
interface PairSums {
  loss: number;
  nll: number;
  margin: number;
  /** Pairs that the policy moved towards the chosen response; ties count half. */
  correct: number;
  /** Pairs whose chosen response is the more probable one, whatever the reference says. */
  likelier: number;
  chosenReward: number;
  rejectedReward: number;
}

const half = (difference: number): number => (difference > 0 ? 1 : difference === 0 ? 0.5 : 0);

/** Loss of the pairs of a batch, and dLoss/d row loss: the seeds of its backward part. Sums, not means. */
export function preferenceSeeds(
  packed: PairBatch,
  losses: Float32Array,
  reference: readonly PairLogProbs[],
  { beta, nllWeight }: PreferenceOptions,
): { seeds: Float32Array; sums: PairSums } {
  const { batch, counts, members } = packed;
  const sums = noSums();
  const slopes = new Float64Array(2 * members.length);
  pairLogProbs(packed, losses).forEach((policy, i) => {
    const against = reference[members[i]!]!;
    const { loss, margin, chosenSlope, rejectedSlope } = preferenceLoss(policy, against, beta);
    sums.loss += loss;
    sums.margin += margin;
    sums.correct += half(margin);
    sums.likelier += half(policy.chosen - policy.rejected);
    sums.chosenReward += beta * (policy.chosen - against.chosen);
    sums.rejectedReward += beta * (policy.rejected - against.rejected);
    slopes[2 * i] = chosenSlope;
    slopes[2 * i + 1] = rejectedSlope;
  });
  // The likelihood term has every token of the chosen response, its end too, as SFT does.
  const tokens = new Float64Array(2 * members.length);
  for (const example of batch.examples) tokens[example]!++;
  const seeds = new Float32Array(losses.length);
  for (const [row, example] of batch.examples.entries()) {
    const isChosen = example % 2 === 0;
    const share = isChosen ? 1 / tokens[example]! : 0;
    sums.nll += share * losses[row]!;
    // A row's loss is minus the log-probability of its token.
    seeds[row] = nllWeight * share - counts[row]! * slopes[example]!;
  }
  sums.loss += nllWeight * sums.nll;
  return { seeds, sums };
}

function add(total: PairSums, part: PairSums): void {
  for (const key of Object.keys(part) as (keyof PairSums)[]) total[key] += part[key];
}

const noSums = (): PairSums => ({
  loss: 0,
  nll: 0,
  margin: 0,
  correct: 0,
  likelier: 0,
  chosenReward: 0,
  rejectedReward: 0,
});

function means(sums: PairSums, count: number): Readonly<Record<string, number>> {
  return {
    preferenceAccuracy: sums.correct / count,
    likelihoodAccuracy: sums.likelier / count,
    margin: sums.margin / count,
    chosenReward: sums.chosenReward / count,
    rejectedReward: sums.rejectedReward / count,
    chosenNll: sums.nll / count,
  };
}

/**
 * Direct preference optimisation as in the Llama 3 paper: tokens of form masked in both responses, and the likelihood
 * of the chosen one beside it. One forward gives the log-probabilities, the backward of the same batch gets the slopes.
 */
export function dpoMethod(options: DpoOptions): TrainMethod {
  const { pairs, reference, validation, validationReference, limits, maxSteps, sample } = options;
  if (pairs.length === 0) throw new RangeError("There is no preference pair to train on");
  if (reference.length !== pairs.length || validationReference.length !== validation.length)
    throw new RangeError(
      `There are ${pairs.length} pairs and ${reference.length} references; compute them anew`,
    );
  const steps = planSteps({
    sizes: pairs.map(() => 1),
    stepSize: options.batchPairs,
    epochs: options.epochs,
    seed: options.seed,
    ...(maxSteps !== undefined && { maxSteps }),
  });
  return {
    name: "dpo",
    steps: steps.length,
    async accumulate(session, step, signal): Promise<StepLoss> {
      const indexes = steps[step]!;
      const members = Array.from(indexes, (index) => pairs[index]!);
      const references = Array.from(indexes, (index) => reference[index]!);
      const total = noSums();
      for (const packed of packPairs(members, limits)) {
        const losses = await session.forward(packed.batch, signal);
        const { seeds, sums } = preferenceSeeds(packed, losses, references, options);
        await session.backward(seeds, signal);
        add(total, sums);
      }
      const count = members.length;
      return {
        loss: total.loss / count,
        tokens: count,
        gradientScale: 1 / count,
        more: means(total, count),
        records: nameSources(members.map(({ source }) => source)),
      };
    },
    ...(validation.length > 0 && {
      async evaluate(session: TrainSession, signal?: AbortSignal) {
        const total = noSums();
        for (const packed of packPairs(validation, limits)) {
          const losses = await session.forward(packed.batch, signal);
          add(total, preferenceSeeds(packed, losses, validationReference, options).sums);
        }
        const count = validation.length;
        return { validationLoss: total.loss / count, ...means(total, count) };
      },
    }),
    ...(sample !== undefined && { sample }),
  };
}
