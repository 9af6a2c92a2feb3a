import type { Checkpoint, TensorInfo } from "@llamero/core";
import type { WeightFormat } from "@llamero/kernels";

/** Tensors, weights and bytes of one storage format. */
export interface FormatCount {
  format: WeightFormat;
  numTensors: number;
  numWeights: number;
  sizeBytes: number;
}

const countWeights = (tensor: TensorInfo): number =>
  tensor.shape.reduce((product, size) => product * size, 1);

/** How much of a checkpoint is stored in which format, most bytes first. */
export function countFormats(
  tensors: Iterable<TensorInfo>,
  sizeOf: (data: TensorInfo["data"]) => number,
): FormatCount[] {
  const counts = new Map<WeightFormat, FormatCount>();
  for (const tensor of tensors) {
    const count = counts.get(tensor.format) ?? {
      format: tensor.format,
      numTensors: 0,
      numWeights: 0,
      sizeBytes: 0,
    };
    counts.set(tensor.format, {
      format: tensor.format,
      numTensors: count.numTensors + 1,
      numWeights: count.numWeights + countWeights(tensor),
      sizeBytes: count.sizeBytes + sizeOf(tensor.data),
    });
  }
  return [...counts.values()].sort((a, b) => b.sizeBytes - a.sizeBytes);
}

/** Bytes of weights that one generated token reads: everything but a lookup table of embeddings. */
export function weightBytesPerToken(
  checkpoint: Checkpoint,
  sizeOf: (data: TensorInfo["data"]) => number,
): number {
  let total = 0;
  const hasHead = checkpoint.tensors.has("lm_head.weight");
  for (const tensor of checkpoint.tensors.values()) {
    const isLookup = tensor.name === "model.embed_tokens.weight" && hasHead;
    if (!isLookup) total += sizeOf(tensor.data);
  }
  return total;
}

/** Bytes of KV cache that one generated token reads at a position. */
export function kvBytesPerToken(checkpoint: Checkpoint, dtype: "f16" | "int8", position: number): number {
  const { numHiddenLayers, numKeyValueHeads, headDim } = checkpoint.config;
  // int8 has one f32 scale per head and token.
  const headBytes = dtype === "f16" ? headDim * 2 : headDim + 4;
  return 2 * numHiddenLayers * numKeyValueHeads * headBytes * position;
}

/** Number of stored weights. */
export function totalWeights(tensors: Iterable<TensorInfo>): number {
  let total = 0;
  for (const tensor of tensors) total += countWeights(tensor);
  return total;
}
