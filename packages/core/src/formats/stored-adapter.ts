import type { RopeLayout } from "@llamero/kernels";
import type { TensorInfo } from "./checkpoint.ts";
import { FormatError } from "./format-error.ts";

/** One linear's pair of matrices as a file has it, under the Hugging Face name of the weight. */
export interface StoredPair {
  target: string;
  /** [rank, cols] */
  a: TensorInfo;
  /** [rows, rank] */
  b: TensorInfo;
  /** Factor of B A for a rank. */
  scaleOf(rank: number): number;
}

/** An adapter as a file or folder has it. */
export interface StoredAdapter {
  /** File that errors name. */
  file: string;
  /** Row order of q_proj and k_proj in the model that it was made for. */
  ropeLayout: RopeLayout;
  /** The model it was made for, where the file says so. */
  baseModel: string | null;
  pairs: readonly StoredPair[];
}

/** Joins the two matrices of each target. `parts` names them `a` and `b`. */
export function pairUp(
  parts: Iterable<{ target: string; part: "a" | "b"; tensor: TensorInfo }>,
  file: string,
): { target: string; a: TensorInfo; b: TensorInfo }[] {
  const found = new Map<string, { a?: TensorInfo; b?: TensorInfo }>();
  for (const { target, part, tensor } of parts) found.set(target, { ...found.get(target), [part]: tensor });
  return [...found].map(([target, { a, b }]) => {
    if (a === undefined || b === undefined) {
      throw new FormatError(`Adapter has matrix ${a === undefined ? "B" : "A"} of ${target} only`, { file });
    }
    return { target, a, b };
  });
}
