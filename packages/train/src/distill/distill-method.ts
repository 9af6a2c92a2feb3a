import type { TrainExample } from "../batch/example.ts";
import { type PackedBatch, type PackOptions, packExamples, rowsOf } from "../batch/pack.ts";
import type { StepLoss, TrainMethod } from "../loop/method.ts";
import type { TrainSession } from "../session/session.ts";
import { nameSources, planSteps } from "../sft/plan-steps.ts";
import type { SoftRows } from "./soft-targets.ts";

/** What the student learns from: the teacher's probabilities, and the tokens themselves. */
export interface DistillLoss {
  /** Share of the soft loss; the rest is the loss of the tokens that really follow. 1: soft only. */
  softWeight: number;
  /** Of both distributions in the soft loss (Hinton et al. 2015), which is multiplied by its square. */
  temperature: number;
}

/** An example with its soft targets, made at the temperature of the loss. */
export type DistillExample = TrainExample & { source: string; soft: SoftRows };

export interface DistillOptions extends DistillLoss {
  examples: readonly DistillExample[];
  /** Not trained on: `validationKl`, from the teacher at the temperature, and `validationLoss`, of the tokens. */
  validation: readonly DistillExample[];
  batchTokens: number;
  epochs: number;
  seed: number;
  limits: PackOptions;
  maxSteps?: number;
  sample?: TrainMethod["sample"];
}

/** Distillation by probabilities. What a step learns from depends on examples, seed and its number alone. */
export function distillMethod(options: DistillOptions): TrainMethod {
  const { examples, validation, batchTokens, epochs, seed, limits, maxSteps, sample } = options;
  if (examples.length === 0) throw new RangeError("There is nothing to learn from");
  checkLoss(options);
  const steps = planSteps({
    sizes: examples.map(rowsOf),
    stepSize: batchTokens,
    epochs,
    seed,
    ...(maxSteps !== undefined && { maxSteps }),
  });
  return {
    name: "distill",
    steps: steps.length,
    async accumulate(session, step, signal): Promise<StepLoss> {
      const members = Array.from(steps[step]!, (index) => examples[index]!);
      const { sum, tokens } = await accumulateDistill(session, members, limits, options, signal);
      const records = nameSources(members.map(({ source }) => source));
      return { loss: sum / tokens, tokens, gradientScale: 1 / tokens, records };
    },
    ...(validation.length > 0 && {
      evaluate: (session: TrainSession, signal?: AbortSignal) =>
        evaluateDistill(session, validation, limits, options.temperature, signal),
    }),
    ...(sample !== undefined && { sample }),
  };
}

function checkLoss({ softWeight, temperature }: DistillLoss): void {
  if (!(softWeight >= 0 && softWeight <= 1))
    throw new RangeError(`The share of the soft loss is ${softWeight}; it is between 0 and 1`);
  if (!(temperature > 0 && temperature <= 100))
    throw new RangeError(`The temperature is ${temperature}; it is above 0 and at most 100`);
}

/** Forward and backward of the loss of examples, summed over tokens by their weights. */
export async function accumulateDistill(
  session: TrainSession,
  members: readonly DistillExample[],
  limits: PackOptions,
  { softWeight, temperature }: DistillLoss,
  signal?: AbortSignal,
): Promise<{ sum: number; tokens: number }> {
  const packed = packExamples(members, limits);
  const tokens = packed.reduce((total, { weights }) => total + sumOf(weights), 0);
  let sum = 0;
  const run = async (batch: PackedBatch, factor: number): Promise<void> => {
    const losses = await session.forward(batch, signal);
    const seeds = batch.weights.map((weight) => factor * weight);
    await session.backward(seeds, signal);
    for (const [row, seed] of seeds.entries()) sum += seed * losses[row]!;
  };
  if (temperature === 1) {
    // Both losses are cross-entropies of the same logits: one pass with the targets of both.
    for (const batch of packed) await run(mixTargets(batch, members, softWeight), 1);
    return { sum, tokens };
  }
  if (softWeight > 0) {
    await atTemperature(session, temperature, async () => {
      for (const batch of packed) await run(mixTargets(batch, members, 1), softWeight * temperature ** 2);
    });
    session.scaleGradient?.(FINAL_NORM, 1 / temperature);
  }
  if (softWeight < 1) for (const batch of packed) await run(batch, 1 - softWeight);
  return { sum, tokens };
}

