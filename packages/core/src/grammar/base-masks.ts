import {
  type BaseMask,
  type CountedMask,
  type Escapes,
  type GrammarVocabulary,
  neverFits,
} from "./grammar-vocabulary.ts";
import { dead, endless, type StateSpace, unknownFrame } from "./state-space.ts";
import { type TokenBytes, TokenTrie } from "./token-trie.ts";

/** Bits are smaller than ids from this many tokens on. */
const maxListed = 256;
/** More places than this are gathered into a tree of what follows them. */
const maxEscapeNodes = 400;
const maxSignatureLength = 4096;
const maxBases = 2048;

/** A part of a tree of tokens, and the state that it is walked from. */
export interface Walk {
  trie: TokenTrie;
  from: number;
  to: number;
  start: number;
}

/** Masks of single configurations on a stack that is not known beyond the counted calls on top. */
export class BaseMasks {
  readonly #space: StateSpace;
  readonly #vocabulary: GrammarVocabulary;
  readonly #bases = new Map<number, BaseMask>();
  readonly #signatures = new Map<number, string | null>();
  readonly #stack: Int32Array;

  constructor(space: StateSpace, vocabulary: GrammarVocabulary) {
    this.#space = space;
    this.#vocabulary = vocabulary;
    this.#stack = new Int32Array(vocabulary.trie.maxDepth + 2);
  }

