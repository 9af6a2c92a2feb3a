import { BaseMasks } from "./base-masks.ts";
import type { GrammarVocabulary } from "./grammar-vocabulary.ts";
import { bottomFrame, endless, type StateSpace, unknownFrame } from "./state-space.ts";

const maxCachedMasks = 512;
/** From this many bytes on a state takes long to compute. */
const wideBytes = 20;

/** Token masks of the states of one state space. */
export class TokenMasks {
  readonly #space: StateSpace;
  readonly #vocabulary: GrammarVocabulary;
  readonly #stopIds: readonly number[];
  readonly #bases: BaseMasks;
  readonly #masks = new Map<number, Uint32Array>();

  constructor(space: StateSpace, vocabulary: GrammarVocabulary, stopIds: readonly number[]) {
    this.#space = space;
    this.#vocabulary = vocabulary;
    this.#stopIds = stopIds;
    this.#bases = new BaseMasks(space, vocabulary);
  }

  /** Bits of the tokens that may follow; the array is shared, do not write to it. */
  of(state: number): Uint32Array {
    const known = this.#masks.get(state);
    if (known !== undefined) return known;
    const words = new Uint32Array(this.#vocabulary.numWords);
    const configs = this.#space.configs[state]!;
    for (let i = 0; i < configs.length; i += 2) this.#add(configs[i]!, configs[i + 1]!, words);
    if (this.#space.isComplete[state]) for (const id of this.#stopIds) words[id >>> 5]! |= 1 << (id & 31);
    if (this.#masks.size >= maxCachedMasks) this.#masks.delete(this.#masks.keys().next().value!);
    this.#masks.set(state, words);
    return words;
  }

  /** Computes masks ahead, one a step: of the states that allow many bytes, the slow ones, first. */
  *warm(): Generator<undefined, void> {
    const { calls, numStates } = this.#space.automaton;
    const isWide = this.#wideStates();
    for (const wide of [true, false]) {
      for (let state = 0; state < numStates; state++) {
        if (isWide[state] === wide) {
          this.#bases.of(state, unknownFrame);
          yield undefined;
        }
        for (const { start, to, times } of calls[state]!) {
          if (times === null || isWide[start] !== wide) continue;
          const left = times.max === Number.POSITIVE_INFINITY ? endless : times.max;
          for (const need of new Set([times.min, 0])) {
            this.#bases.of(start, this.#space.frame(unknownFrame, to, { start, need, left }));
            yield undefined;
          }
        }
      }
    }
  }

  #wideStates(): boolean[] {
    const { byteClass, next, numClasses, numStates } = this.#space.automaton;
    const sizes = new Uint16Array(numClasses);
    for (const symbol of byteClass) sizes[symbol]!++;
    return Array.from({ length: numStates }, (_, state) => {
      let numBytes = 0;
      for (let symbol = 0; symbol < numClasses; symbol++)
        if (next[state * numClasses + symbol]! >= 0) numBytes += sizes[symbol]!;
      return numBytes >= wideBytes;
    });
  }

  /** The union over configurations is exact: a token is allowed if one of them goes on with it. */
  #add(state: number, frame: number, words: Uint32Array): void {
    const space = this.#space;
    const base = this.#bases.of(state, frame);
    if (base.words !== null) for (let i = 0; i < words.length; i++) words[i]! |= base.words[i]!;
    if (base.ids !== null) for (const id of base.ids) words[id >>> 5]! |= 1 << (id & 31);
    if (base.escapes === null) return;
    let call = frame;
    while (space.frameLeft[call] !== 0) call = space.frameBelow[call]!;
    if (call === bottomFrame || call === unknownFrame) return;
    const start = space.continuation(call);
    const { trie, nodes, limit } = base.escapes;
    if (nodes === null) this.#bases.addWalk({ trie, from: 0, to: trie.numNodes, start }, words, limit);
    else
      for (const node of nodes)
        this.#bases.addWalk({ trie, from: node + 1, to: trie.ends[node]!, start }, words, limit);
  }
}
