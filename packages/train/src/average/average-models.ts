import {
  type Checkpoint,
  openCheckpoint,
  readTensorRows,
  type StoredTensor,
  type TensorInfo,
} from "@llamero/core";

/**
 * The mean of the weights of models of one shape, by `weights` or equally. Each tensor is computed when it is read.
 * Throws RangeError naming what does not agree.
 */
export function averageModels(paths: readonly string[], weights?: readonly number[]): Checkpoint {
  const [first, ...others] = paths.map((path) => openCheckpoint(path));
  if (first === undefined) throw new RangeError("There is no model to average");
  const given = weights ?? paths.map(() => 1);
  const total = given.reduce((sum, each) => sum + each, 0);
  if (given.length !== paths.length || !given.every((each) => each >= 0) || !(total > 0))
    throw new RangeError(
      `Weights are ${given.join(", ") || "none"} for ${paths.length} models; give each one of at least 0, not all 0`,
    );
  for (const other of others) checkAlike(first, other);
  const shares = given.map((each) => each / total);
  const all = [first, ...others];
  const tensors = new Map<string, TensorInfo>();
  for (const { name, shape } of first.tensors.values())
    tensors.set(name, meanTensor(name, shape, { all, shares }));
  let sizeBytes = 0;
  for (const { shape } of tensors.values()) sizeBytes += 4 * shape.reduce((product, dim) => product * dim, 1);
  return { ...first, path: "memory", name: `${first.name}-average`, tensors, sizeBytes };
}

function meanTensor(
  name: string,
  shape: readonly number[],
  { all, shares }: { all: readonly Checkpoint[]; shares: readonly number[] },
): TensorInfo {
  return {
    name,
    shape,
    format: "f32",
    get data(): StoredTensor {
      const rows = shape.length === 1 ? 1 : shape[0]!;
      const sum = new Float64Array(shape.reduce((product, dim) => product * dim, 1));
      for (const [index, { tensors }] of all.entries()) {
        const values = readTensorRows(tensors.get(name)!, 0, rows);
        const share = shares[index]!;
        for (let i = 0; i < sum.length; i++) sum[i]! += share * values[i]!;
      }
      const { buffer } = Float32Array.from(sum);
      return { kind: "bytes", bytes: new Uint8Array(buffer) };
    },
  };
}

function checkAlike(first: Checkpoint, other: Checkpoint): void {
  const pair = `${first.path} and ${other.path}`;
  const fields = Object.keys(first.config) as (keyof Checkpoint["config"])[];
  for (const field of fields)
    if (JSON.stringify(first.config[field]) !== JSON.stringify(other.config[field]))
      throw new RangeError(
        `${pair} cannot be averaged: ${field} is ${JSON.stringify(first.config[field])} and ${JSON.stringify(other.config[field])}`,
      );
  if (first.ropeLayout !== other.ropeLayout)
    throw new RangeError(
      `${pair} order the rows of q_proj differently; convert both to the same container first`,
    );
  for (const name of first.tensors.keys())
    if (!other.tensors.has(name)) throw new RangeError(`${pair} cannot be averaged: ${name} is in one only`);
}
