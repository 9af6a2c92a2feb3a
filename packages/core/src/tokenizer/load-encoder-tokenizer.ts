import { existsSync } from "node:fs";
import { join } from "node:path";
import { FileBytes } from "../formats/file-bytes.ts";
import { readOptionalJson } from "../formats/folder-files.ts";
import { FormatError } from "../formats/format-error.ts";
import { isJsonObject, type JsonObject, parseJsonObject, readText } from "../formats/json-fields.ts";
import { bertNormalizer, bertWords } from "./bert-normalizer.ts";
import { charsmapNormalizer } from "./charsmap.ts";
import { EncoderTokenizer } from "./encoder-tokenizer.ts";
import type { PieceModel } from "./piece-model.ts";
import { readSentencePiece } from "./sentencepiece.ts";
import { metaspace, readNormalizer, readSplitter, unsupportedTokenizer } from "./text-steps.ts";
import { createUnigram } from "./unigram.ts";
import { createWordPiece } from "./wordpiece.ts";

function readVocab(value: unknown): Map<string, number> {
  if (!isJsonObject(value)) throw new SyntaxError("tokenizer.json: model.vocab is not an object");
  const vocabulary = new Map<string, number>();
  for (const [token, id] of Object.entries(value)) {
    if (!Number.isInteger(id) || (id as number) < 0)
      throw new SyntaxError(`tokenizer.json gives token ${JSON.stringify(token)} the id ${String(id)}`);
    vocabulary.set(token, id as number);
  }
  return vocabulary;
}

function readPieces(value: unknown): [string, number][] {
  const isPiece = (each: unknown): each is [string, number] =>
    Array.isArray(each) && typeof each[0] === "string" && typeof each[1] === "number";
  if (!Array.isArray(value) || !value.every(isPiece))
    throw new SyntaxError("tokenizer.json: model.vocab of a Unigram model must list tokens with scores");
  return value;
}

type ReadModel = (model: JsonObject, control: ReadonlySet<string>) => PieceModel;

const models: Readonly<Record<string, ReadModel>> = {
  WordPiece: (model) =>
    createWordPiece({
      vocabulary: readVocab(model["vocab"]),
      unknown: String(model["unk_token"] ?? "[UNK]"),
      continuation: String(model["continuing_subword_prefix"] ?? "##"),
      maxWordLength: Number(model["max_input_chars_per_word"] ?? 100),
    }),
  Unigram(model, control) {
    if (typeof model["unk_id"] !== "number")
      throw unsupportedTokenizer("a Unigram model without unk_id", "one with");
    return createUnigram({
      pieces: readPieces(model["vocab"]),
      unknownId: model["unk_id"],
      byteFallback: model["byte_fallback"] === true,
      control,
    });
  },
};

/** Ids around a text, from the post-processor. */
function readTemplate(value: unknown): { prefixIds: number[]; suffixIds: number[] } {
  const ids = { prefixIds: [] as number[], suffixIds: [] as number[] };
  if (value === null || value === undefined) return ids;
  const step = isJsonObject(value) ? value : {};
  if (step["type"] === "BertProcessing" || step["type"] === "RobertaProcessing") {
    const idOf = (key: string): number => Number((step[key] as unknown[] | undefined)?.[1]);
    return { prefixIds: [idOf("cls")], suffixIds: [idOf("sep")] };
  }
  const { single, special_tokens: specials } = step;
  if (step["type"] !== "TemplateProcessing" || !Array.isArray(single) || !isJsonObject(specials))
    throw unsupportedTokenizer(
      `post_processor ${String(step["type"])}`,
      "TemplateProcessing, BertProcessing, RobertaProcessing",
    );
  let isBehind = false;
  for (const part of single as JsonObject[]) {
    const special = part["SpecialToken"];
    if (!isJsonObject(special)) {
      isBehind = true;
      continue;
    }
    const entry = specials[String(special["id"])];
    const numbers = isJsonObject(entry) ? entry["ids"] : null;
    if (!Array.isArray(numbers)) throw new SyntaxError("tokenizer.json: special_tokens lack ids");
    ids[isBehind ? "suffixIds" : "prefixIds"].push(...(numbers as number[]));
  }
  return ids;
}

