import type { GrammarMatcher } from "./grammar.ts";
import type { GrammarVocabulary } from "./grammar-vocabulary.ts";

/** Follows one text token by token and says what may come next. */
export interface TokenMatcher {
  /** Bits of the tokens that may come next; null: all. The array is shared, do not write to it. */
  mask(): Uint32Array | null;
  /** Goes on with a token; false, and nothing changes, when it is not allowed. */
  accept(token: number): boolean;
  readonly isFinished: boolean;
  /** A matcher in the same place that goes its own way. */
  fork(): TokenMatcher;
}

/** How a call in JSON begins, and what can still become that. */
const opening = /^\s*\{\s*(?:"type":\s*"function",\s*)?"name":/;
const canonical = '{"name":';
const longestOpening = 80;

/**
 * Lets a text be whatever it likes until it begins as a call in JSON; from there on the grammar of calls holds it. So
 * a model that chooses whether to call pays nothing for text, and an answer whose first key is `name` is a call. (The
 * trigger of llama.cpp's lazy grammars.)
 */
export class LazyMatcher implements TokenMatcher {
  readonly #calls: GrammarMatcher;
  readonly #vocabulary: GrammarVocabulary;
  #place: "waiting" | "held" | "free" = "waiting";
  #bytes: readonly number[] = [];

  /** `calls` is at its start. */
  constructor(calls: GrammarMatcher, vocabulary: GrammarVocabulary) {
    this.#calls = calls;
    this.#vocabulary = vocabulary;
  }

  mask(): Uint32Array | null {
    return this.#place === "held" ? this.#calls.mask() : null;
  }

  accept(token: number): boolean {
    if (this.#place === "held") return this.#calls.accept(token);
    if (this.#place === "free") return true;
    const bytes = this.#vocabulary.bytesOf(token);
    if (bytes !== undefined && bytes.length > 0) this.#read([...this.#bytes, ...bytes]);
    // A special token before everything marks a call in Meta's dialect; behind text it ends an answer.
    else if (this.#bytes.length > 0) this.#place = "free";
    return true;
  }

  get isFinished(): boolean {
    return this.#place === "held" && this.#calls.isFinished;
  }

  fork(): LazyMatcher {
    const copy = new LazyMatcher(this.#calls.fork(), this.#vocabulary);
    copy.#place = this.#place;
    copy.#bytes = this.#bytes;
    return copy;
  }

  #read(bytes: readonly number[]): void {
    this.#bytes = bytes;
    const text = String.fromCharCode(...bytes);
    const [head] = opening.exec(text) ?? [];
    if (head === undefined) {
      if (bytes.length > longestOpening || /^\s*[^{\s]/.test(text)) this.#place = "free";
      return;
    }
    const rest = Uint8Array.from(bytes.slice(head.length));
    const isCall =
      this.#calls.acceptBytes(new TextEncoder().encode(canonical)) &&
      (rest.length === 0 || this.#calls.acceptBytes(rest));
    this.#place = isCall ? "held" : "free";
  }
}
