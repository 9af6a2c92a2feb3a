import { readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { TensorData } from "@llamero/kernels";
import type { LlamaConfig } from "../models/config.ts";
import { checkTensors } from "./check-tensors.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { readFolderTokenizer } from "./folder-files.ts";
import { FormatError } from "./format-error.ts";
import { readJsonObject } from "./json-fields.ts";
import { metaConfig, metaTokenIds } from "./meta-params.ts";
import { readTensorBytes } from "./read-tensor.ts";
import { renameTensor } from "./tensor-names.ts";
import { readTorchArchive } from "./torch-archive.ts";

const SHARD = /^consolidated\.(\d{2,3})\.pth$/;
const keyValue = /\.self_attn\.[kv]_proj\.weight$/;

/** How the shards of a tensor join: replicated, or on an axis (llama-models checkpoint.py). */
function shardAxis(name: string, part: TensorInfo, hiddenSize: number): 0 | 1 | null {
  if (part.shape.length === 1) return null;
  if (/\.(o_proj|down_proj)\.weight$/.test(name)) return 1;
  // Up to Llama 2 the embedding is split by column.
  if (name === "model.embed_tokens.weight" && part.shape[1]! < hiddenSize) return 1;
  return 0;
}

function joinShards(
  name: string,
  parts: readonly TensorInfo[],
  hiddenSize: number,
  folder: string,
): TensorInfo {
  const first = parts[0]!;
  const axis = shardAxis(name, first, hiddenSize);
  if (axis === null || parts.length === 1) return first;
  const other = 1 - axis;
  if (parts.some((part) => part.format !== first.format || part.shape[other] !== first.shape[other])) {
    throw new FormatError("Shards differ in format or shape", { file: folder, tensor: name });
  }
  const joined = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const shape = axis === 0 ? [joined, first.shape[1]!] : [first.shape[0]!, joined];
  const pieces = parts.map((part) => part.data as TensorData);
  return { name, shape, format: first.format, data: { kind: "parts", axis, rows: shape[0]!, parts: pieces } };
}

/** How many consecutive shards hold the same key head; more than one in the mp16 release of the 405B. */
function countDuplicates(parts: readonly TensorInfo[]): number {
  const first = Buffer.from(readTensorBytes(parts[0]!.data));
  let count = 1;
  while (count < parts.length && first.equals(readTensorBytes(parts[count]!.data))) count++;
  return parts.length % count === 0 ? count : 1;
}

function readShards(folder: string): { sizeBytes: number; shards: ReadonlyMap<string, TensorInfo>[] } {
  const names = readdirSync(folder)
    .filter((name) => SHARD.test(name))
    .sort();
  names.forEach((name, i) => {
    if (Number(SHARD.exec(name)![1]) !== i) {
      throw new FormatError(`Shard ${i} is missing; found ${names.join(", ")}`, { file: folder });
    }
  });
  let sizeBytes = 0;
  const shards = names.map((name) => {
    const archive = readTorchArchive(join(folder, name));
    sizeBytes += archive.sizeBytes;
    return archive.tensors;
  });
  return { sizeBytes, shards };
}

/** Every tensor's shards, in order, under its Hugging Face name. */
function collect(
  shards: readonly ReadonlyMap<string, TensorInfo>[],
  folder: string,
): Map<string, TensorInfo[]> {
  const tensors = new Map<string, TensorInfo[]>();
  for (const name of shards[0]?.keys() ?? []) {
    if (name === "rope.freqs") continue;
    const hfName = renameTensor(name, "meta", "hf") ?? name;
    const parts = shards.map((shard, i) => {
      const part = shard.get(name);
      if (part === undefined)
        throw new FormatError(`Tensor is missing in shard ${i}`, { file: folder, tensor: name });
      return { ...part, name: hfName };
    });
    tensors.set(hfName, parts);
  }
  return tensors;
}

/** Opens a folder of Meta's release: params.json and consolidated.NN.pth, shards joined. */
export function openMeta(folder: string): Checkpoint {
  const paramsPath = join(folder, "params.json");
  const params = readJsonObject(paramsPath);
  const { sizeBytes, shards } = readShards(folder);
  if (shards.length === 0) throw new FormatError("Found no consolidated.00.pth", { file: folder });
  const byName = collect(shards, folder);
  const hiddenSize = byName.get("model.norm.weight")?.[0]?.shape[0] ?? 0;
  const joined = (name: string, parts: readonly TensorInfo[]) => joinShards(name, parts, hiddenSize, folder);
  const tensors = new Map([...byName].map(([name, parts]) => [name, joined(name, parts)]));
  let config: LlamaConfig = metaConfig(params, paramsPath, tensors);
  const firstKeys = byName.get("model.layers.0.self_attn.k_proj.weight");
  const duplicates = firstKeys === undefined ? 1 : countDuplicates(firstKeys);
  if (duplicates > 1) {
    const storedHeads =
      (tensors.get("model.layers.0.self_attn.k_proj.weight")?.shape[0] ?? 0) / config.headDim;
    config = { ...config, numKeyValueHeads: storedHeads / duplicates };
    for (const [name, parts] of byName) {
      if (keyValue.test(name))
        tensors.set(
          name,
          joined(
            name,
            parts.filter((_, i) => i % duplicates === 0),
          ),
        );
    }
  }
  checkTensors(config, tensors, folder);
  return {
    kind: "meta",
    path: folder,
    sizeBytes,
    name: basename(resolve(folder)),
    config,
    ropeLayout: "adjacent",
    tensors,
    tokenizer: readFolderTokenizer(folder),
    chatTemplate: null,
    metadata: params,
    ...metaTokenIds(config.vocabSize),
  };
}
