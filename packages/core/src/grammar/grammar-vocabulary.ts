import { remember } from "./remember.ts";
import { finish } from "./slices.ts";
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
  escapes: Escapes | null;
}

/** What follows the places where tokens leave what is known: parts of the vocabulary's tree, or a tree of its own. */
export interface Escapes {
  trie: TokenTrie;
  nodes: Int32Array | null;
  /** Times that each of the tree's tokens takes of a counter, and those that are left; null without a counter. */
  limit: { uses: Uint8Array; left: number } | null;
}

/** Masks of the states of a counted rule for any number of times left. */
export interface CountedMask {
  /** Tokens that some number of times is enough for. */
  words: Uint32Array;
  /** Those tokens by the times that they take; `firsts[n]` is the first that takes more than n. */
  ids: Int32Array;
  firsts: Int32Array;
  escapes: { trie: TokenTrie; uses: Uint8Array } | null;
}

/** A token that no number of times would be enough for. */
export const neverFits = 255;

const maxSharedMasks = 2048;
const maxCountedMasks = 128;

/** The tokens of a model as grammars see them: special tokens are left out, so that no grammar allows them. */
export class GrammarVocabulary {
  readonly numWords: number;
  readonly trie: TokenTrie;
  readonly #bytes: readonly (Uint8Array | undefined)[];
  /** Masks of states that mean the same in any grammar, such as the inside of a string. */
  readonly #shared = new Map<string, BaseMask>();
  readonly #counted = new Map<string, CountedMask>();

  private constructor(numIds: number, bytes: readonly (Uint8Array | undefined)[], trie: TokenTrie) {
    this.#bytes = bytes;
    this.numWords = Math.ceil(numIds / 32);
    this.trie = trie;
  }

  /** `numIds`: ids that the model has logits for; those without a token are never allowed. */
  static of(tokenizer: GrammarTokenizer, numIds: number = tokenizer.vocabSize): GrammarVocabulary {
    return finish(GrammarVocabulary.steps(tokenizer, numIds));
  }

  /** The same in steps that leave room for other work between them. */
  static *steps(tokenizer: GrammarTokenizer, numIds: number): Generator<undefined, GrammarVocabulary> {
    const tokens: TokenBytes[] = [];
    const bytesOf: (Uint8Array | undefined)[] = [];
    for (let id = 0; id < Math.min(numIds, tokenizer.vocabSize); id++) {
      if (id % 1000 === 999) yield undefined;
      if (tokenizer.isSpecial(id)) continue;
      const bytes = tokenizer.tokenBytes(id);
      bytesOf[id] = bytes;
      tokens.push({ id, bytes });
    }
    return new GrammarVocabulary(numIds, bytesOf, yield* TokenTrie.steps(tokens));
  }

  /** Bytes of a token; undefined for a special one. */
  bytesOf(id: number): Uint8Array | undefined {
    return this.#bytes[id];
  }

  shared(key: string, create: () => BaseMask): BaseMask {
    return remember(this.#shared, key, create, maxSharedMasks);
  }

  counted(key: string, create: () => CountedMask): CountedMask {
    return remember(this.#counted, key, create, maxCountedMasks);
  }
}
