import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { LlamaConfig } from "../models/config.ts";
import { checkTensors } from "./check-tensors.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import {
  readFolderChatTemplate,
  readFolderLicense,
  readFolderTokenizer,
  readOptionalJson,
} from "./folder-files.ts";
import { FormatError } from "./format-error.ts";
import { isScaleName, withRowScale } from "./fp8-scales.ts";
import { readHuggingFaceConfig } from "./huggingface-config.ts";
import { JsonFields, readJsonObject } from "./json-fields.ts";
import { metaConfig, metaTokenIds } from "./meta-params.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import { readSafetensors, readShardedSafetensors } from "./safetensors.ts";
import { renameTensor } from "./tensor-names.ts";

const INDEX = "model.safetensors.index.json";
/** Stored beside the weights but not part of the forward pass. */
const ignored = /(^rope\.freqs|\.rotary_emb\.inv_freq|\.input_scale_ub|\.input_scale)$/;

function checkQuantization(config: JsonFields): void {
  const quantization = config.object("quantization_config");
  const method = quantization?.["quant_method"];
  if (quantization !== null && method !== "fbgemm_fp8") {
    config.fail(
      `Quantisation ${JSON.stringify(method)} is not supported; use fbgemm_fp8, GGUF or unquantised weights`,
    );
  }
}

/** Weights under Hugging Face names, FP8 scales attached, extras dropped. */
function nameTensors(file: SafetensorsFile, isMeta: boolean): Map<string, TensorInfo> {
  const tensors = new Map<string, TensorInfo>();
  for (const tensor of file.tensors.values()) {
    if (ignored.test(tensor.name) || isScaleName(tensor.name)) continue;
    const name = (isMeta ? renameTensor(tensor.name, "meta", "hf") : null) ?? tensor.name;
    tensors.set(name, { ...withRowScale(tensor, file.tensors, file.path), name });
  }
  return tensors;
}

type Description = { config: LlamaConfig } & Pick<Checkpoint, "metadata" | "bosTokenId" | "eosTokenIds">;

/** What the files beside the weights say: config.json and generation_config.json, else params.json. */
function describe(folder: string, tensors: ReadonlyMap<string, TensorInfo>): Description {
  const configPath = join(folder, "config.json");
  if (!existsSync(configPath)) {
    const paramsPath = join(folder, "params.json");
    if (!existsSync(paramsPath)) {
      throw new FormatError("config.json is missing; put it beside the weights", { file: folder });
    }
    const metadata = readJsonObject(paramsPath);
    const config = metaConfig(metadata, paramsPath, tensors);
    return { config, metadata, ...metaTokenIds(config.vocabSize) };
  }
  const json = readJsonObject(configPath);
  const fields = new JsonFields(json, configPath);
  checkQuantization(fields);
  const generationPath = join(folder, "generation_config.json");
  const generation = readOptionalJson(generationPath);
  const generationEos = new JsonFields(generation ?? {}, generationPath).tokenIds("eos_token_id");
  return {
    config: readHuggingFaceConfig(json, configPath),
    metadata: generation === null ? json : { ...json, generation_config: generation },
    bosTokenId: fields.tokenIds("bos_token_id")[0] ?? null,
    eosTokenIds: [...new Set([...generationEos, ...fields.tokenIds("eos_token_id")])],
  };
}

/** What this engine wrote into the file itself, such as the proof of a quantisation. */
function ownMetadata({ metadata }: SafetensorsFile): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => key.startsWith("llamero.")));
}

function openWith(path: string, folder: string, file: SafetensorsFile): Checkpoint {
  const isMeta = file.tensors.has("tok_embeddings.weight");
  const tensors = nameTensors(file, isMeta);
  const description = describe(folder, tensors);
  if (description.config.tieWordEmbeddings) tensors.delete("lm_head.weight");
  const config = { ...description.config, tieWordEmbeddings: !tensors.has("lm_head.weight") };
  checkTensors(config, tensors, path);
  return {
    ...description,
    metadata: { ...description.metadata, ...readFolderLicense(folder), ...ownMetadata(file) },
    kind: "safetensors",
    path,
    sizeBytes: file.sizeBytes,
    name: basename(resolve(folder)),
    config,
    ropeLayout: isMeta ? "adjacent" : "halves",
    tensors,
    tokenizer: readFolderTokenizer(folder),
    chatTemplate: readFolderChatTemplate(folder),
  };
}

/** Opens one .safetensors file with the config.json (or params.json) beside it. */
export function openSafetensors(path: string): Checkpoint {
  return openWith(path, dirname(path), readSafetensors(path));
}

/** Opens a folder with config.json and safetensors, in one file or in shards with an index. */
export function openHuggingFaceFolder(folder: string): Checkpoint {
  const index = join(folder, INDEX);
  if (existsSync(index)) return openWith(folder, folder, readShardedSafetensors(index));
  const files = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
  const chosen = files.includes("model.safetensors") ? "model.safetensors" : files[0];
  if (chosen === undefined || (files.length > 1 && chosen !== "model.safetensors")) {
    const found = files.length === 0 ? "none" : files.slice(0, 5).join(", ");
    throw new FormatError(`Expected model.safetensors or ${INDEX}, found ${found}`, { file: folder });
  }
  return openWith(folder, folder, readSafetensors(join(folder, chosen)));
}
