import { weightFormats } from "@llamero/kernels";
import type { TensorInfo } from "./checkpoint.ts";
import { readRange } from "./read-tensor.ts";

/** Dequantised rows [from, from + count) of a matrix (a vector is one row), FP8 row factors applied. */
export function readTensorRows(tensor: TensorInfo, from: number, count: number): Float32Array {
  const cols = tensor.shape.at(-1) ?? 1;
  const { blockElems, blockBytes, dequantize } = weightFormats[tensor.format];
  const rowSize = (cols / blockElems) * blockBytes;
  const bytes = new Uint8Array(count * rowSize);
  readRange(tensor.data, from * rowSize, bytes);
  const values = new Float32Array(count * cols);
  dequantize(bytes, 0, values, 0, count * cols);
  if (tensor.rowScale !== undefined) {
    for (let i = 0; i < values.length; i++) values[i]! *= tensor.rowScale[from + Math.floor(i / cols)]!;
  }
  return values;
}
