export type { Checkpoint, TensorInfo, TokenizerSource } from "./formats/checkpoint.ts";
export type { LlamaConfig, RopeScaling } from "./models/config.ts";
export { type DecodeOptions, loadTokenizer, type StreamingDecoder, Tokenizer } from "./tokenizer/load.ts";
