import { type Checkpoint, loadTokenizer, openLogitModel, type Tokenizer } from "@llamero/core";
import type { Backend } from "@llamero/kernels";
import { type CopyFigure, checkCopies } from "./copy-check.ts";
import { lossesByPosition, type PositionLoss, positionStretches, tokenLosses } from "./position-loss.ts";

/** A model whose context was extended against what it was before. */
export interface ExtensionReport {
  /** Tokens of the long windows, and of the short ones that both models were made for. */
  length: number;
  shortLength: number;
  /** Mean loss of short windows before and after, in nats per token, and how much it rose. */
  short: { before: number; after: number; rise: number; limit: number };
  /** Losses by position in long windows; before is null where the old model takes no such windows. */
  positions: readonly (PositionLoss & { before: number | null })[];
  copies: readonly CopyFigure[];
  /** What speaks against the new model; empty when nothing does. */
  refusals: readonly string[];
}

export interface CheckExtensionOptions {
  backend: Backend;
  text: string;
  /** Tokens of the long windows; the new model's own limit without it. */
  length?: number;
  /** Tokens of the short windows; the old model's own limit without it, 2,048 at most. */
  shortLength?: number;
  /** Nats per token that short windows may lose; default 0.02. */
  maxShortRise?: number;
  /** Windows of each kind at most; default 8. */
  windows?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Measures both models on one text. Refused is a model whose loss on short windows rose beyond the limit, or whose loss
 * past the old length is above that at the end of the old length by more than the limit: it takes more, but does not use it.
 */
export async function checkExtension(
  before: Checkpoint,
  after: Checkpoint,
  options: CheckExtensionOptions,
): Promise<ExtensionReport> {
  const { backend, text, maxShortRise: limit = 0.02, windows = 8, signal } = options;
  const length = options.length ?? after.config.maxPositionEmbeddings;
  const shortLength = options.shortLength ?? Math.min(2048, before.config.maxPositionEmbeddings);
  if (length > after.config.maxPositionEmbeddings)
    throw new RangeError(`${after.name} takes ${after.config.maxPositionEmbeddings} tokens, not ${length}`);
  if (length <= shortLength)
    throw new RangeError(
      `The long windows have ${length} tokens and the short ones ${shortLength}; nothing is longer`,
    );
  const tokenizer = tokenizerOf(after);
  const ids = Int32Array.from(tokenizer.encode(text));
  if (ids.length < length)
    throw new RangeError(
      `The text has ${ids.length} tokens, fewer than one window of ${length}; give a longer one`,
    );
  const cut = (size: number): Int32Array[] => cutWindows(ids, size, windows, tokenizer);
  const [shortWindows, longWindows] = [cut(shortLength), cut(length)];
  const stretches = positionStretches(length, Math.min(128, shortLength));
  const measure = async (checkpoint: Checkpoint, sets: readonly (readonly Int32Array[])[]) => {
    const { vocabSize } = checkpoint.config;
    await using model = await openLogitModel(checkpoint, {
      backend,
      windowTokens: length,
      mode: "exact",
      signal,
    });
    const losses: Float32Array[][] = [];
    for (const set of sets) {
      const found: Float32Array[] = [];
      for (const window of set) found.push(await tokenLosses(model, window, vocabSize));
      losses.push(found);
    }
    return {
      losses,
      copies: checkpoint === after ? await checkCopies(model, { filler: ids, length, vocabSize }) : [],
    };
  };
  const takesLong = before.config.maxPositionEmbeddings >= length;
  const old = await measure(before, takesLong ? [shortWindows, longWindows] : [shortWindows]);
  const own = await measure(after, [shortWindows, longWindows]);
  const short = { before: meanOf(old.losses[0]!), after: meanOf(own.losses[0]!) };
  const oldPositions = takesLong ? lossesByPosition(old.losses[1]!, stretches) : null;
  const positions = lossesByPosition(own.losses[1]!, stretches).map((position, index) => ({
    ...position,
    before: oldPositions?.[index]?.loss ?? null,
  }));
  const rise = short.after - short.before;
  return {
    length,
    shortLength,
    short: { ...short, rise, limit },
    positions,
    copies: own.copies,
    refusals: refusalsOf(rise, positions, shortLength, limit),
  };
}

function refusalsOf(
  rise: number,
  positions: readonly PositionLoss[],
  shortLength: number,
  limit: number,
): string[] {
  const refusals: string[] = [];
  if (!(rise <= limit))
    refusals.push(`Loss of windows of ${shortLength} tokens rose by ${rise.toFixed(3)}, more than ${limit}`);
  const known = positions.findLast(({ below }) => below <= shortLength) ?? positions[0]!;
  for (const { from, below, loss } of positions)
    if (from >= shortLength && !(loss <= known.loss + limit))
      refusals.push(
        `Loss at positions ${from} to ${below - 1} is ${loss.toFixed(3)}, above the ${known.loss.toFixed(3)} at ${known.from} to ${known.below - 1}`,
      );
  return refusals;
}

function tokenizerOf({ tokenizer, path }: Checkpoint): Tokenizer {
  if (tokenizer === null) throw new RangeError(`${path} holds no tokenizer, so no text can be measured`);
  return loadTokenizer(tokenizer);
}

/** Windows that do not overlap, from all over the text. */
function cutWindows(ids: Int32Array, size: number, most: number, tokenizer: Tokenizer): Int32Array[] {
  const first = tokenizer.addBos && tokenizer.bosId !== null ? [tokenizer.bosId] : [];
  const step = size - first.length;
  const count = Math.max(1, Math.min(most, Math.floor(ids.length / step)));
  const stride = Math.floor((ids.length - step) / Math.max(1, count - 1));
  return Array.from({ length: count }, (_, i) =>
    Int32Array.from([
      ...first,
      ...ids.subarray(count === 1 ? 0 : i * stride, (count === 1 ? 0 : i * stride) + step),
    ]),
  );
}

function meanOf(windows: readonly Float32Array[]): number {
  let sum = 0;
  let count = 0;
  for (const losses of windows) {
    for (const loss of losses) sum += loss;
    count += losses.length;
  }
  return sum / count;
}
