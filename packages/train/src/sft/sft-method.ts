import type { TrainExample } from "../batch/example.ts";
import { type PackOptions, packExamples, rowsOf } from "../batch/pack.ts";
import type { StepLoss, TrainMethod } from "../loop/method.ts";
import type { TrainSession } from "../session/session.ts";
import { nameSources, planSteps } from "./plan-steps.ts";

export interface SftOptions {
  examples: readonly (TrainExample & { source: string })[];
  /** Not trained on; `validationLoss` is measured on it. */
  validation: readonly TrainExample[];
  /** Tokens of one optimizer step at most; a longer conversation is a step of its own. */
  batchTokens: number;
  epochs: number;
  seed: number;
  /** The session's sizes. */
  limits: PackOptions;
  /** End after as many steps, even within an epoch. */
  maxSteps?: number;
  sample?: TrainMethod["sample"];
}

/** Mean loss in nats per token over examples, which are not trained on. */
export async function meanLoss(
  session: TrainSession,
  examples: readonly TrainExample[],
  limits: PackOptions,
  signal?: AbortSignal,
): Promise<{ loss: number; tokens: number }> {
  let sum = 0;
  let tokens = 0;
  for (const batch of packExamples(examples, limits)) {
    const losses = await session.forward(batch, signal);
    for (const [row, weight] of batch.weights.entries()) {
      sum += weight * losses[row]!;
      tokens += weight;
    }
  }
  return { loss: sum / tokens, tokens };
}

/**
 * Supervised fine-tuning: cross-entropy on the tokens that have a weight, the mean over all of a step. What a step
 * learns from depends on the examples, the seed and its number alone.
 */
export function sftMethod(options: SftOptions): TrainMethod {
  const { examples, validation, batchTokens, epochs, seed, limits, maxSteps, sample } = options;
  if (examples.length === 0) throw new RangeError("There is no conversation to train on");
  if (!(epochs >= 1 && Number.isInteger(epochs)))
    throw new RangeError(`epochs is ${epochs}; it must be 1 or more`);
  const steps = planSteps({
    sizes: examples.map(rowsOf),
    stepSize: batchTokens,
    epochs,
    seed,
    ...(maxSteps !== undefined && { maxSteps }),
  });
  return {
    name: "sft",
    steps: steps.length,
    async accumulate(session, step, signal): Promise<StepLoss> {
      const members = Array.from(steps[step]!, (index) => examples[index]!);
      let sum = 0;
      let tokens = 0;
      for (const batch of packExamples(members, limits)) {
        const losses = await session.forward(batch, signal);
        await session.backward(batch.weights, signal);
        for (const [row, weight] of batch.weights.entries()) {
          sum += weight * losses[row]!;
          tokens += weight;
        }
      }
      const records = nameSources(members.map(({ source }) => source));
      return { loss: sum / tokens, tokens, gradientScale: 1 / tokens, records };
    },
    ...(validation.length > 0 && {
      async evaluate(session: TrainSession, signal?: AbortSignal) {
        const { loss } = await meanLoss(session, validation, limits, signal);
        return { validationLoss: loss };
      },
    }),
    ...(sample !== undefined && { sample }),
  };
}
