import { createHash } from "node:crypto";
import {
  type ChatFormat,
  type Checkpoint,
  chooseChatFormat,
  loadTokenizer,
  openCheckpoint,
  type Tokenizer,
  tensorPieces,
} from "@llamero/core";

/** A model with what is needed to render conversations for it. */
export interface TuneModel {
  checkpoint: Checkpoint;
  tokenizer: Tokenizer;
  format: ChatFormat;
  /** SHA-256 of the tokenizer and the chat template. */
  tokenizerDigest: string;
  /** SHA-256 of the shape and of the beginning of every tensor: training changes them all over. */
  digest: string;
}

/** Of each tensor in the digest; vectors are in it whole. */
const digestBytes = 2 ** 15;

/** Opens a model to be fine-tuned. Throws RangeError where it has no tokenizer, or one of another model. */
export function openTuneModel(path: string): TuneModel {
  const checkpoint = openCheckpoint(path);
  const source = checkpoint.tokenizer;
  if (source === null)
    throw new RangeError(
      `${path} holds no tokenizer, which chat data needs; put tokenizer.json beside the weights`,
    );
  const tokenizer = loadTokenizer(source);
  const { vocabSize } = checkpoint.config;
  if (tokenizer.vocabSize > vocabSize)
    throw new RangeError(
      `The tokenizer of ${path} has ${tokenizer.vocabSize} tokens, but the model ${vocabSize}; it is another model's`,
    );
  const format = chooseChatFormat({ chatTemplate: checkpoint.chatTemplate, tokenizer });
  const words = createHash("sha256").update(checkpoint.chatTemplate ?? "");
  if (source.kind === "tokenizer.model") words.update(source.bytes);
  else words.update(source.kind === "gguf" ? JSON.stringify(source) : source.text);
  const weights = createHash("sha256").update(JSON.stringify(checkpoint.config));
  for (const { name, data } of checkpoint.tensors.values()) {
    const [beginning] = tensorPieces(data, digestBytes);
    weights.update(name).update(beginning!);
  }
  return {
    checkpoint,
    tokenizer,
    format,
    tokenizerDigest: words.digest("hex"),
    digest: weights.digest("hex"),
  };
}

/** Tokens that only give messages their form: headers and ends. */
export function formatIds({ tokenizer, format }: TuneModel): ReadonlySet<number> {
  return new Set([...tokenizer.specialTokens.values(), ...format.stopIds]);
}

/** The tokens that end an answer of the tuned model, the chat format's first. */
export function endIds({ checkpoint, format }: TuneModel): readonly number[] {
  const { eosTokenIds } = checkpoint;
  if (format.stopIds.every((id) => eosTokenIds.includes(id))) return eosTokenIds;
  return [...new Set([...format.stopIds, ...eosTokenIds])];
}
