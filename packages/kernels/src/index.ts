export * from "./kernels.ts";
export {
  createNativeBackend,
  type InstructionSet,
  measureReadBandwidth,
  type NativeBackendOptions,
  nativeInstructionSets,
} from "./native/backend.ts";
export { type LeasePriority, type MachineLease, openMachineLease } from "./native/lease.ts";
export { createNativeTraining, type NativeTraining, type NativeTrainingOptions } from "./native/training.ts";
export { neutralSampling } from "./neutral-sampling.ts";
export { inferShapes, lastUses, numRows, type OpOf, valuesRead } from "./program.ts";
export { uniform } from "./random.ts";
export { createReferenceBackend } from "./reference/backend.ts";
export { sampleRow } from "./reference/sample.ts";
export {
  checkParamBuffers,
  checkTrainBatch,
  checkTrainProgram,
  type TrainLimits,
  trainLimits,
} from "./training/check.ts";
export { trainLastUses, trainParamsRead, trainValuesRead } from "./training/reads.ts";
export { createReferenceTraining } from "./training/reference/backend.ts";
export { EFFECT, type TrainOpOf, trainShapes } from "./training/shapes.ts";
export type * from "./training/training.ts";
export type { KernelVariant, WasmFiles } from "./wasm/assets.ts";
export { createWasmBackend, type WasmBackendOptions } from "./wasm/backend.ts";
export type { Dequantize, Quantize, WeightCodec } from "./weight-formats/codec.ts";
export { floatToBfloat16, floatToHalf, halfValues } from "./weight-formats/float.ts";
export { FP8_MAX, floatToFp8, fp8Values } from "./weight-formats/fp8.ts";
export { rowBytes, weightFormats } from "./weight-formats/table.ts";
