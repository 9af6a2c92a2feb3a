import type { WeightFormat } from "@llamero/kernels";
import { rowBytes, weightFormats } from "@llamero/kernels";
import type { TensorInfo } from "./checkpoint.ts";
import { tensorPieces } from "./read-tensor.ts";
import { readTensorRows } from "./read-tensor-rows.ts";

/** A tensor to be written, produced piece by piece so that none has to fit in memory. */
export interface TensorSource {
  name: string;
  /** Row-major, outermost first. */
  shape: readonly number[];
  format: WeightFormat;
  /** Stored bytes in order; together exactly the tensor. */
  pieces(): Iterable<Uint8Array>;
}

/** Stored size of a tensor of this shape. Throws RangeError when rows are not whole blocks. */
export function storedSizeBytes(format: WeightFormat, shape: readonly number[]): number {
  const rows = shape.slice(0, -1).reduce((product, dim) => product * dim, 1);
  return rows * rowBytes(format, shape.at(-1) ?? 1);
}

/** A tensor copied as it is stored. */
export function copyTensor(tensor: TensorInfo): TensorSource {
  const { name, shape, format, data } = tensor;
  return { name, shape, format, pieces: () => tensorPieces(data) };
}

/** A tensor converted to another format while it is written. */
export function convertTensor(tensor: TensorInfo, format: WeightFormat): TensorSource {
  if (tensor.format === format && tensor.rowScale === undefined) return copyTensor(tensor);
  const { name, shape } = tensor;
  const cols = shape.at(-1) ?? 1;
  const rows = shape.slice(0, -1).reduce((product, dim) => product * dim, 1);
  const size = rowBytes(format, cols);
  const step = Math.max(1, Math.floor(2 ** 22 / cols));
  function* pieces(): Generator<Uint8Array> {
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const bytes = new Uint8Array(count * size);
      weightFormats[format].quantize(readTensorRows(tensor, row, count), 0, bytes, 0, count * cols);
      yield bytes;
    }
  }
  return { name, shape, format, pieces };
}

/** A tensor in memory, stored in `format`. */
export function floatTensor(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  format: WeightFormat = "f32",
): TensorSource {
  const size = storedSizeBytes(format, shape);
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (count !== values.length) {
    throw new RangeError(
      `Tensor ${name} of shape [${shape.join(", ")}] needs ${count} values, got ${values.length}`,
    );
  }
  function* pieces(): Generator<Uint8Array> {
    const bytes = new Uint8Array(size);
    weightFormats[format].quantize(values, 0, bytes, 0, count);
    yield bytes;
  }
  return { name, shape, format, pieces };
}
