import type { LogitModel } from "@llamero/core";

/** Mean loss of a stretch of positions. */
export interface PositionLoss {
  /** Positions of the predicted tokens: from, below. */
  from: number;
  below: number;
  /** Nats per token. */
  loss: number;
  tokens: number;
}

/** -log p of every token but the first, given all before it in the window. */
export async function tokenLosses(
  model: Pick<LogitModel, "logits">,
  window: Int32Array,
  vocabSize: number,
): Promise<Float32Array> {
  const losses = new Float32Array(window.length - 1);
  let at = 0;
  for await (const logits of model.logits(window)) {
    for (let row = 0; row * vocabSize < logits.length && at < losses.length; row++, at++) {
      const own = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
      let max = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < own.length; i++) max = Math.max(max, own[i]!);
      let sum = 0;
      for (let i = 0; i < own.length; i++) sum += Math.exp(own[i]! - max);
      losses[at] = max + Math.log(sum) - own[window[at + 1]!]!;
    }
  }
  return losses;
}

/** Stretches that double in length up to the longest window: [1, 128), [128, 256), [256, 512), ... */
export function positionStretches(longest: number, first = 128): { from: number; below: number }[] {
  const stretches: { from: number; below: number }[] = [];
  for (let from = 1, below = first; from < longest; from = below, below *= 2)
    stretches.push({ from, below: Math.min(below, longest) });
  return stretches;
}

/** Mean losses by stretch, over the losses of several windows. */
export function lossesByPosition(
  windows: readonly Float32Array[],
  stretches: readonly { from: number; below: number }[],
): PositionLoss[] {
  return stretches.map(({ from, below }) => {
    let sum = 0;
    let tokens = 0;
    // The loss at place i is that of the token at position i + 1.
    for (const losses of windows)
      for (let i = from - 1; i < Math.min(below - 1, losses.length); i++, tokens++) sum += losses[i]!;
    return { from, below, loss: sum / tokens, tokens };
  });
}
