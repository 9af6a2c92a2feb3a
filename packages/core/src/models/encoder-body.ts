/** The layers of an encoder, without what is made of their states. */
export interface EncoderBody extends AsyncDisposable {
  readonly hiddenSize: number;
  readonly vocabSize: number;
  /** Most tokens of one text. */
  readonly maxPositions: number;
  /** Last hidden states of texts that lie one behind the other, special tokens included: [T, D]. */
  forward(texts: readonly (readonly number[])[], signal?: AbortSignal): Promise<Float32Array>;
}

/** Rows of texts that are computed together. */
export const packedRows = 512;

/** Rows that the texts of a pack take in whole KV blocks. */
export function paddedLength(length: number, block: number): number {
  return Math.ceil(length / block) * block;
}
