import { type TokenBytes, TokenTrie } from "./token-trie.ts";

/** What a grammar needs of a tokenizer; `Tokenizer` has all of it. */
export interface GrammarTokenizer {
  readonly vocabSize: number;
  isSpecial(id: number): boolean;
  tokenBytes(id: number): Uint8Array;
}

/** Tokens that a state allows whatever lies below it on the stack, and those that only the stack can decide. */
export interface BaseMask {
  /** Allowed tokens, as bits where they are many, else as ids. */
  words: Uint32Array | null;
  ids: Int32Array | null;
  /** Places where a token leaves what is known; the bytes behind them decide. */
  escapes: { trie: TokenTrie; nodes: Int32Array | null } | null;
}

const maxSharedMasks = 2048;

/** The tokens of a model as grammars see them: special tokens are left out, so that no grammar allows them. */
export class GrammarVocabulary {
  readonly numWords: number;
  readonly trie: TokenTrie;
  readonly #bytes: readonly (Uint8Array | undefined)[];
  /** Masks of states that mean the same in any grammar, such as the inside of a string. */
  readonly #shared = new Map<string, BaseMask>();

  /** `numIds`: ids that the model has logits for; those without a token are never allowed. */
  constructor(tokenizer: GrammarTokenizer, numIds: number = tokenizer.vocabSize) {
    const tokens: TokenBytes[] = [];
    const bytesOf: (Uint8Array | undefined)[] = [];
    for (let id = 0; id < Math.min(numIds, tokenizer.vocabSize); id++) {
      if (tokenizer.isSpecial(id)) continue;
      const bytes = tokenizer.tokenBytes(id);
      bytesOf[id] = bytes;
      tokens.push({ id, bytes });
    }
    this.#bytes = bytesOf;
    this.numWords = Math.ceil(numIds / 32);
    this.trie = new TokenTrie(tokens);
  }

  /** Bytes of a token; undefined for a special one. */
  bytesOf(id: number): Uint8Array | undefined {
    return this.#bytes[id];
  }

  shared(key: string, create: () => BaseMask): BaseMask {
    const known = this.#shared.get(key);
    if (known !== undefined) {
      this.#shared.delete(key);
      this.#shared.set(key, known);
      return known;
    }
    if (this.#shared.size >= maxSharedMasks) this.#shared.delete(this.#shared.keys().next().value!);
    const made = create();
    this.#shared.set(key, made);
    return made;
  }
}
