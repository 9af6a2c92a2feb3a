import type { LlamaConfig } from "@llamero/core";

/** Weights of the matrices that every token is multiplied with: all but norms, and the embedding only as output head. */
export function countMatrixWeights(config: LlamaConfig): number {
  const { hiddenSize: D, intermediateSize: F, vocabSize: V, headDim } = config;
  const queries = config.numAttentionHeads * headDim;
  const keys = config.numKeyValueHeads * headDim;
  return config.numHiddenLayers * (2 * D * queries + 2 * D * keys + 3 * D * F) + V * D;
}

/**
 * Multiplications and additions to train on one token: 6 per weight (Kaplan et al. 2020), and causal attention, which sees
 * half the sequence on average: 2 * 2 * queries * length / 2 forward, and twice that backward.
 */
export function trainingFlopsPerToken(config: LlamaConfig, length: number): number {
  const queries = config.numAttentionHeads * config.headDim;
  return 6 * countMatrixWeights(config) + 6 * config.numHiddenLayers * queries * length;
}
