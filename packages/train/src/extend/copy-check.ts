import type { LogitModel } from "@llamero/core";
import { createRandom } from "@llamero/eval";
import { tokenLosses } from "./position-loss.ts";

/** How well a model repeats a run of tokens that it saw once, some way back: a needle without words. */
export interface CopyFigure {
  /** Tokens between the two places. */
  distance: number;
  /** Mean loss of the repeated tokens, the first few aside that tell what is repeated. */
  repeated: number;
  /** Of the same tokens where they stood first. */
  first: number;
}

export interface CopyOptions {
  /** Text to stand around the run. */
  filler: Int32Array;
  length: number;
  vocabSize: number;
  /** Tokens of the run, and how many of them are given at the second place before it counts. */
  runTokens?: number;
  cueTokens?: number;
  trials?: number;
  seed?: number;
}

/** Copies at a quarter, a half and nearly all of the length. The run is drawn from the tokens of the filler. */
export async function checkCopies(
  model: Pick<LogitModel, "logits">,
  options: CopyOptions,
): Promise<CopyFigure[]> {
  const { filler, length, vocabSize, runTokens = 16, cueTokens = 4, trials = 3, seed = 1 } = options;
  const random = createRandom(seed);
  const figures: CopyFigure[] = [];
  for (const share of [0.25, 0.5, 1]) {
    const distance = Math.floor(share * length) - 2 * runTokens;
    if (distance < runTokens) continue;
    const sums = { repeated: 0, first: 0 };
    for (let trial = 0; trial < trials; trial++) {
      const run = Int32Array.from({ length: runTokens }, () => filler[Math.floor(random() * filler.length)]!);
      const window = new Int32Array(distance + 2 * runTokens);
      const from = Math.floor(random() * Math.max(1, filler.length - distance));
      window.set(run);
      window.set(filler.subarray(from, from + distance), runTokens);
      window.set(run, runTokens + distance);
      const losses = await tokenLosses(model, window, vocabSize);
      for (let i = cueTokens; i < runTokens; i++) {
        sums.first += losses[i - 1]!;
        sums.repeated += losses[runTokens + distance + i - 1]!;
      }
    }
    const count = trials * (runTokens - cueTokens);
    figures.push({ distance, repeated: sums.repeated / count, first: sums.first / count });
  }
  return figures;
}
