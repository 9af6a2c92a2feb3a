import {
  type Checkpoint,
  expectedTensors,
  type LlamaConfig,
  readTensorRows,
  type TensorInfo,
} from "@llamero/core";
import { type RopeLayout, rowBytes, weightFormats } from "@llamero/kernels";
import { normals } from "./normals.ts";
import type { ModelParams } from "./session.ts";

/** Standard deviation of initial weights (GPT-2, Radford et al. 2019; Llama's config.json `initializer_range`). */
const INITIAL_STD = 0.02;

/**
 * Initial weights of a model: normal numbers, norms 1, and the projections that end in the residual stream scaled by
 * 1 / sqrt(2 * layers) (Radford et al. 2019). The same for the same seed, on every machine.
 */
export function randomParams(
  config: LlamaConfig,
  seed: number,
  ropeLayout: RopeLayout = "halves",
): ModelParams {
  const values = new Map<string, Float32Array>();
  const residual = INITIAL_STD / Math.sqrt(2 * config.numHiddenLayers);
  for (const [name, shape] of expectedTensors(config)) {
    const count = shape.reduce((product, dim) => product * dim, 1);
    const std = /\.(o_proj|down_proj)\.weight$/.test(name) ? residual : INITIAL_STD;
    values.set(
      name,
      shape.length === 1 ? new Float32Array(count).fill(1) : normals(seed, values.size, count, std),
    );
  }
  return { config, ropeLayout, values };
}

/** The weights of a checkpoint of any format as f32; rows of q_proj and k_proj stay in the order that the file has. */
export function paramsFromCheckpoint(checkpoint: Checkpoint): ModelParams {
  const { config, ropeLayout, tensors } = checkpoint;
  const values = new Map<string, Float32Array>();
  for (const [name, shape] of expectedTensors(config)) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new RangeError(`${checkpoint.path} has no tensor ${name}`);
    values.set(name, readTensorRows(tensor, 0, shape.length === 1 ? 1 : shape[0]!));
  }
  return { config, ropeLayout, values };
}

/** What a checkpoint in memory says beside the weights; by default nothing. */
export interface MemoryCheckpointOptions
  extends Partial<
    Pick<
      Checkpoint,
      "name" | "path" | "tokenizer" | "chatTemplate" | "metadata" | "bosTokenId" | "eosTokenIds"
    >
  > {
  /** Format of the matrices; vectors are f32. Default f32, which shares the memory of the parameters. */
  format?: "f32" | "bf16";
}

function store(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  format: "f32" | "bf16",
): TensorInfo {
  if (format === "f32" || shape.length === 1) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return { name, shape, format: "f32", data: { kind: "bytes", bytes } };
  }
  const bytes = new Uint8Array(shape[0]! * rowBytes(format, shape[1]!));
  weightFormats[format].quantize(values, 0, bytes, 0, values.length);
  return { name, shape, format, data: { kind: "bytes", bytes } };
}

/** A checkpoint in memory of weights in training, for an engine to generate from or a writer to save. */
export function checkpointFromParams(params: ModelParams, options: MemoryCheckpointOptions = {}): Checkpoint {
  const { format = "f32", ...rest } = options;
  const tensors = new Map<string, TensorInfo>();
  let sizeBytes = 0;
  for (const [name, shape] of expectedTensors(params.config)) {
    const values = params.values.get(name);
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (values?.length !== count) {
      throw new RangeError(`Parameter ${name} needs ${count} values, got ${values?.length ?? "none"}`);
    }
    const tensor = store(name, shape, values, format);
    tensors.set(name, tensor);
    sizeBytes += tensor.data.kind === "bytes" ? tensor.data.bytes.length : 0;
  }
  return {
    kind: "safetensors",
    path: "memory",
    name: "in training",
    tokenizer: null,
    chatTemplate: null,
    metadata: {},
    bosTokenId: null,
    eosTokenIds: [],
    ...rest,
    sizeBytes,
    config: params.config,
    ropeLayout: params.ropeLayout,
    tensors,
  };
}
