import { BytePairEncoder } from "./bpe.ts";
import { createStreamingDecoder, createTextDecoder, type StreamingDecoder } from "./decoder.ts";
import { llama3SpecialAliases } from "./llama3-specials.ts";
import type { MergeTable } from "./merges.ts";
import { type Pretokenizer, type PretokenizerName, pretokenizers } from "./pretokenize.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What a tokenizer is made of; the loaders fill it in. */
export interface TokenizerParts {
  vocabulary: Vocabulary;
  merges: MergeTable;
  ignoreMerges: boolean;
  pretokenizer: PretokenizerName;
  /** Control tokens by name, in id order: never made from plain text. */
  specialTokens: ReadonlyMap<string, number>;
  /** Tokens that plain text does make wherever it holds their spelling (added tokens that are not special). */
  literalTokens: ReadonlyMap<string, number>;
  bosId: number | null;
  eosIds: readonly number[];
  addBos: boolean;
}

/** How ids become text. */
export interface DecodeOptions {
  /** Leave special tokens out of the text; default false. */
  skipSpecial?: boolean;
}

/** Byte-level BPE tokenizer. */
export class Tokenizer {
  /** Number of ids, special tokens and gaps included. */
  readonly vocabSize: number;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly bosId: number | null;
  /** Ids that end a message or a text. */
  readonly eosIds: readonly number[];
  /** The file asks for `bosId` before every text; `encode` never adds it by itself. */
  readonly addBos: boolean;
  readonly pretokenizer: PretokenizerName;
  /** Bytes without a token; `encode` leaves them out. Empty for Llama 3. */
  readonly missingBytes: readonly number[];
  readonly #vocabulary: Vocabulary;
  readonly #encoder: BytePairEncoder;
  readonly #nextPieceEnd: Pretokenizer;
  readonly #aliases: ReadonlyMap<string, number>;
  readonly #specialIds: ReadonlySet<number>;
  readonly #literalTokens: ReadonlyMap<string, number>;
  readonly #literalPattern: RegExp | null;
  readonly #templatePattern: RegExp | null;
  readonly #textEncoder = new TextEncoder();

  constructor(parts: TokenizerParts) {
    this.#vocabulary = parts.vocabulary;
    this.vocabSize = parts.vocabulary.size;
    this.specialTokens = parts.specialTokens;
    this.bosId = parts.bosId;
    this.eosIds = parts.eosIds;
    this.addBos = parts.addBos;
    this.pretokenizer = parts.pretokenizer;
    this.#encoder = new BytePairEncoder(parts.vocabulary, parts.merges, { ignoreMerges: parts.ignoreMerges });
    this.missingBytes = this.#encoder.missingBytes;
    this.#nextPieceEnd = pretokenizers[parts.pretokenizer];
    this.#aliases = llama3SpecialAliases(parts.specialTokens);
    this.#specialIds = new Set(parts.specialTokens.values());
    this.#literalTokens = parts.literalTokens;
    this.#literalPattern = anyOf([...parts.literalTokens.keys()]);
    this.#templatePattern = anyOf([
      ...parts.specialTokens.keys(),
      ...this.#aliases.keys(),
      ...parts.literalTokens.keys(),
    ]);
  }

  /** Ids of plain text; a special token's name in it is spelled out like any other text. */
  encode(text: string): number[] {
    const ids: number[] = [];
    this.#encodeSplit(text, this.#literalPattern, ids);
    return ids;
  }

  /** Ids of plain text given as UTF-8; invalid parts count as U+FFFD. */
  encodeBytes(bytes: Uint8Array): number[] {
    return this.encode(createTextDecoder().decode(bytes));
  }

  /** Ids of trusted template text, in which names of special tokens stand for the tokens. Never pass user text. */
  encodeTemplate(text: string): number[] {
    const ids: number[] = [];
    this.#encodeSplit(text, this.#templatePattern, ids);
    return ids;
  }

  /** Id of a special token by name; for the Llama 3 vocabulary any of its published names will do. */
  specialId(name: string): number | undefined {
    return this.specialTokens.get(name) ?? this.#aliases.get(name);
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  /** Id of the token that is exactly this text or these bytes, special names included when given as a string. */
  idOf(token: string | Uint8Array): number | undefined {
    if (typeof token === "string") {
      const id = this.specialId(token) ?? this.#literalTokens.get(token);
      if (id !== undefined) return id;
    }
    const bytes = typeof token === "string" ? this.#textEncoder.encode(token) : token;
    const id = this.#vocabulary.find(bytes, 0, bytes.length);
    return id < 0 ? undefined : id;
  }

  /** Bytes that a token stands for; the name's bytes for a special token. */
  tokenBytes(id: number): Uint8Array {
    return this.#bytesOf(id).slice();
  }

  /** Text of the ids, invalid UTF-8 as U+FFFD. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const parts: Uint8Array[] = [];
    let numBytes = 0;
    for (const id of ids) {
      const bytes = this.#bytesOf(id);
      if (options.skipSpecial === true && this.#specialIds.has(id)) continue;
      parts.push(bytes);
      numBytes += bytes.length;
    }
    const all = new Uint8Array(numBytes);
    let offset = 0;
    for (const bytes of parts) {
      all.set(bytes, offset);
      offset += bytes.length;
    }
    return createTextDecoder().decode(all);
  }

  /** Decoder for ids that come one by one; all its output joined equals `decode` of all ids. */
  createDecoder(options: DecodeOptions = {}): StreamingDecoder {
    const skipSpecial = options.skipSpecial === true;
    return createStreamingDecoder((id) => {
      const bytes = this.#bytesOf(id);
      return skipSpecial && this.#specialIds.has(id) ? null : bytes;
    });
  }

  #bytesOf(id: number): Uint8Array {
    if (!Number.isInteger(id) || id < 0 || id >= this.vocabSize)
      throw new RangeError(`Token id ${id} is outside the vocabulary of ${this.vocabSize} tokens`);
    return this.#vocabulary.bytesOf(id);
  }

  #encodeSplit(text: string, pattern: RegExp | null, ids: number[]): void {
    if (pattern === null) {
      this.#encodeStretch(text, ids);
      return;
    }
    let from = 0;
    for (const match of text.matchAll(pattern)) {
      this.#encodeStretch(text.slice(from, match.index), ids);
      ids.push((this.specialId(match[0]) ?? this.#literalTokens.get(match[0]))!);
      from = match.index + match[0].length;
    }
    this.#encodeStretch(text.slice(from), ids);
  }

  #encodeStretch(text: string, ids: number[]): void {
    const bytes = this.#textEncoder.encode(text);
    const end = bytes.length;
    for (let start = 0; start < end; ) {
      const pieceEnd = this.#nextPieceEnd(bytes, start, end);
      this.#encoder.encodePiece(bytes, start, pieceEnd, ids);
      start = pieceEnd;
    }
  }
}

/** Pattern of any of the names, the longest first as in the reference; null when there are none. */
function anyOf(names: readonly string[]): RegExp | null {
  if (names.length === 0) return null;
  const longestFirst = [...names].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
}
