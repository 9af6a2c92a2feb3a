import type { Automaton } from "./automaton.ts";
import { compileGrammar } from "./compile-grammar.ts";
import { Grammar } from "./grammar.ts";
import type { GrammarSpec } from "./grammar-spec.ts";
import { type GrammarTokenizer, GrammarVocabulary } from "./grammar-vocabulary.ts";
import { finishInSlices } from "./slices.ts";

const maxGrammars = 64;
/** Milliseconds that a new grammar may spend on masks before the first token. */
const warmMs = 200;

/** The grammars of one model, compiled when they are first asked for and kept. */
export class Grammars {
  readonly #open: () => GrammarTokenizer;
  readonly #numIds: number;
  #vocabulary: Promise<GrammarVocabulary> | null = null;
  readonly #grammars = new Map<string, Promise<Grammar>>();

  /** `open` is called once, when the first grammar is wanted; `numIds` is the number of logits. */
  constructor(open: () => GrammarTokenizer, numIds: number) {
    this.#open = open;
    this.#numIds = numIds;
  }

  /**
   * The grammar of a specification; stop tokens are allowed just where its text is whole. Masks are computed ahead in
   * slices of a few milliseconds, so that others' tokens go on meanwhile.
   */
  async get(spec: GrammarSpec, stopIds: readonly number[]): Promise<Grammar> {
    const key = JSON.stringify([spec, stopIds]);
    let grammar = this.#grammars.get(key);
    if (grammar === undefined) {
      const automaton = compileCached(spec);
      grammar = this.#create(automaton, stopIds);
      grammar.catch(() => this.#grammars.delete(key));
    }
    this.#grammars.delete(key);
    this.#grammars.set(key, grammar);
    if (this.#grammars.size > maxGrammars) this.#grammars.delete(this.#grammars.keys().next().value!);
    return grammar;
  }

  async #create(automaton: Automaton, stopIds: readonly number[]): Promise<Grammar> {
    this.#vocabulary ??= finishInSlices(GrammarVocabulary.steps(this.#open(), this.#numIds));
    const grammar = new Grammar(automaton, await this.#vocabulary, stopIds);
    await grammar.warm(warmMs);
    return grammar;
  }
}

const compiled = new Map<string, Automaton>();

/** Compiles a specification, once for whoever checks it and whoever uses it. */
export function compileCached(spec: GrammarSpec): Automaton {
  const key = JSON.stringify(spec);
  let automaton = compiled.get(key);
  if (automaton === undefined) {
    automaton = compileGrammar(spec);
    compiled.set(key, automaton);
    if (compiled.size > maxGrammars) compiled.delete(compiled.keys().next().value!);
  }
  return automaton;
}