/** Encoder tokenizer from the text of a tokenizer.json with a WordPiece or Unigram model. */
export function parseEncoderTokenizer(text: string): EncoderTokenizer {
  const root = parseJsonObject(text, "tokenizer.json");
  const model = isJsonObject(root["model"]) ? root["model"] : {};
  // Old files leave the type out.
  const type = String(model["type"] ?? (model["unk_id"] === undefined ? "WordPiece" : "Unigram"));
  const read = models[type];
  if (read === undefined)
    throw unsupportedTokenizer(`model ${type}`, `${Object.keys(models).join(", ")} for encoders`);
  const added = (Array.isArray(root["added_tokens"]) ? root["added_tokens"] : []).filter(isJsonObject);
  const special = added.filter((token) => token["special"] === true);
  const built = read(model, new Set(special.map((token) => String(token["content"]))));
  const literalTokens = new Map<string, number>();
  let { vocabSize } = built;
  for (const token of added) {
    const { id, content } = token;
    if (typeof id !== "number" || typeof content !== "string" || content === "")
      throw new SyntaxError(`tokenizer.json added token ${JSON.stringify(token)} lacks an id or a content`);
    vocabSize = Math.max(vocabSize, id + 1);
    if (token["special"] === true) continue;
    for (const option of ["single_word", "lstrip", "rstrip"])
      if (token[option] === true)
        throw unsupportedTokenizer(`added token ${JSON.stringify(content)} with ${option}`, "none");
    literalTokens.set(content, id);
  }
  return new EncoderTokenizer({
    normalize: readNormalizer(root["normalizer"]),
    split: readSplitter(root["pre_tokenizer"]),
    model: built,
    ...readTemplate(root["post_processor"]),
    literalTokens,
    vocabSize,
  });
}

function specialIds(model: PieceModel, names: readonly string[], file: string): number[] {
  return names.map((name) => {
    const id = model.idOf(name);
    if (id === undefined) throw new SyntaxError(`${file} has no token ${name}`);
    return id;
  });
}

/** BERT's tokenizer from the lines of a vocab.txt and what its tokenizer_config.json says. */
export function parseVocabTxt(text: string, config: JsonObject = {}): EncoderTokenizer {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const model = createWordPiece({
    vocabulary: new Map(lines.map((token, id) => [token, id])),
    unknown: "[UNK]",
    continuation: "##",
    maxWordLength: 100,
  });
  const lowercase = config["do_lower_case"] !== false;
  return new EncoderTokenizer({
    normalize: bertNormalizer({
      cleanText: true,
      handleChineseChars: config["tokenize_chinese_chars"] !== false,
      stripAccents: (config["strip_accents"] ?? lowercase) === true,
      lowercase,
    }),
    split: bertWords,
    model,
    prefixIds: specialIds(model, ["[CLS]"], "vocab.txt"),
    suffixIds: specialIds(model, ["[SEP]"], "vocab.txt"),
    literalTokens: new Map(),
    vocabSize: model.vocabSize,
  });
}

/** DeBERTa's tokenizer from a SentencePiece Unigram model, as its converter to tokenizer.json makes it. */
export function parseSentencePieceTokenizer(bytes: Uint8Array, config: JsonObject = {}): EncoderTokenizer {
  const file = readSentencePiece(bytes);
  if (file.model !== "unigram")
    throw new RangeError(
      `SentencePiece model is of type ${file.model}; for encoders only unigram is supported`,
    );
  for (const option of ["do_lower_case", "split_by_punct"])
    if (config[option] === true)
      throw new RangeError(`tokenizer_config.json asks for ${option}; give a tokenizer.json beside it`);
  const control = file.pieces.filter(({ kind }) => kind === "control" || kind === "unused");
  const model = createUnigram({
    pieces: file.pieces.map(({ token, score }) => [token, score] as const),
    unknownId: file.pieces.findIndex(({ kind }) => kind === "unknown"),
    byteFallback: file.byteFallback,
    control: new Set(control.map(({ token }) => token)),
  });
  const rules = file.charsmap.length === 0 ? (text: string) => text : charsmapNormalizer(file.charsmap);
  const strip = readNormalizer({ type: "Strip" });
  return new EncoderTokenizer({
    normalize: (text) => rules(strip(text)).replace(/ {2,}/g, " "),
    split: metaspace("\u2581", "always", true),
    model,
    prefixIds: specialIds(model, ["[CLS]"], "spm.model"),
    suffixIds: specialIds(model, ["[SEP]"], "spm.model"),
    literalTokens: new Map(),
    vocabSize: model.vocabSize,
  });
}

/** Tokenizer of an encoder's folder: tokenizer.json, else vocab.txt, else spm.model. */
export function loadEncoderTokenizer(folder: string): EncoderTokenizer {
  const config = readOptionalJson(join(folder, "tokenizer_config.json")) ?? {};
  const json = join(folder, "tokenizer.json");
  if (existsSync(json)) return parseEncoderTokenizer(readText(json));
  const vocabulary = join(folder, "vocab.txt");
  if (existsSync(vocabulary)) return parseVocabTxt(readText(vocabulary), config);
  const model = join(folder, "spm.model");
  if (existsSync(model)) {
    using file = new FileBytes(model);
    return parseSentencePieceTokenizer(file.read(0, file.sizeBytes, "the tokenizer"), config);
  }
  throw new FormatError("No tokenizer.json, vocab.txt or spm.model; put one beside the weights", {
    file: folder,
  });
}
