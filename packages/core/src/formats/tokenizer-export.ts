import { spellBytes } from "../tokenizer/byte-alphabet.ts";
import { llama3SpecialTokens } from "../tokenizer/llama3-specials.ts";
import { loadTokenizer } from "../tokenizer/load.ts";
import type { TokenizerSource } from "./checkpoint.ts";
import { isJsonObject, parseJsonObject } from "./json-fields.ts";

export type GgufTokenizer = TokenizerSource & { kind: "gguf" };

const tokenType = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

const llama3Pattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const byteLevel = (use_regex: boolean): object => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex,
});
const sequence = (...pretokenizers: object[]): object => ({ type: "Sequence", pretokenizers });

/** The pre-tokenizers that files name, by the name in GGUF, with their steps in tokenizer.json. */
const pretokenizers: Readonly<Record<string, { steps: object; ignoreMerges: boolean; addBos: boolean }>> = {
  "llama-bpe": {
    steps: sequence(
      { type: "Split", pattern: { Regex: llama3Pattern }, behavior: "Isolated", invert: false },
      byteLevel(false),
    ),
    ignoreMerges: true,
    addBos: true,
  },
  smollm: {
    steps: sequence({ type: "Digits", individual_digits: true }, byteLevel(true)),
    ignoreMerges: false,
    addBos: false,
  },
  "gpt-2": { steps: byteLevel(true), ignoreMerges: false, addBos: false },
};
const otherNames: Readonly<Record<string, string>> = {
  llama3: "llama-bpe",
  "llama-v3": "llama-bpe",
  smollm2: "smollm",
  default: "gpt-2",
};

/** Name of a tokenizer.json's pre-tokenizer in GGUF. loadTokenizer has refused all but three before. */
function preOf(pretokenizer: unknown): string {
  const text = JSON.stringify(pretokenizer);
  if (text.includes('"Split"')) return "llama-bpe";
  return text.includes('"Digits"') ? "smollm" : "gpt-2";
}

function fromJson(text: string): GgufTokenizer {
  const { addBos } = loadTokenizer({ kind: "tokenizer.json", text });
  const root = parseJsonObject(text, "tokenizer.json");
  const model = root["model"] as { vocab: Record<string, number>; merges: (string | [string, string])[] };
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token;
  const added = (root["added_tokens"] ?? []) as { id: number; content: string; special?: boolean }[];
  for (const { id, content } of added) tokens[id] = content;
  const types = new Array<number>(tokens.length).fill(tokenType.normal);
  for (const { id, special } of added) types[id] = special ? tokenType.control : tokenType.userDefined;
  for (let id = 0; id < tokens.length; id++) {
    if (tokens[id] !== undefined) continue;
    tokens[id] = `[PAD${id}]`;
    types[id] = tokenType.unused;
  }
  return {
    kind: "gguf",
    model: "gpt2",
    pre: preOf(root["pre_tokenizer"]),
    tokens,
    tokenTypes: types,
    merges: model.merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" "))),
    addBosToken: addBos,
  };
}

/** Merges of a file that lists only ranks: each way to make a token of two others, tokens in order of rank. */
function mergesOf(tokens: readonly Uint8Array[]): string[] {
  const ranks = new Map(tokens.map((bytes, rank) => [Buffer.from(bytes).toString("latin1"), rank]));
  const spelled = tokens.map(spellBytes);
  const merges: string[] = [];
  for (const text of ranks.keys()) {
    const pairs: [number, number][] = [];
    for (let at = 1; at < text.length; at++) {
      const left = ranks.get(text.slice(0, at));
      const right = ranks.get(text.slice(at));
      if (left !== undefined && right !== undefined) pairs.push([left, right]);
    }
    pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    for (const [left, right] of pairs) merges.push(`${spelled[left]} ${spelled[right]}`);
  }
  return merges;
}