  /** Mask of an automaton's state on a frame. */
  of(state: number, frame: number): BaseMask {
    const localFrame = this.#localFrame(frame);
    const place = localFrame * 2 ** 24 + state;
    const known = this.#bases.get(place);
    if (known !== undefined) return known;
    const base = this.#countedBase(state, localFrame) ?? this.#sharedBase(state, localFrame);
    if (this.#bases.size >= maxBases) this.#bases.delete(this.#bases.keys().next().value!);
    this.#bases.set(place, base);
    return base;
  }

  /** Sets the bits of the tokens of a part of a tree that the state allows; `limit` leaves out those that use more. */
  addWalk(walk: Walk, words: Uint32Array, limit: Escapes["limit"]): void {
    const { firsts, ids } = walk.trie;
    this.#walk(walk, (node) => {
      for (let i = firsts[node]!; i < firsts[node + 1]!; i++) {
        const id = ids[i]!;
        if (limit === null || limit.uses[i]! <= limit.left) words[id >>> 5]! |= 1 << (id & 31);
      }
    });
  }

  /** The frames of counted calls on top, on an unknown stack; counters beyond a token's length are all alike. */
  #localFrame(frame: number): number {
    const space = this.#space;
    const left = space.frameLeft[frame]!;
    if (left === 0) return unknownFrame;
    const cap = this.#maxUses;
    return space.frame(this.#localFrame(space.frameBelow[frame]!), space.frameReturn[frame]!, {
      start: space.frameStart[frame]!,
      need: Math.min(space.frameNeed[frame]!, cap + 1),
      left: left > cap ? endless : left,
    });
  }

  /** Most times that a token can take of a counter. */
  get #maxUses(): number {
    return Math.min(this.#vocabulary.trie.maxDepth, neverFits - 2);
  }

  #sharedBase(state: number, frame: number): BaseMask {
    const key = this.#keyOf(state, frame);
    const create = (): BaseMask => this.#create(this.#space.intern([{ state, frame }], false, false));
    return key === null ? create() : this.#vocabulary.shared(key, create);
  }

  /**
   * From the mask for any number of times left, which is made once. Null where it is not counted, and where the rule or
   * what follows it calls others: uses could then not be told from those of other calls.
   */
  #countedBase(state: number, frame: number): BaseMask | null {
    const space = this.#space;
    const left = space.frameLeft[frame]!;
    if (left <= 0 || space.frameBelow[frame] !== unknownFrame) return null;
    const start = space.frameStart[frame]!;
    const need = space.frameNeed[frame]!;
    const most = this.#maxUses + 1;
    const full = space.frame(unknownFrame, space.frameReturn[frame]!, { start, need, left: most });
    const key = this.#keyOf(state, full);
    if (key === null) return null;
    const create = (): CountedMask =>
      this.#createCounted(space.intern([{ state, frame: full }], false, false), most);
    const { words: all, ids, firsts, escapes } = this.#vocabulary.counted(key, create);
    const words = all.slice();
    for (let i = firsts[left]!; i < ids.length; i++) words[ids[i]! >>> 5]! &= ~(1 << (ids[i]! & 31));
    const limited =
      escapes === null ? null : { trie: escapes.trie, nodes: null, limit: { uses: escapes.uses, left } };
    return { words, ids: null, escapes: limited };
  }

  #create(local: number): BaseMask {
    const { trie } = this.#vocabulary;
    const { ends, firsts, ids } = trie;
    const listed: number[] = [];
    const open: number[] = [];
    let words: Uint32Array | null = null;
    this.#walk({ trie, from: 0, to: trie.numNodes, start: local }, (node, state) => {
      for (let i = firsts[node]!; i < firsts[node + 1]!; i++) {
        const id = ids[i]!;
        if (words !== null) words[id >>> 5]! |= 1 << (id & 31);
        else if (listed.push(id) > maxListed) {
          words = new Uint32Array(this.#vocabulary.numWords);
          for (const each of listed) words[each >>> 5]! |= 1 << (each & 31);
        }
      }
      if (this.#space.escapes[state] && ends[node]! > node + 1) open.push(node);
    });
    const bits = words as Uint32Array | null;
    const few = new Set(bits === null ? listed : []);
    const isAllowed = (id: number): boolean =>
      bits === null ? few.has(id) : ((bits[id >>> 5]! >>> (id & 31)) & 1) === 1;
    const places = open.filter((node) => {
      for (let i = firsts[node + 1]!; i < firsts[ends[node]!]!; i++) if (!isAllowed(ids[i]!)) return true;
      return false;
    });
    let escapes: Escapes | null = null;
    if (places.length > maxEscapeNodes)
      escapes = { ...this.#gather(places, isAllowed), nodes: null, limit: null };
    else if (places.length > 0) escapes = { trie, nodes: Int32Array.from(places), limit: null };
    return { words: bits, ids: bits === null ? Int32Array.from(listed) : null, escapes };
  }

  #createCounted(local: number, most: number): CountedMask {
    const vocabulary = this.#vocabulary;
    const space = this.#space;
    const { trie } = vocabulary;
    const { depths, ends, firsts, ids } = trie;
    const uses = new Uint8Array(vocabulary.numWords * 32).fill(neverFits);
    const places: number[] = [];
    const placeUses = new Map<number, number>();
    // Times that are over at each depth: a text that has left the rule keeps those that it took.
    const over = new Int32Array(trie.maxDepth + 2);
    this.#walk({ trie, from: 0, to: trie.numNodes, start: local }, (node, state) => {
      const depth = depths[node]!;
      const configs = space.configs[state]!;
      let numOver = -1;
      let canLeave = space.escapes[state]!;
      for (let i = 0; i < configs.length; i += 2) {
        const left = space.frameLeft[configs[i + 1]!]!;
        if (left > 0 && space.frameBelow[configs[i + 1]!] === unknownFrame)
          numOver = Math.max(numOver, most - left);
        else canLeave = true;
      }
      // Outside the rule the count is that of the way here; inside, one more is under way unless it can be left.
      const used = numOver < 0 ? over[depth]! : canLeave ? numOver : numOver + 1;
      over[depth + 1] = numOver < 0 ? over[depth]! : numOver;
      const capped = Math.min(used, neverFits - 1);
      for (let i = firsts[node]!; i < firsts[node + 1]!; i++) uses[ids[i]!] = capped;
      if (space.escapes[state] && ends[node]! > node + 1) {
        places.push(node);
        placeUses.set(node, capped);
      }
    });
    const gathered = this.#gather(places, (id) => uses[id] !== neverFits, placeUses);
    return { ...sortByUses(uses), escapes: gathered.trie.ids.length === 0 ? null : gathered };
  }

  /** A tree of what tokens have behind the places, without tokens that are decided. */
  #gather(
    places: readonly number[],
    isDecided: (id: number) => boolean,
    placeUses?: ReadonlyMap<number, number>,
  ): { trie: TokenTrie; uses: Uint8Array } {
    const { depths, ends, firsts, ids } = this.#vocabulary.trie;
    const suffixes: TokenBytes[] = [];
    const usesOf: number[] = [];
    for (const node of places)
      for (let i = firsts[node + 1]!; i < firsts[ends[node]!]!; i++) {
        if (isDecided(ids[i]!)) continue;
        const bytes = this.#vocabulary.bytesOf(ids[i]!)!.subarray(depths[node]! + 1);
        // The place in the list stands in for the id until the tree is sorted.
        suffixes.push({ id: usesOf.push(placeUses?.get(node) ?? 0) - 1, bytes });
      }
    const trie = TokenTrie.of(suffixes);
    const uses = Uint8Array.from(trie.ids, (index) => usesOf[index]!);
    const idOf: number[] = [];
    for (const node of places)
      for (let i = firsts[node + 1]!; i < firsts[ends[node]!]!; i++)
        if (!isDecided(ids[i]!)) idOf.push(ids[i]!);
    for (const [at, index] of trie.ids.entries()) trie.ids[at] = idOf[index]!;
    return { trie, uses };
  }

  #walk({ trie, from, to, start }: Walk, onNode: (node: number, state: number) => void): void {
    const { bytes, depths, ends } = trie;
    const space = this.#space;
    const { rows } = space;
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
      stack[depth + 1] = state;
      onNode(node, state);
      node++;
    }
  }

  /** Text that is equal for local states of any grammar that allow the same; null when it would be too long. */
  #keyOf(state: number, frame: number): string | null {
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
}

function sortByUses(uses: Uint8Array): Pick<CountedMask, "words" | "ids" | "firsts"> {
  const firsts = new Int32Array(neverFits + 1);
  const words = new Uint32Array(uses.length / 32);
  for (const [id, times] of uses.entries()) {
    if (times === neverFits) continue;
    firsts[times + 1]!++;
    words[id >>> 5]! |= 1 << (id & 31);
  }
  for (let times = 1; times <= neverFits; times++) firsts[times]! += firsts[times - 1]!;
  const places = firsts.slice();
  const ids = new Int32Array(firsts[neverFits]!);
  for (const [id, times] of uses.entries()) if (times !== neverFits) ids[places[times]!++] = id;
  return { words, ids, firsts: firsts.subarray(1) };
}
