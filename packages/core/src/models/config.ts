/** Shape of a Llama-family model. Field names are those of the Hugging Face config.json, in camelCase. */
export interface LlamaConfig {
  hiddenSize: number;
  intermediateSize: number;
  numHiddenLayers: number;
  numAttentionHeads: number;
  numKeyValueHeads: number;
  headDim: number;
  vocabSize: number;
  rmsNormEps: number;
  ropeTheta: number;
  /** Llama 3.1 frequency scaling; null when the file has none. */
  ropeScaling: RopeScaling | null;
  maxPositionEmbeddings: number;
  tieWordEmbeddings: boolean;
}

export type RopeScaling =
  | {
      ropeType: "llama3";
      factor: number;
      lowFreqFactor: number;
      highFreqFactor: number;
      originalMaxPositionEmbeddings: number;
    }
  | { ropeType: "linear"; factor: number }
  /** Divisor per frequency [headDim / 2], as GGUF's rope_freqs.weight stores it. */
  | { ropeType: "divisors"; divisors: readonly number[] };
