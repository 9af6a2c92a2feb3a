import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Backend, Degradation } from "@llamero/kernels";
import { KV_BLOCK } from "@llamero/kernels";
import { type BackendChoice, chooseBackend } from "./backend.ts";
import { readOptionalJson } from "./formats/folder-files.ts";
import { FormatError } from "./formats/format-error.ts";
import { JsonFields, readJsonObject } from "./formats/json-fields.ts";
import { readSafetensors, readShardedSafetensors, type SafetensorsFile } from "./formats/safetensors.ts";
import { readSentenceSettings } from "./formats/sentence-transformers.ts";
import { createBert, readBertConfig } from "./models/bert.ts";
import { createDeberta, readDebertaConfig } from "./models/deberta.ts";
import type { TextEncoderModel } from "./models/encoder.ts";
import type { EncoderBody } from "./models/encoder-body.ts";
import { createHead, type PoolerStyle } from "./models/encoder-head.ts";
import { EncoderWeights } from "./models/encoder-weights.ts";
import { createTextEncoder } from "./text/text-encoder.ts";
import { loadEncoderTokenizer } from "./tokenizer/load-encoder-tokenizer.ts";

/** How to load an encoder. */
export interface LoadEncoderOptions {
  /** A backend of the caller's, which stays open, or the name of one; default the fastest that works here. */
  backend?: Backend | BackendChoice;
  threads?: number;
}

/** A loaded encoder, and what it runs worse than asked. */
export type LoadedEncoder = TextEncoderModel & { readonly degradations: readonly Degradation[] };

interface EncoderKind {
  /** What files with a head put before the names of the body. */
  prefix: string;
  create(fields: JsonFields, weights: EncoderWeights, backend: Backend): Promise<EncoderBody>;
  pooler(fields: JsonFields): PoolerStyle;
}

const deberta: EncoderKind = {
  prefix: "deberta.",
  create: (fields, weights, backend) => createDeberta(readDebertaConfig(fields), weights, backend),
  pooler: (fields) => ({
    pooler: "pooler.dense",
    activation: String(fields.raw("pooler_hidden_act") ?? "gelu"),
  }),
};

/** Encoders by `model_type` of config.json. */
const encoderKinds: Readonly<Record<string, EncoderKind>> = {
  bert: {
    prefix: "bert.",
    create: async (fields, weights, backend) => createBert(readBertConfig(fields), weights, backend),
    pooler: () => ({ pooler: "bert.pooler.dense", activation: "tanh" }),
  },
  "deberta-v2": deberta,
};

/** Whether a path is a folder, or a file in one, whose config.json is that of a text encoder. */
export function isEncoderFolder(path: string): boolean {
  const config = readOptionalJson(join(folderOf(path), "config.json"));
  return config !== null && Object.hasOwn(encoderKinds, String(config["model_type"]));
}

function folderOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? dirname(path) : path;
}

function openWeights(folder: string): SafetensorsFile {
  const index = join(folder, "model.safetensors.index.json");
  return existsSync(index)
    ? readShardedSafetensors(index)
    : readSafetensors(join(folder, "model.safetensors"));
}

/** Names of the classes by their index; from `id2label`, else LABEL_0 and LABEL_1 as transformers does. */
function readLabels(fields: JsonFields): string[] {
  const names = fields.object("id2label") ?? { 0: "LABEL_0", 1: "LABEL_1" };
  return Object.keys(names).map((_, id) => {
    const name = names[String(id)];
    return typeof name === "string" ? name : fields.fail(`id2label has no name for class ${id}`);
  });
}

/** Loads a text encoder from a folder: config.json, a tokenizer, safetensors; sentence-transformers' files if there. */
export async function loadEncoder(path: string, options: LoadEncoderOptions = {}): Promise<LoadedEncoder> {
  const folder = folderOf(path);
  const configPath = join(folder, "config.json");
  const json = readJsonObject(configPath);
  const fields = new JsonFields(json, configPath);
  const kind = Object.hasOwn(encoderKinds, String(json["model_type"]))
    ? encoderKinds[String(json["model_type"])]!
    : fields.fail(
        `model_type ${JSON.stringify(json["model_type"])} is no encoder that runs here; ${Object.keys(encoderKinds).join(", ")} are`,
      );
  const tokenizer = loadEncoderTokenizer(folder);
  const settings = readSentenceSettings(folder);
  const weights = new EncoderWeights(openWeights(folder), kind.prefix);
  const { backend } = options;
  const chosen =
    typeof backend === "object"
      ? { backend, degradations: [] }
      : await chooseBackend({
          ...(backend !== undefined && { backend }),
          ...(options.threads !== undefined && { threads: options.threads }),
        });
  const closeBackend = async (): Promise<void> => {
    if (typeof backend !== "object") await chosen.backend[Symbol.asyncDispose]();
  };
  try {
    const body = await kind.create(fields, weights, chosen.backend);
    if (tokenizer.vocabSize > body.vocabSize)
      throw new FormatError(
        `Tokenizer has ${tokenizer.vocabSize} tokens, but the model ${body.vocabSize}; it is another model's`,
        { file: folder },
      );
    const head = weights.hasHead("classifier.weight")
      ? createHead(weights, {
          labels: readLabels(fields),
          hiddenSize: body.hiddenSize,
          style: kind.pooler(fields),
        })
      : null;
    const model = createTextEncoder({
      body,
      head,
      tokenizer,
      pooling: settings.pooling,
      maxTokens: Math.min(settings.maxTokens ?? body.maxPositions, body.maxPositions),
      block: KV_BLOCK,
      async dispose() {
        await body[Symbol.asyncDispose]();
        await closeBackend();
      },
    });
    return { ...model, degradations: chosen.degradations };
  } catch (error) {
    await closeBackend();
    throw error;
  }
}
