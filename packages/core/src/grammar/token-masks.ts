import type { BaseMask, GrammarVocabulary } from "./grammar-vocabulary.ts";
import { bottomFrame, dead, endless, type StateSpace, unknownFrame } from "./state-space.ts";
import { type TokenBytes, TokenTrie } from "./token-trie.ts";

/** Bits are smaller than ids from this many tokens on. */
const maxListed = 256;
/** More places than this are gathered into a tree of what follows them. */
const maxEscapeNodes = 24;
const maxSignatureLength = 4096;
const maxCachedMasks = 512;

/** Token masks of the states of one state space. */
export class TokenMasks {
  readonly #space: StateSpace;
  readonly #vocabulary: GrammarVocabulary;
  readonly #stopIds: readonly number[];
  readonly #bases = new Map<number, BaseMask>();
  readonly #masks = new Map<number, Uint32Array>();
  readonly #signatures = new Map<number, string | null>();
  readonly #stack: Int32Array;

  constructor(space: StateSpace, vocabulary: GrammarVocabulary, stopIds: readonly number[]) {
    this.#space = space;
    this.#vocabulary = vocabulary;
    this.#stopIds = stopIds;
    this.#stack = new Int32Array(vocabulary.trie.maxDepth + 2);
  }

  /** Bits of the tokens that may follow; the array is shared, do not write to it. */
  of(state: number): Uint32Array {
    const known = this.#masks.get(state);
    if (known !== undefined) return known;
    const words = new Uint32Array(this.#vocabulary.numWords);
    const configs = this.#space.configs[state]!;
    for (let i = 0; i < configs.length; i += 2) this.#addConfig(configs[i]!, configs[i + 1]!, words);
    if (this.#space.isComplete[state]) for (const id of this.#stopIds) setBit(words, id);
    if (this.#masks.size >= maxCachedMasks) this.#masks.delete(this.#masks.keys().next().value!);
    this.#masks.set(state, words);
    return words;
  }

  /** Computes masks of the states that allow many bytes, the slow ones, until the time is over. */
  warm(budgetMs: number): void {
    const { next, numClasses, numStates, byteClass, calls } = this.#space.automaton;
    const end = performance.now() + budgetMs;
    const sizes = new Uint16Array(numClasses);
    for (const symbol of byteClass) sizes[symbol]!++;
    const isWide = (state: number): boolean => {
      let numBytes = 0;
      for (let symbol = 0; symbol < numClasses; symbol++)
        if (next[state * numClasses + symbol]! >= 0) numBytes += sizes[symbol]!;
      return numBytes >= 20;
    };
    for (let state = 0; state < numStates; state++) {
      if (performance.now() > end) return;
      if (isWide(state)) this.#base(state, unknownFrame);
      for (const { start, to, times } of calls[state]!) {
        if (times === null || !isWide(start)) continue;
        const left = times.max === Number.POSITIVE_INFINITY ? endless : times.max;
        this.#base(
          start,
          this.#localFrame(this.#space.frame(unknownFrame, to, { start, need: times.min, left })),
        );
        this.#base(start, this.#localFrame(this.#space.frame(unknownFrame, to, { start, need: 0, left })));
      }
    }
  }

  #addConfig(state: number, frame: number, words: Uint32Array): void {
    const space = this.#space;
    const base = this.#base(state, this.#localFrame(frame));
    if (base.words !== null) for (let i = 0; i < words.length; i++) words[i]! |= base.words[i]!;
    if (base.ids !== null) for (const id of base.ids) setBit(words, id);
    if (base.escapes === null) return;
    let call = frame;
    while (space.frameLeft[call] !== 0) call = space.frameBelow[call]!;
    if (call === bottomFrame || call === unknownFrame) return;
    const from = space.continuation(call);
    const { trie, nodes } = base.escapes;
    if (nodes === null) this.#walk({ trie, from: 0, to: trie.numNodes, start: from, words, escapes: null });
    else
      for (const node of nodes)
        this.#walk({ trie, from: node + 1, to: trie.ends[node]!, start: from, words, escapes: null });
  }

  /** The frames of counted calls on top, on an unknown stack; counters beyond a token's length are all alike. */
  #localFrame(frame: number): number {
    const space = this.#space;
    const left = space.frameLeft[frame]!;
    if (left === 0) return unknownFrame;
    const cap = this.#vocabulary.trie.maxDepth;
    return space.frame(this.#localFrame(space.frameBelow[frame]!), space.frameReturn[frame]!, {
      start: space.frameStart[frame]!,
      need: Math.min(space.frameNeed[frame]!, cap + 1),
      left: left > cap ? endless : left,
    });
  }

  #base(state: number, frame: number): BaseMask {
    const local = this.#space.intern([{ state, frame }], false, false);
    const known = this.#bases.get(local);
    if (known !== undefined) return known;
    const key = this.#localKey(state, frame);
    const create = (): BaseMask => this.#createBase(local);
    const base = key === null ? create() : this.#vocabulary.shared(key, create);
    this.#bases.set(local, base);
    return base;
  }

  /** Text that is equal for local states of any grammar that allow the same; null when it would be too long. */
  #localKey(state: number, frame: number): string | null {
    const space = this.#space;
    let key = this.#signature(state);
    for (let at = frame; at !== unknownFrame && key !== null; at = space.frameBelow[at]!) {
      const start = this.#signature(space.frameStart[at]!);
      const to = this.#signature(space.frameReturn[at]!);
      if (start === null || to === null) return null;
      key += `|${space.frameNeed[at]},${space.frameLeft[at]}|${start}|${to}`;
    }
    return key;
  }

  /** What the automaton from a state on looks like; null when it calls rules or is large. */
  #signature(state: number): string | null {
    const known = this.#signatures.get(state);
    if (known !== undefined) return known;
    const signature = this.#describe(state);
    this.#signatures.set(state, signature);
    return signature;
  }

  #describe(start: number): string | null {
    const { next, numClasses, byteClass, accepting, calls } = this.#space.automaton;
    const order = new Map([[start, 0]]);
    let text = "";
    for (const state of order.keys()) {
      if (calls[state]!.length > 0) return null;
      text += accepting[state] === 1 ? "!" : ".";
      let last = -2;
      for (let byte = 0; byte < 256; byte++) {
        const target = next[state * numClasses + byteClass[byte]!]!;
        if (target === last) continue;
        last = target;
        if (target >= 0 && !order.has(target)) order.set(target, order.size);
        text += `${byte}>${target < 0 ? "" : order.get(target)};`;
      }
      if (text.length > maxSignatureLength) return null;
    }
    return text;
  }

  #createBase(local: number): BaseMask {
    const vocabulary = this.#vocabulary;
    const { trie } = vocabulary;
    const words = new Uint32Array(vocabulary.numWords);
    const nodes: number[] = [];
    this.#walk({ trie, from: 0, to: trie.numNodes, start: local, words, escapes: nodes });
    const isUndecided = (id: number): boolean => ((words[id >>> 5]! >>> (id & 31)) & 1) === 0;
    const rest = (node: number): number[] =>
      [...trie.ids.subarray(trie.firsts[node + 1]!, trie.firsts[trie.ends[node]!]!)].filter(isUndecided);
    const open = nodes.map((node) => ({ node, ids: rest(node) })).filter(({ ids }) => ids.length > 0);
    const numAllowed = countBits(words);
    return {
      words: numAllowed > maxListed ? words : null,
      ids: numAllowed > maxListed || numAllowed === 0 ? null : listBits(words, numAllowed),
      escapes: open.length === 0 ? null : this.#gatherEscapes(open),
    };
  }

  #gatherEscapes(open: readonly { node: number; ids: readonly number[] }[]): BaseMask["escapes"] {
    const { trie } = this.#vocabulary;
    if (open.length <= maxEscapeNodes) return { trie, nodes: Int32Array.from(open, ({ node }) => node) };
    const suffixes: TokenBytes[] = open.flatMap(({ node, ids }) => {
      const depth = trie.depths[node]! + 1;
      return ids.map((id) => ({ id, bytes: this.#vocabulary.bytesOf(id)!.subarray(depth) }));
    });
    return { trie: new TokenTrie(suffixes), nodes: null };
  }

  /** Sets the bits of the tokens below a part of the tree that the state allows. */
  #walk(options: {
    trie: TokenTrie;
    from: number;
    to: number;
    start: number;
    words: Uint32Array;
    escapes: number[] | null;
  }): void {
    const { trie, from, to, start, words, escapes } = options;
    const { bytes, depths, ends, firsts, ids } = trie;
    const space = this.#space;
    const { rows, escapes: isEscape } = space;
    const { byteClass } = space.automaton;
    const stack = this.#stack;
    if (from >= to) return;
    stack[depths[from]!] = start;
    for (let node = from; node < to; ) {
      const depth = depths[node]!;
      const byte = bytes[node]!;
      const before = stack[depth]!;
      let state = rows[before]![byteClass[byte]!]!;
      if (state < dead) state = space.step(before, byte);
      if (state === dead) {
        node = ends[node]!;
        continue;
      }
      for (let i = firsts[node]!; i < firsts[node + 1]!; i++) {
        const id = ids[i]!;
        words[id >>> 5]! |= 1 << (id & 31);
      }
      if (escapes !== null && isEscape[state] && ends[node]! > node + 1) escapes.push(node);
      stack[depth + 1] = state;
      node++;
    }
  }
}

function setBit(words: Uint32Array, id: number): void {
  words[id >>> 5]! |= 1 << (id & 31);
}

function countBits(words: Uint32Array): number {
  let count = 0;
  for (const word of words) for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function listBits(words: Uint32Array, count: number): Int32Array {
  const ids = new Int32Array(count);
  let at = 0;
  for (const [index, word] of words.entries())
    for (let rest = word; rest !== 0; rest &= rest - 1)
      ids[at++] = index * 32 + 31 - Math.clz32(rest & -rest);
  return ids;
}
