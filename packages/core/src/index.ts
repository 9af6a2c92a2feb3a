export type { Checkpoint, TensorInfo, TokenizerSource } from "./formats/checkpoint.ts";
export type { LlamaConfig, RopeScaling } from "./models/config.ts";
