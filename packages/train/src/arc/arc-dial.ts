/** All that follows from one number: the size of the toy and how it is trained. */
export interface ArcDial {
  depth: number;
  width: number;
  heads: number;
  kvHeads: number;
  intermediateSize: number;
  vocabSize: number;
  context: number;
  /** Parameters, the tied embedding counted once. */
  parameters: number;
  pretrain: { learningRate: number; batchTokens: number };
  sft: { learningRate: number; batchTokens: number; epochs: number; conversations: number };
  dpo: { learningRate: number; batchPairs: number; pairs: number };
}

const headDim = 32;

/** Everything from the depth: width 64 a layer, learning rate by the root of the width, batches with the size. */
export function arcDial(depth: number): ArcDial {
  if (!(Number.isInteger(depth) && depth >= 1 && depth <= 16))
    throw new RangeError(`The depth is ${depth}; it is a whole number from 1 to 16`);
  const width = 64 * depth;
  const heads = width / headDim;
  const kvHeads = heads / 2;
  const intermediateSize = 32 * Math.round((width * 8) / 3 / 32);
  const vocabSize = Math.min(8192, 512 * Math.max(2, depth));
  const perLayer = width * headDim * 2 * (heads + kvHeads) + 3 * width * intermediateSize + 2 * width;
  const rate = 3e-3 * Math.sqrt(128 / width);
  return {
    depth,
    width,
    heads,
    kvHeads,
    intermediateSize,
    vocabSize,
    context: 256,
    parameters: depth * perLayer + width + vocabSize * width,
    pretrain: { learningRate: rate, batchTokens: 2048 * Math.min(4, depth) },
    sft: { learningRate: rate / 2, batchTokens: 512, epochs: 6, conversations: 400 },
    dpo: { learningRate: rate / 60, batchPairs: 8, pairs: 96 },
  };
}

/** What limits the steps of pre-training. */
export interface ArcBudget {
  /** Tokens of the curated texts. */
  textTokens: number;
  /** Of the whole arc; null: no limit. */
  minutes: number | null;
  /** Multiplications and additions a second that training gets. */
  operationsPerSecond: number;
}

/** Share of the time that pre-training gets. */
const pretrainShare = 0.6;
/** Often enough to learn, not so often that more brings little (Muennighoff et al. 2023). */
const mostEpochs = 16;
/** Hoffmann et al. 2022. */
const tokensPerParameter = 20;

/** Optimizer steps of pre-training: as the size wants, but no more than texts and time allow. */
export function pretrainSteps(
  dial: ArcDial,
  { textTokens, minutes, operationsPerSecond }: ArcBudget,
): number {
  const seconds = minutes === null ? Number.POSITIVE_INFINITY : minutes * 60 * pretrainShare;
  const affordable = (seconds * operationsPerSecond) / (6 * dial.parameters);
  const tokens = Math.min(tokensPerParameter * dial.parameters, mostEpochs * textTokens, affordable);
  return Math.max(20, Math.floor(tokens / dial.pretrain.batchTokens));
}