function fromRanks(bytes: Uint8Array): GgufTokenizer {
  loadTokenizer({ kind: "tokenizer.model", bytes });
  const ranked: Uint8Array[] = [];
  for (const line of Buffer.from(bytes).toString("latin1").split("\n")) {
    const [token, rank] = line.trim().split(" ");
    if (token !== undefined && rank !== undefined) ranked[Number(rank)] = Buffer.from(token, "base64");
  }
  const tokens = ranked.map(spellBytes);
  const types = new Array<number>(tokens.length).fill(tokenType.normal);
  for (const [name, id] of llama3SpecialTokens()) {
    tokens[id] = name;
    types[id] = tokenType.control;
  }
  const merges = mergesOf(ranked);
  return {
    kind: "gguf",
    model: "gpt2",
    pre: "llama-bpe",
    tokens,
    tokenTypes: types,
    merges,
    addBosToken: true,
  };
}

/** The tokenizer in the form of GGUF. Throws SyntaxError for one that this engine cannot reproduce. */
export function toGgufTokenizer(source: TokenizerSource): GgufTokenizer {
  switch (source.kind) {
    case "gguf":
      return source;
    case "tokenizer.json":
      return fromJson(source.text);
    case "tokenizer.model":
      return fromRanks(source.bytes);
    default:
      throw new TypeError(`Tokenizer source ${JSON.stringify(source satisfies never)} is unknown`);
  }
}

/** Text of a tokenizer.json; a tokenizer that is one already stays as it is. Throws SyntaxError for unknown ones. */
export function toTokenizerJson(source: TokenizerSource): string {
  if (source.kind === "tokenizer.json") return source.text;
  const { model, pre, tokens, tokenTypes, merges, addBosToken } = toGgufTokenizer(source);
  const known = pretokenizers[otherNames[pre] ?? pre];
  if (model !== "gpt2" || known === undefined) {
    throw new SyntaxError(`Tokenizer ${model} with pre-tokenizer ${pre} cannot be written as tokenizer.json`);
  }
  const loaded = loadTokenizer(source);
  const bos = (addBosToken ?? known.addBos) && loaded.bosId !== null ? tokens[loaded.bosId]! : null;
  const added = tokens.flatMap((content, id) => {
    const type = tokenTypes[id];
    if (type !== tokenType.control && type !== tokenType.userDefined) return [];
    const special = type === tokenType.control;
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
  const names = new Set(added.map(({ id }) => id));
  const vocab = Object.fromEntries(tokens.flatMap((token, id) => (names.has(id) ? [] : [[token, id]])));
  const template = bos === null ? null : bosTemplate(bos, loaded.bosId!);
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: known.steps,
    post_processor:
      template === null ? byteLevel(false) : { type: "Sequence", processors: [byteLevel(false), template] },
    decoder: byteLevel(true),
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: known.ignoreMerges,
      vocab,
      merges,
    },
  });
}

function bosTemplate(name: string, id: number): object {
  const token = { SpecialToken: { id: name, type_id: 0 } };
  const text = (part: "A" | "B"): object => ({ Sequence: { id: part, type_id: part === "A" ? 0 : 1 } });
  return {
    type: "TemplateProcessing",
    single: [token, text("A")],
    pair: [token, text("A"), { SpecialToken: { id: name, type_id: 1 } }, text("B")],
    special_tokens: { [name]: { id: name, ids: [id], tokens: [name] } },
  };
}

/** Spelling of a token by its id, for tokenizer_config.json; null when the file does not say. */
export function tokenText(source: TokenizerSource, id: number | null): string | null {
  if (id === null) return null;
  if (source.kind !== "tokenizer.json") return toGgufTokenizer(source).tokens[id] ?? null;
  const added = parseJsonObject(source.text, "tokenizer.json")["added_tokens"];
  const found = Array.isArray(added)
    ? added.find((token) => isJsonObject(token) && token["id"] === id)
    : null;
  return isJsonObject(found) ? String(found["content"]) : null;
}
