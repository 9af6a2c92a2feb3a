import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { convertModel, type LlamaConfig } from "@llamero/core";
import { spellBytes } from "@llamero/core/tokenizer";
import { checkpointFromParams, randomParams } from "../session/model-params.ts";
import { listSpecialTokens } from "../tokenizer/special-tokens.ts";
import { writeTokenizerJson } from "../tokenizer/tokenizer-json.ts";

const specials = listSpecialTokens(0);

/** A model of bytes, small enough for the reference backend. */
export const byteConfig: LlamaConfig = {
  hiddenSize: 16,
  intermediateSize: 32,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  numKeyValueHeads: 1,
  headDim: 8,
  vocabSize: 256 + specials.length,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  maxPositionEmbeddings: 256,
  tieWordEmbeddings: true,
};

/** Writes a model with random weights and a tokenizer of bytes as a Hugging Face folder. Tests only. */
export async function writeByteModel(
  folder: string,
  seed: number,
  config: LlamaConfig = byteConfig,
): Promise<void> {
  const spellings = Array.from({ length: 256 }, (_, byte) => spellBytes(Uint8Array.of(byte)));
  const text = writeTokenizerJson({ spellings, merges: [] }, specials);
  const checkpoint = checkpointFromParams(randomParams(config, seed), {
    name: "bytes",
    tokenizer: { kind: "tokenizer.json", text },
    bosTokenId: 256,
    eosTokenIds: [257],
  });
  await convertModel(checkpoint, folder, { container: "safetensors", format: "f32" });
}

/** Writes records as JSONL and gives the path. */
export function writeJsonLines(folder: string, name: string, records: readonly unknown[]): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return path;
}
