import type { RopeLayout, TensorData, WeightFormat } from "@llamero/kernels";
import type { LlamaConfig } from "../models/config.ts";

/**
 * A tensor split over the shards of a Meta release: row-parallel parts join on axis 0, column-parallel ones
 * on axis 1. Every part of axis 1 holds all `rows`. Backends take `TensorData`: join with `readTensorBytes`.
 */
export interface TensorParts {
  kind: "parts";
  axis: 0 | 1;
  rows: number;
  parts: readonly TensorData[];
}

/** Where the bytes of a checkpoint's tensor are. */
export type StoredTensor = TensorData | TensorParts;

/** One stored tensor. `shape` is row-major, outermost first (HF order). */
export interface TensorInfo {
  /** Hugging Face name, such as model.layers.0.self_attn.q_proj.weight, whatever the file called it. */
  name: string;
  shape: readonly number[];
  format: WeightFormat;
  data: StoredTensor;
  /** FP8 row-wise factor per output row. */
  rowScale?: Float32Array;
}

/** What a model file, folder or release says about itself, whatever its format. */
export interface Checkpoint {
  readonly kind: "gguf" | "safetensors" | "meta";
  /** Path as given by the user. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly name: string;
  readonly config: LlamaConfig;
  /** Row order of q_proj and k_proj: GGUF and Meta rotate adjacent pairs, HF rotates halves. */
  readonly ropeLayout: RopeLayout;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly tokenizer: TokenizerSource | null;
  /** Jinja chat template as stored, or null. */
  readonly chatTemplate: string | null;
  /** Everything else the file says, for `inspect` (GGUF metadata, config.json, params.json). */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly bosTokenId: number | null;
  readonly eosTokenIds: readonly number[];
}

/** Raw material for `core/tokenizer`. */
export type TokenizerSource =
  | { kind: "tokenizer.json"; text: string }
  /** Meta's tokenizer.model: one `base64 rank` per line. */
  | { kind: "tokenizer.model"; bytes: Uint8Array }
  | {
      kind: "gguf";
      /** tokenizer.ggml.model, such as gpt2. */
      model: string;
      /** tokenizer.ggml.pre, such as llama-bpe or smollm. */
      pre: string;
      tokens: readonly string[];
      /** 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte. */
      tokenTypes: readonly number[];
      merges: readonly string[];
      addBosToken: boolean | null;
    };
