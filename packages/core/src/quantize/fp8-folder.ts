import { join } from "node:path";
import type { TensorInfo } from "../formats/checkpoint.ts";
import { huggingFaceContents, huggingFaceSteps, WEIGHTS_FILE } from "../formats/huggingface-export.ts";
import { rewriteSafetensorsHeader, safetensorsSizeBytes } from "../formats/safetensors.ts";
import { convertTensor } from "../formats/tensor-source.ts";
import { FP8_ACTIVATION_BOUND, fp8Sources } from "./fp8-rows.ts";
import { proofTexts } from "./proof.ts";
import type { WriteModel } from "./quantize.ts";

/** Writes a Hugging Face folder in the form of the FP8 release (fbgemm_fp8). */
export const writeFp8Folder: WriteModel = (source, formats, proof) => {
  const isFp8 = (tensor: TensorInfo): boolean => formats.of(tensor) === "f8_e4m3";
  const kept = [...source.tensors.values()].filter((tensor) => tensor.shape.length > 1 && !isFp8(tensor));
  const { files, weights } = huggingFaceContents(source, {
    dtype: "bf16",
    sourcesOf: (tensor) => (isFp8(tensor) ? fp8Sources(tensor) : [convertTensor(tensor, formats.of(tensor))]),
    quantization: {
      quant_method: "fbgemm_fp8",
      activation_scale_ub: FP8_ACTIVATION_BOUND,
      modules_to_not_convert: kept.map(({ name }) => name.replace(/\.weight$/, "")),
    },
    metadata: proof === null ? {} : proofTexts(proof),
  });
  const neededBytes = safetensorsSizeBytes(weights) + 2 ** 24;
  return {
    neededBytes,
    steps: (path) => huggingFaceSteps(path, { files, weights }),
    written: (path) => ({
      sizeBytes: safetensorsSizeBytes(weights),
      fillIn: (filled) => rewriteSafetensorsHeader(join(path, WEIGHTS_FILE), weights, proofTexts(filled)),
    }),
  };
};
