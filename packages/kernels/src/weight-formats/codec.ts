/** Reads `count` elements (a multiple of the block) stored from byte `srcOffset` on. */
export type Dequantize = (
  src: Uint8Array,
  srcOffset: number,
  dst: Float32Array,
  dstOffset: number,
  count: number,
) => void;

/** Stores `count` elements (a multiple of the block) from byte `dstOffset` on. */
export type Quantize = (
  src: Float32Array,
  srcOffset: number,
  dst: Uint8Array,
  dstOffset: number,
  count: number,
) => void;

/** Layout and conversions of one stored element format. */
export interface WeightCodec {
  /** Elements of one block; 1 for plain floats. */
  blockElems: number;
  blockBytes: number;
  /** Type number in a GGUF file; null when GGUF has none. */
  ggmlType: number | null;
  dequantize: Dequantize;
  quantize: Quantize;
}
