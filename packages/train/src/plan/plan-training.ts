import { countParameters, type LlamaConfig } from "@llamero/core";
import { trainLastUses, trainShapes } from "@llamero/kernels";
import { sessionProgram } from "../session/create-session.ts";
import type { LoraOptions } from "../session/session.ts";
import { trainingFlopsPerToken } from "./flops.ts";

/** What to plan for. */
export interface TrainingPlanOptions {
  config: LlamaConfig;
  /** Tokens to train on. */
  tokens: number;
  /** Rows of a sequence, and rows that are computed at once. */
  length: number;
  maxRows: number;
  /** Only an adapter is trained when given. */
  lora?: LoraOptions | undefined;
  /** Of the whole run, where its stages are known; else it follows from tokens and length. */
  flops?: number;
  /** Checkpoints that stay on the disk. */
  checkpoints: number;
  /** Multiplications and additions of matrices that the machine does in a second, and the share that training gets of them. */
  operationsPerSecond: number | null;
  efficiency: number;
}

/** What a training takes. Bytes of memory, of disk, and time. */
export interface TrainingPlan {
  parameters: number;
  trainableParameters: number;
  flopsPerToken: number;
  flops: number;
  weightBytes: number;
  gradientBytes: number;
  momentBytes: number;
  /** Values of forward and backward that live at the same time, at most. */
  activationBytes: number;
  totalBytes: number;
  /** Checkpoints, the finished model in bf16, and tokens. */
  diskBytes: number;
  /** null where the machine's rate is not known. */
  tokensPerSecond: number | null;
  seconds: number | null;
}

/** Plans a training from its program, without memory for weights. */
export function planTraining(options: TrainingPlanOptions): TrainingPlan {
  const { config, tokens, length, maxRows, lora, checkpoints, operationsPerSecond, efficiency } = options;
  const model = { config, ropeLayout: "halves", values: new Map<string, Float32Array>() } as const;
  const program = sessionProgram({
    model,
    head: "next-token",
    seed: 0,
    trainable: true,
    ...(lora === undefined ? {} : { lora }),
  });
  const parameters = countParameters(config);
  let trainableParameters = 0;
  let storedParameters = 0;
  for (const { rows, cols, trainable } of program.params) {
    storedParameters += rows * cols;
    if (trainable) trainableParameters += rows * cols;
  }
  // Frozen weights need no gradient of their own: a third of the work falls away.
  const flopsPerToken = trainingFlopsPerToken(config, length) * (lora === undefined ? 1 : 2 / 3);
  const flops = options.flops ?? flopsPerToken * tokens;
  const weightBytes = 4 * storedParameters;
  const gradientBytes = 4 * trainableParameters;
  const momentBytes = 8 * trainableParameters;
  const activationBytes = livingBytes(program, maxRows);
  const rate = operationsPerSecond === null ? null : (operationsPerSecond * efficiency) / (flops / tokens);
  const idBytes = config.vocabSize <= 65_536 ? 2 : 4;
  return {
    parameters,
    trainableParameters,
    flopsPerToken,
    flops,
    weightBytes,
    gradientBytes,
    momentBytes,
    activationBytes,
    totalBytes: weightBytes + gradientBytes + momentBytes + activationBytes,
    diskBytes: checkpoints * 12 * trainableParameters + 2 * storedParameters + idBytes * tokens,
    tokensPerSecond: rate,
    seconds: rate === null ? null : tokens / rate,
  };
}

/** The most bytes of values that live at the same time, every row with a loss. */
function livingBytes(program: ReturnType<typeof sessionProgram>, maxRows: number): number {
  const shapes = trainShapes(program);
  const lastUses = trainLastUses(program);
  const endingAt: number[][] = program.ops.map(() => []);
  for (const [value, last] of lastUses.entries()) endingAt[last]?.push(value);
  const sizeOf = (value: number): number => {
    const [dim, cols] = shapes[value]!;
    return 4 * cols * (typeof dim === "number" ? dim : maxRows);
  };
  let living = 0;
  let most = 0;
  for (const [index] of program.ops.entries()) {
    living += sizeOf(index);
    most = Math.max(most, living);
    for (const value of endingAt[index]!) living -= sizeOf(value);
  }
  return most;
}

/** Throws where a plan does not fit into memory, and says what would. */
export function admitTraining(plan: TrainingPlan, availableBytes: number): void {
  if (plan.totalBytes <= availableBytes) return;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const state = plan.totalBytes - plan.activationBytes;
  const advice =
    state < availableBytes
      ? "compute fewer tokens at once (batch.microTokens)"
      : plan.trainableParameters === plan.parameters
        ? "take a smaller model, or train an adapter (--lora)"
        : "take a smaller model";
  throw new RangeError(
    `Training takes ${gigabytes(plan.totalBytes)} (${gigabytes(state)} of weights, gradients and moments, ` +
      `${gigabytes(plan.activationBytes)} of activations), and ${gigabytes(availableBytes)} are free: ${advice}`,
  );
}
