import type { Automaton } from "./automaton.ts";
import type { GrammarVocabulary } from "./grammar-vocabulary.ts";
import { finishInSlices, within } from "./slices.ts";
import { dead, StateSpace } from "./state-space.ts";
import { TokenMasks } from "./token-masks.ts";

/** States after which the tables of a grammar are made anew. */
const maxSpaceStates = 30_000;

interface Tables {
  space: StateSpace;
  masks: TokenMasks;
}

/** A grammar over the tokens of one model. Its tables grow as texts are matched and are shared by all matchers. */
export class Grammar {
  readonly vocabulary: GrammarVocabulary;
  readonly stopIds: readonly number[];
  readonly #automaton: Automaton;
  #tables: Tables;

  constructor(automaton: Automaton, vocabulary: GrammarVocabulary, stopIds: readonly number[]) {
    this.vocabulary = vocabulary;
    this.stopIds = stopIds;
    this.#automaton = automaton;
    this.#tables = this.#createTables();
  }

  /** The tables of now; fresh ones when the old have grown too large. */
  get tables(): Tables {
    if (this.#tables.space.size > maxSpaceStates) this.#tables = this.#createTables();
    return this.#tables;
  }

  /** Computes the slow masks ahead, for at most this time of work, with other tasks in between. */
  async warm(budgetMs: number): Promise<void> {
    await finishInSlices(within(this.#tables.masks.warm(), budgetMs));
  }

  match(): GrammarMatcher {
    return new GrammarMatcher(this);
  }

  #createTables(): Tables {
    const space = new StateSpace(this.#automaton);
    return { space, masks: new TokenMasks(space, this.vocabulary, this.stopIds) };
  }
}

/** Follows one text through a grammar, token by token. */
export class GrammarMatcher {
  readonly #grammar: Grammar;
  #tables: Tables;
  #state: number;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
    this.#tables = grammar.tables;
    this.#state = this.#tables.space.start;
  }

  /** Bits of the tokens that may come next; the array is shared, do not write to it. */
  mask(): Uint32Array {
    this.#refresh();
    return this.#tables.masks.of(this.#state);
  }

  /** Goes on with a token; false, and nothing changes, when the grammar does not allow it. A stop token is no text. */
  accept(token: number): boolean {
    const bytes = this.#grammar.vocabulary.bytesOf(token);
    return bytes !== undefined && bytes.length > 0 && this.acceptBytes(bytes);
  }

  acceptBytes(bytes: Uint8Array): boolean {
    this.#refresh();
    const state = this.#tables.space.advance(this.#state, bytes);
    if (state === dead) return false;
    this.#state = state;
    return true;
  }

  /** The text so far is whole. */
  get isComplete(): boolean {
    return this.#tables.space.isComplete[this.#state]!;
  }

  /** The text is whole and nothing can follow. */
  get isFinished(): boolean {
    return this.isComplete && this.#tables.space.configs[this.#state]!.length === 0;
  }

  /** A matcher in the same place that goes its own way. */
  fork(): GrammarMatcher {
    const copy = new GrammarMatcher(this.#grammar);
    copy.#tables = this.#tables;
    copy.#state = this.#state;
    return copy;
  }

  #refresh(): void {
    const { tables } = this.#grammar;
    if (tables === this.#tables) return;
    this.#state = this.#tables.space.copyTo(tables.space, this.#state);
    this.#tables = tables;
  }
}
