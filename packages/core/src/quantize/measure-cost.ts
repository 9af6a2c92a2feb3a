import type { Backend, Mode } from "@llamero/kernels";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { loadTokenizer } from "../tokenizer/load.ts";
import { LogitComparison, type LogitCost } from "./compare-logits.ts";
import { openLogitModel } from "./logit-model.ts";

/** Tokens of one window; each starts anew. */
export const PROOF_WINDOW = 512;

export interface MeasureCostOptions {
  backend: Backend;
  text: string;
  /** Default `exact`, in which only the weights differ. */
  mode?: Mode | undefined;
  windowTokens?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((doneTokens: number, totalTokens: number) => void) | undefined;
}

function cutWindows(source: Checkpoint, text: string, windowTokens: number): Int32Array[] {
  if (source.tokenizer === null) {
    throw new TypeError(
      `${source.name} holds no tokenizer, so no text can measure what is lost; put its tokenizer beside it, or do without proof`,
    );
  }
  const tokenizer = loadTokenizer(source.tokenizer);
  const ids = tokenizer.encode(text);
  const first = tokenizer.addBos && tokenizer.bosId !== null ? [tokenizer.bosId] : [];
  const step = windowTokens - first.length;
  const windows: Int32Array[] = [];
  for (let from = 0; from < ids.length; from += step) {
    const window = Int32Array.from([...first, ...ids.slice(from, from + step)]);
    if (window.length >= 2) windows.push(window);
  }
  return windows;
}

/**
 * Runs a text through both models and compares all their logits. Windows do not overlap; the first token of each is
 * not scored. Both models are in memory at once.
 */
export async function measureCost(
  source: Checkpoint,
  quantized: Checkpoint,
  options: MeasureCostOptions,
): Promise<LogitCost> {
  const { backend, mode = "exact", signal } = options;
  const longest = Math.min(source.config.maxPositionEmbeddings, options.windowTokens ?? PROOF_WINDOW);
  const windows = cutWindows(source, options.text, longest);
  const open = { backend, mode, signal, windowTokens: longest };
  await using truth = await openLogitModel(source, open);
  await using model = await openLogitModel(quantized, open);
  const size = source.config.vocabSize;
  const comparison = new LogitComparison();
  const total = windows.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  for (const window of windows) {
    const others = model.logits(window);
    let at = 0;
    for await (const expected of truth.logits(window)) {
      const actual = (await others.next()).value as Float32Array;
      for (let row = 0; row * size < expected.length; row++, at++) {
        const next = window[at + 1];
        if (next === undefined) continue;
        const [from, to] = [row * size, (row + 1) * size];
        comparison.add(expected.subarray(from, to), actual.subarray(from, to), next);
      }
      options.onProgress?.(done + at, total);
    }
    done += window.length;
  }
  return comparison.finish();
}
