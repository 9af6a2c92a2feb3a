import type { PieceModel } from "./piece-model.ts";

/** What an encoder's tokenizer is made of; the loaders fill it in. */
export interface EncoderTokenizerParts {
  normalize: (text: string) => string;
  /** Pieces of normalised text; `isStart` says whether it begins the whole text. */
  split: (text: string, isStart: boolean) => readonly string[];
  model: PieceModel;
  /** Special tokens before and after a text. */
  prefixIds: readonly number[];
  suffixIds: readonly number[];
  /** Tokens that text makes wherever it holds their spelling. */
  literalTokens: ReadonlyMap<string, number>;
  vocabSize: number;
}

const loneSurrogates = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Tokenizer of a text encoder. The name of a special token in a text is spelled out like any other text. */
export class EncoderTokenizer {
  readonly vocabSize: number;
  readonly numSpecial: number;
  readonly #parts: EncoderTokenizerParts;
  readonly #literals: RegExp | null;

  constructor(parts: EncoderTokenizerParts) {
    this.#parts = parts;
    this.vocabSize = parts.vocabSize;
    this.numSpecial = parts.prefixIds.length + parts.suffixIds.length;
    const names = [...parts.literalTokens.keys()].sort((a, b) => b.length - a.length);
    const escaped = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
    this.#literals = names.length === 0 ? null : new RegExp(escaped.join("|"), "gu");
  }

  /** Ids of a text without special tokens. */
  encodeText(text: string): number[] {
    const wellFormed = text.replace(loneSurrogates, "\ufffd");
    const ids: number[] = [];
    let from = 0;
    if (this.#literals !== null) {
      for (const match of wellFormed.matchAll(this.#literals)) {
        this.#encodeStretch(wellFormed.slice(from, match.index), from === 0, ids);
        ids.push(this.#parts.literalTokens.get(match[0])!);
        from = match.index + match[0].length;
      }
    }
    this.#encodeStretch(wellFormed.slice(from), from === 0, ids);
    return ids;
  }

  /** Special tokens around the ids of a text. */
  wrap(ids: readonly number[]): number[] {
    return [...this.#parts.prefixIds, ...ids, ...this.#parts.suffixIds];
  }

  /** Ids of a text with its special tokens; the text is cut at the end where they would be more than `maxTokens`. */
  encode(text: string, maxTokens: number = Infinity): number[] {
    const ids = this.encodeText(text);
    return this.wrap(
      ids.length + this.numSpecial > maxTokens ? ids.slice(0, maxTokens - this.numSpecial) : ids,
    );
  }

  /** Texts of the tokens of a text, null for unknown ones; what they leave of it depends on its normalisation. */
  textsOf(text: string): (string | null)[] {
    return this.encodeText(text).map((id) => this.#parts.model.textOf(id));
  }

  #encodeStretch(text: string, isStart: boolean, ids: number[]): void {
    if (text === "") return;
    const { normalize, split, model } = this.#parts;
    for (const piece of split(normalize(text), isStart)) if (piece !== "") model.encodePiece(piece, ids);
  }
}