/** Divergence from the teacher at the temperature, and loss of the tokens, in nats per token. */
export async function evaluateDistill(
  session: TrainSession,
  examples: readonly DistillExample[],
  limits: PackOptions,
  temperature: number,
  signal?: AbortSignal,
): Promise<{ validationKl: number; validationLoss: number }> {
  let [kl, loss, tokens] = [0, 0, 0];
  const batches = packExamples(examples, limits);
  await atTemperature(session, temperature, async () => {
    for (const batch of batches) {
      const losses = await session.forward(mixTargets(batch, examples, 1), signal);
      const entropy = gather(batch, examples, (soft, row) => soft.entropy[row]!);
      for (const [row, weight] of batch.weights.entries()) kl += weight * (losses[row]! - entropy[row]!);
    }
  });
  for (const batch of batches) {
    const losses = await session.forward(batch, signal);
    for (const [row, weight] of batch.weights.entries()) loss += weight * losses[row]!;
    tokens += sumOf(batch.weights);
  }
  return { validationKl: kl / tokens, validationLoss: loss / tokens };
}

const FINAL_NORM = "model.norm.weight";

/**
 * Runs `use` with logits divided by the temperature: the final norm's weight, which they are linear in, is divided for
 * the time. All gradients but that of this weight are right as they come; it is larger by the temperature.
 */
async function atTemperature(
  session: TrainSession,
  temperature: number,
  use: () => Promise<void>,
): Promise<void> {
  if (temperature === 1) return await use();
  const norm = session.model().values.get(FINAL_NORM);
  if (norm === undefined) throw new RangeError(`The student has no ${FINAL_NORM}, which a temperature needs`);
  const own = norm.slice();
  for (let i = 0; i < norm.length; i++) norm[i]! /= temperature;
  try {
    await use();
  } finally {
    norm.set(own);
  }
}

/** The batch with soft targets, and the plain one behind them where it has a share. */
function mixTargets(batch: PackedBatch, members: readonly DistillExample[], softWeight: number): PackedBatch {
  if (softWeight === 0) return batch;
  const rows = batch.outputRows.length;
  const perRow = members[0]!.soft.ids.length / members[0]!.soft.entropy.length;
  const width = perRow + (softWeight < 1 ? 1 : 0);
  const targetIds = new Int32Array(rows * width);
  const targetProbs = new Float32Array(rows * width);
  let output = 0;
  gather(batch, members, (soft, row) => {
    for (let i = 0; i < perRow; i++) {
      targetIds[output * width + i] = soft.ids[row * perRow + i]!;
      targetProbs[output * width + i] = softWeight * soft.probs[row * perRow + i]!;
    }
    if (softWeight < 1) {
      targetIds[output * width + perRow] = batch.targetIds[output]!;
      targetProbs[output * width + perRow] = 1 - softWeight;
    }
    return output++;
  });
  return { ...batch, targetIds, targetProbs };
}

/** A number for each output row, from the soft targets of its example and its place among their rows. */
function gather(
  { examples }: PackedBatch,
  members: readonly DistillExample[],
  take: (soft: SoftRows, row: number) => number,
): Float32Array {
  const next = new Map<number, number>();
  return Float32Array.from(examples, (member) => {
    const row = next.get(member) ?? 0;
    next.set(member, row + 1);
    return take(members[member]!.soft, row);
  });
}

const sumOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);
