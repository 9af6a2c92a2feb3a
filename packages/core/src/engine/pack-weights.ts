import type { Backend, Program, WeightHandle } from "@llamero/kernels";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { toTensorData } from "../formats/read-tensor.ts";
import { nextTask } from "./next-task.ts";

/** Weights of a program, packed. */
export interface PackedWeights {
  readonly weights: readonly WeightHandle[];
  /** Gives all of them back. */
  free(): void;
}

/** Packs the weights tensor by tensor; gives back what it has packed when it fails or is aborted. */
export async function packWeights(
  { tensors }: Pick<Checkpoint, "tensors">,
  program: Program,
  options: {
    backend: Backend;
    signal?: AbortSignal | undefined;
    onPacked?: (numTensors: number, loadedBytes: number) => void;
  },
): Promise<PackedWeights> {
  const { backend, signal, onPacked } = options;
  const weights: WeightHandle[] = [];
  const free = (): void => {
    for (const weight of weights.splice(0)) backend.freeWeight(weight);
  };
  try {
    let loadedBytes = 0;
    for (const { name, rows, cols } of program.weights) {
      await nextTask();
      signal?.throwIfAborted();
      const { format, data, rowScale } = tensors.get(name)!;
      const spec = { name, format, rows, cols, data: toTensorData(data) };
      weights.push(backend.createWeight(rowScale === undefined ? spec : { ...spec, rowScale }));
      loadedBytes += backend.packedBytes(format, rows, cols);
      onPacked?.(weights.length, loadedBytes);
    }
    return { weights, free };
  } catch (error) {
    free();
    throw error;
  }
}
