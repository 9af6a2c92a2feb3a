import { type Checkpoint, readTensorRows, type StoredTensor, type TensorInfo } from "@llamero/core";
import type { AdapterSpec, AdapterTarget } from "@llamero/kernels";

/**
 * The checkpoint with an adapter in its weights: W + scale * B A, as f32. Each weight is computed when it is read, and
 * only the last one is kept, so that a model of any size can be written.
 */
export function mergeAdapter(checkpoint: Checkpoint, { name, targets }: AdapterSpec): Checkpoint {
  const tensors = new Map(checkpoint.tensors);
  const last: LastTensor = { name: "", data: null };
  for (const target of targets) {
    const tensor = checkpoint.tensors.get(target.target);
    if (tensor === undefined)
      throw new RangeError(`The model has no ${target.target}; the adapter is one of another model`);
    tensors.set(target.target, mergedTensor(tensor, target, last));
  }
  return { ...checkpoint, name: `${checkpoint.name}-${name}`, tensors };
}

interface LastTensor {
  name: string;
  data: StoredTensor | null;
}

function mergedTensor(tensor: TensorInfo, target: AdapterTarget, last: LastTensor): TensorInfo {
  const { name, shape } = tensor;
  return {
    name,
    shape,
    format: "f32",
    get data(): StoredTensor {
      if (last.name !== name || last.data === null) {
        const values = mergedValues(tensor, target);
        last.data = {
          kind: "bytes",
          bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
        };
        last.name = name;
      }
      return last.data;
    },
  };
}

function mergedValues(tensor: TensorInfo, { rank, rows, cols, a, b, scale }: AdapterTarget): Float32Array {
  const values = readTensorRows(tensor, 0, rows);
  const change = new Float64Array(cols);
  for (let n = 0; n < rows; n++) {
    change.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[n * rank + r]!;
      for (let k = 0; k < cols; k++) change[k]! += factor * a[r * cols + k]!;
    }
    for (let k = 0; k < cols; k++) values[n * cols + k]! += change[k]!;
  }
  return values;
}
