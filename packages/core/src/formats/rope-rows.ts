import type { RopeLayout } from "@llamero/kernels";
import { rowBytes } from "@llamero/kernels";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { readTensorBytes } from "./read-tensor.ts";

/** Row of the head in the other layout that becomes row `row` of a head in this one. */
const sourceRows: { readonly [L in RopeLayout]: (row: number, headDim: number) => number } = {
  adjacent: (row, headDim) => (row % 2) * (headDim / 2) + Math.floor(row / 2),
  halves: (row, headDim) => (row < headDim / 2 ? 2 * row : 2 * (row - headDim / 2) + 1),
};

/** The tensor in the row order of another layout: rows of q and k move whole, whatever their format. */
export function withRopeLayout(
  tensor: TensorInfo,
  { config, ropeLayout }: Pick<Checkpoint, "config" | "ropeLayout">,
  wanted: RopeLayout,
): TensorInfo {
  if (ropeLayout === wanted || !/\.[qk]_proj\.weight$/.test(tensor.name)) return tensor;
  const [rows, cols] = tensor.shape as [number, number];
  const size = rowBytes(tensor.format, cols);
  const source = readTensorBytes(tensor.data);
  const bytes = new Uint8Array(source.length);
  const rowScale = tensor.rowScale && new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const inHead = row % config.headDim;
    const from = row - inHead + sourceRows[wanted](inHead, config.headDim);
    bytes.set(source.subarray(from * size, (from + 1) * size), row * size);
    if (rowScale !== undefined) rowScale[row] = tensor.rowScale![from]!;
  }
  const moved: TensorInfo = { ...tensor, data: { kind: "bytes", bytes } };
  return rowScale === undefined ? moved : { ...moved, rowScale };
}
