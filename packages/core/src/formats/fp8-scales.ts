import { weightFormats } from "@llamero/kernels";
import type { TensorInfo } from "./checkpoint.ts";
import { FormatError } from "./format-error.ts";
import { readTensorBytes } from "./read-tensor.ts";

const SCALE = ".weight_scale";

export function isScaleName(name: string): boolean {
  return name.endsWith(SCALE);
}

/** Attaches the row factors that fbgemm_fp8 stores beside each FP8 weight, as [rows, 1] or [rows]. */
export function withRowScale(
  weight: TensorInfo,
  tensors: ReadonlyMap<string, TensorInfo>,
  file: string,
): TensorInfo {
  if (weight.format !== "f8_e4m3") return weight;
  const rows = weight.shape[0] ?? 0;
  const scale = tensors.get(weight.name.replace(/\.weight$/, SCALE));
  if (scale === undefined) {
    throw new FormatError(`FP8 weight has no ${SCALE.slice(1)} tensor`, { file, tensor: weight.name });
  }
  const count = scale.shape.reduce((product, dim) => product * dim, 1);
  if (count !== rows || scale.format === "f8_e4m3") {
    const problem = `Scale of ${scale.format} [${scale.shape.join(", ")}] is not one float per row of ${rows}`;
    throw new FormatError(problem, { file, tensor: scale.name });
  }
  const rowScale = new Float32Array(rows);
  weightFormats[scale.format].dequantize(readTensorBytes(scale.data), 0, rowScale, 0, rows);
  return { ...weight, rowScale };
}
