import { countParameters, type LlamaConfig } from "@llamero/core";
import { trainingFlopsPerToken } from "../plan/flops.ts";

/** Width and depth of one model of a sweep. */
export interface SweepSize {
  hiddenSize: number;
  numHiddenLayers: number;
}

/** One run of a sweep: a size and the tokens that its budget pays for. */
export interface SweepRun {
  /** Of budget and size; names the run's folder. */
  id: string;
  /** Multiplications and additions of training. */
  budget: number;
  config: LlamaConfig;
  parameters: number;
  flopsPerToken: number;
  steps: number;
  /** Whole steps, so that the cost is close to the budget. */
  tokens: number;
}

/** What to sweep. */
export interface SweepOptions {
  /** What the sizes keep: vocabulary, width of heads, ratio of the feed-forward width and of key-value heads. */
  base: LlamaConfig;
  sizes: readonly SweepSize[];
  budgets: readonly number[];
  /** Rows of a sequence, and tokens of an optimizer step. */
  length: number;
  stepTokens: number;
  /** A run of fewer steps teaches nothing about longer ones and is refused; default 50. */
  minSteps?: number;
}

/** The base at another size: heads keep their width, and the feed-forward part its ratio, in steps of 32. */
export function resize(base: LlamaConfig, { hiddenSize, numHiddenLayers }: SweepSize): LlamaConfig {
  const { headDim } = base;
  if (!(Number.isInteger(hiddenSize) && hiddenSize > 0 && hiddenSize % headDim === 0))
    throw new RangeError(
      `Width ${hiddenSize} is not a multiple of the ${headDim} of a head; choose one that is`,
    );
  if (!(Number.isInteger(numHiddenLayers) && numHiddenLayers > 0))
    throw new RangeError(`A model has at least one layer, not ${numHiddenLayers}`);
  const numAttentionHeads = hiddenSize / headDim;
  const ratio = base.intermediateSize / base.hiddenSize;
  const wanted = Math.max(
    1,
    Math.round((numAttentionHeads * base.numKeyValueHeads) / base.numAttentionHeads),
  );
  let numKeyValueHeads = wanted;
  while (numAttentionHeads % numKeyValueHeads !== 0) numKeyValueHeads--;
  return {
    ...base,
    hiddenSize,
    numHiddenLayers,
    numAttentionHeads,
    numKeyValueHeads,
    intermediateSize: Math.max(32, Math.round((hiddenSize * ratio) / 32) * 32),
  };
}

/** The runs of a sweep, cheap budgets first. Throws where a fit would have too few runs, or a run too few steps. */
export function planSweep(options: SweepOptions): SweepRun[] {
  const { base, length, stepTokens, minSteps = 50 } = options;
  const budgets = [...new Set(options.budgets)].sort((a, b) => a - b);
  if (budgets.length < 2) throw new RangeError(`A law needs two budgets at least, not ${budgets.length}`);
  if (options.sizes.length < 3)
    throw new RangeError(`A budget needs three sizes at least for its parabola, not ${options.sizes.length}`);
  for (const budget of budgets)
    if (!(budget > 0 && Number.isFinite(budget)))
      throw new RangeError(`Budget ${budget} is not a number above 0`);
  const runs: SweepRun[] = [];
  const ids = new Set<string>();
  for (const budget of budgets)
    for (const size of options.sizes) {
      const config = resize(base, size);
      const flopsPerToken = trainingFlopsPerToken(config, length);
      const steps = Math.round(budget / flopsPerToken / stepTokens);
      const id = `${budget.toExponential(2).replace("+", "")}-${size.hiddenSize}x${size.numHiddenLayers}`;
      if (ids.has(id)) throw new RangeError(`Size ${size.hiddenSize}x${size.numHiddenLayers} is given twice`);
      ids.add(id);
      if (steps < minSteps)
        throw new RangeError(
          `${size.hiddenSize}x${size.numHiddenLayers} would train for ${steps} steps at budget ${budget.toExponential(2)}; ` +
            `leave it out, take a larger budget, or take smaller steps (${minSteps} are the least)`,
        );
      const parameters = countParameters(config);
      runs.push({ id, budget, config, parameters, flopsPerToken, steps, tokens: steps * stepTokens });
    }
  return runs;
}
