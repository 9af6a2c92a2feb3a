import { byteConfig, writeByteModel } from "../../../train/src/tune/fake-model-folder.ts";

/** Writes a chat model with random weights, large enough for every kernel and quantisation. Tests only. */
export function writeChatModel(folder: string): Promise<void> {
  return writeByteModel(folder, 3, {
    ...byteConfig,
    hiddenSize: 64,
    intermediateSize: 64,
    headDim: 32,
    maxPositionEmbeddings: 2048,
  });
}
