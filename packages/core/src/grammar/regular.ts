import { GrammarError } from "./grammar-error.ts";

/** Symbols lo to hi, both included. Symbols are code points, or bytes with calls behind them (`firstCall`). */
export type Range = readonly [lo: number, hi: number];

/** A regular language over numbered symbols. */
export type Regular =
  | { type: "set"; ranges: readonly Range[] }
  | { type: "seq"; items: readonly Regular[] }
  | { type: "alt"; items: readonly Regular[] }
  /** `max` null: without end. */
  | { type: "repeat"; item: Regular; min: number; max: number | null }
  | { type: "dfa"; dfa: Dfa };

/** An edge of an automaton over the symbols lo to hi. */
export interface Edge {
  lo: number;
  hi: number;
  to: number;
}

/** Deterministic automaton that starts in state 0. Edges are sorted and disjoint; what has no edge fails. */
export interface Dfa {
  readonly edges: readonly (readonly Edge[])[];
  readonly accepting: readonly boolean[];
}

/** An automaton grew past what is reasonable to compile. */
export class AutomatonSizeError extends GrammarError {}

/** Most states of one automaton. */
export const maxStates = 20_000;

export const nothing: Regular = { type: "alt", items: [] };
export const emptyText: Regular = { type: "seq", items: [] };

export const seq = (...items: readonly Regular[]): Regular => ({ type: "seq", items });
export const alt = (...items: readonly Regular[]): Regular => ({ type: "alt", items });
export const repeat = (item: Regular, min: number, max: number | null): Regular => ({
  type: "repeat",
  item,
  min,
  max,
});
export const optional = (item: Regular): Regular => repeat(item, 0, 1);
export const symbols = (...ranges: readonly Range[]): Regular => ({ type: "set", ranges });

const utf8 = new TextEncoder();

/** The bytes of a text. */
export function literal(text: string): Regular {
  return seq(...[...utf8.encode(text)].map((byte) => symbols([byte, byte])));
}

/** One of the bytes of an ASCII text. */
export function oneOf(bytes: string): Regular {
  return symbols(...[...utf8.encode(bytes)].map((byte): Range => [byte, byte]));
}

/** Automaton with free choice, the step before a deterministic one. */
export class Nfa {
  readonly edges: Edge[][] = [];
  readonly epsilons: number[][] = [];

  state(): number {
    if (this.edges.length >= maxStates * 8)
      throw new AutomatonSizeError("An automaton has too many states; simplify the pattern or its bounds");
    this.epsilons.push([]);
    return this.edges.push([]) - 1;
  }

  edge(from: number, [lo, hi]: Range, to: number): void {
    this.edges[from]!.push({ lo, hi, to });
  }

  epsilon(from: number, to: number): void {
    this.epsilons[from]!.push(to);
  }

  /** Adds a language after a state; returns the state behind it. */
  add(from: number, regular: Regular): number {
    switch (regular.type) {
      case "set": {
        const end = this.state();
        for (const range of regular.ranges) this.edge(from, range, end);
        return end;
      }
      case "seq":
        return regular.items.reduce((state, item) => this.add(state, item), from);
      case "alt": {
        const end = this.state();
        for (const item of regular.items) this.epsilon(this.add(this.#fork(from), item), end);
        return end;
      }
      case "repeat":
        return this.#addRepeat(from, regular);
      case "dfa":
        return this.#addDfa(from, regular.dfa);
      default:
        return regular satisfies never;
    }
  }

  /** Adds a language between two states. */
  link(from: number, regular: Regular, to: number): void {
    this.epsilon(this.add(from, regular), to);
  }

  #fork(from: number): number {
    const state = this.state();
    this.epsilon(from, state);
    return state;
  }

  #addRepeat(from: number, { item, min, max }: Extract<Regular, { type: "repeat" }>): number {
    let state = from;
    for (let i = 0; i < min; i++) state = this.add(state, item);
    if (max === null) {
      const loop = this.#fork(state);
      this.epsilon(this.add(loop, item), loop);
      return this.#fork(loop);
    }
    const end = this.state();
    this.epsilon(state, end);
    for (let i = min; i < max; i++) {
      state = this.add(this.#fork(state), item);
      this.epsilon(state, end);
    }
    return end;
  }

  #addDfa(from: number, { edges, accepting }: Dfa): number {
    const end = this.state();
    const states = accepting.map(() => this.state());
    this.epsilon(from, states[0]!);
    for (const [index, list] of edges.entries()) {
      for (const { lo, hi, to } of list) this.edge(states[index]!, [lo, hi], states[to]!);
      if (accepting[index]) this.epsilon(states[index]!, end);
    }
    return end;
  }
}

/** Deterministic automaton of a language, with the fewest states. */
export function toDfa(regular: Regular): Dfa {
  const nfa = new Nfa();
  const start = nfa.state();
  return minimize(determinize(nfa, start, nfa.add(start, regular)));
}

/** Subset construction. */
export function determinize(nfa: Nfa, start: number, end: number): Dfa {
  const edges: Edge[][] = [];
  const accepting: boolean[] = [];
  const ids = new Map<string, number>();
  const sets: number[][] = [];
  const marks = new Int32Array(nfa.edges.length).fill(-1);
  let mark = 0;
  const intern = (seeds: readonly number[]): number => {
    const set = closure(nfa, seeds, marks, mark++);
    const key = set.join(",");
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = sets.push(set) - 1;
    if (id >= maxStates)
      throw new AutomatonSizeError("An automaton has too many states; simplify the pattern or its bounds");
    ids.set(key, id);
    accepting.push(set.includes(end));
    return id;
  };
  intern([start]);
  for (let id = 0; id < sets.length; id++) {
    const list: Edge[] = [];
    edges.push(list);
    for (const { lo, hi, targets } of segments(sets[id]!.map((state) => nfa.edges[state]!))) {
      pushEdge(list, { lo, hi, to: intern(targets) });
    }
  }
  return { edges, accepting };
}

function closure(nfa: Nfa, seeds: readonly number[], marks: Int32Array, mark: number): number[] {
  const set: number[] = [];
  const open = [...seeds];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (marks[state] === mark) continue;
    marks[state] = mark;
    // A state that only leads on by epsilons tells nothing.
    if (nfa.edges[state]!.length > 0 || nfa.epsilons[state]!.length === 0) set.push(state);
    open.push(...nfa.epsilons[state]!);
  }
  return set.sort((a, b) => a - b);
}

interface Segment {
  lo: number;
  hi: number;
  targets: number[];
}

/** Cuts the edges of several states into disjoint ranges with all targets of each. */
function segments(lists: readonly (readonly Edge[])[]): Segment[] {
  const ranges = new Map<number, Segment>();
  for (const list of lists) {
    for (const { lo, hi, to } of list) {
      const key = lo * 0x200000 + hi;
      const known = ranges.get(key);
      if (known === undefined) ranges.set(key, { lo, hi, targets: [to] });
      else known.targets.push(to);
    }
  }
  const sorted = [...ranges.values()].sort((a, b) => a.lo - b.lo || a.hi - b.hi);
  const bounds = [...new Set(sorted.flatMap(({ lo, hi }) => [lo, hi + 1]))].sort((a, b) => a - b);
  const found: Segment[] = [];
  let active: Segment[] = [];
  let next = 0;
  for (let i = 0; i + 1 < bounds.length; i++) {
    const lo = bounds[i]!;
    active = active.filter(({ hi }) => hi >= lo);
    for (; next < sorted.length && sorted[next]!.lo === lo; next++) active.push(sorted[next]!);
    if (active.length === 0) continue;
    found.push({ lo, hi: bounds[i + 1]! - 1, targets: active.flatMap(({ targets }) => targets) });
  }
  return found;
}

/** Adds an edge behind the others, merged with the last where they meet. */
function pushEdge(list: Edge[], edge: Edge): void {
  const last = list.at(-1);
  if (last !== undefined && last.to === edge.to && last.hi + 1 === edge.lo) last.hi = edge.hi;
  else list.push(edge);
}

/** With the fewest states, numbered so that equal languages give equal automata. */
export function minimize(dfa: Dfa): Dfa {
  const { edges, accepting } = trim(dfa);
  const leaves = leavesFirst(edges);
  const blocks = leaves === null ? refineBlocks(edges, accepting) : mergeFromLeaves(edges, accepting, leaves);
  // Numbered in breadth-first order, so that equal languages give equal automata.
  const order = new Map<number, number>([[blocks[0]!, 0]]);
  const queue = [0];
  const minimal: { edges: Edge[][]; accepting: boolean[] } = { edges: [], accepting: [] };
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at]!;
    const list: Edge[] = [];
    for (const { lo, hi, to } of edges[state]!) {
      let id = order.get(blocks[to]!);
      if (id === undefined) {
        id = order.size;
        order.set(blocks[to]!, id);
        queue.push(to);
      }
      pushEdge(list, { lo, hi, to: id });
    }
    minimal.edges.push(list);
    minimal.accepting.push(accepting[state]!);
  }
  return minimal;
}

/** What tells a state from others when blocks stand for the states that its edges lead to. */
function keyOfState(list: readonly Edge[], own: string, blocks: ArrayLike<number>): string {
  const merged: Edge[] = [];
  for (const { lo, hi, to } of list) pushEdge(merged, { lo, hi, to: blocks[to]! });
  let key = own;
  for (const { lo, hi, to } of merged) key += `;${lo},${hi},${to}`;
  return key;
}

/** Moore's algorithm: blocks of states that no text tells apart. */
function refineBlocks(edges: readonly (readonly Edge[])[], accepting: readonly boolean[]): number[] {
  let blocks: number[] = accepting.map((isAccepting) => (isAccepting ? 1 : 0));
  for (let numBlocks = new Set(blocks).size; ; ) {
    const ids = new Map<string, number>();
    const refined = edges.map((list, state) => {
      const key = keyOfState(list, `${blocks[state]}`, blocks);
      const id = ids.get(key) ?? ids.size;
      ids.set(key, id);
      return id;
    });
    blocks = refined;
    if (ids.size === numBlocks) return blocks;
    numBlocks = ids.size;
  }
}

/** The same where no state is reached from itself: once through, since texts that are bounded make Moore's rounds many. */
function mergeFromLeaves(
  edges: readonly (readonly Edge[])[],
  accepting: readonly boolean[],
  order: readonly number[],
): number[] {
  const blocks = new Array<number>(edges.length).fill(-1);
  const ids = new Map<string, number>();
  for (const state of order) {
    const key = keyOfState(edges[state]!, accepting[state] ? "!" : "", blocks);
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    blocks[state] = id;
  }
  return blocks;
}

/** The states that are reached from state 0, each behind those that it leads to; null where there is a loop. */
function leavesFirst(edges: readonly (readonly Edge[])[]): number[] | null {
  const order: number[] = [];
  const isOpen = new Uint8Array(edges.length);
  const isDone = new Uint8Array(edges.length);
  const path: { state: number; next: number }[] = [{ state: 0, next: 0 }];
  isOpen[0] = 1;
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const edge = edges[top.state]![top.next++];
    if (edge === undefined) {
      isOpen[top.state] = 0;
      isDone[top.state] = 1;
      order.push(top.state);
      path.pop();
    } else if (isOpen[edge.to]) return null;
    else if (!isDone[edge.to]) {
      isOpen[edge.to] = 1;
      path.push({ state: edge.to, next: 0 });
    }
  }
  return order;
}

/** Without edges to states from which nothing is accepted; state 0 stays. */
function trim({ edges, accepting }: Dfa): Dfa {
  const sources: number[][] = edges.map(() => []);
  for (const [state, list] of edges.entries()) for (const { to } of list) sources[to]!.push(state);
  const isUseful = accepting.slice();
  const open = accepting.flatMap((is, state) => (is ? [state] : []));
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const source of sources[state]!) {
      if (isUseful[source]) continue;
      isUseful[source] = true;
      open.push(source);
    }
  }
  return { edges: edges.map((list) => list.filter(({ to }) => isUseful[to])), accepting };
}

/** Product of two automata; `isAccepting` decides by what both say of a text. */
export function combine(a: Dfa, b: Dfa, isAccepting: (inA: boolean, inB: boolean) => boolean): Dfa {
  const ids = new Map<number, number>();
  const pairs: [number, number][] = [];
  const edges: Edge[][] = [];
  const accepting: boolean[] = [];
  const width = b.edges.length + 1;
  // State -1 is the one in which nothing is accepted any more.
  const intern = (x: number, y: number): number => {
    const key = (x + 1) * width + y + 1;
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, pairs.length);
    if (pairs.length >= maxStates)
      throw new AutomatonSizeError("An automaton has too many states; simplify the pattern or its bounds");
    accepting.push(isAccepting(x >= 0 && a.accepting[x]!, y >= 0 && b.accepting[y]!));
    return pairs.push([x, y]) - 1;
  };
  intern(0, 0);
  for (let id = 0; id < pairs.length; id++) {
    const [x, y] = pairs[id]!;
    const left = x < 0 ? [] : a.edges[x]!.map(({ lo, hi, to }) => ({ lo, hi, to: to * 2 }));
    const right = y < 0 ? [] : b.edges[y]!.map(({ lo, hi, to }) => ({ lo, hi, to: to * 2 + 1 }));
    const list: Edge[] = [];
    for (const { lo, hi, targets } of segments([left, right])) {
      const inA = targets.find((target) => target % 2 === 0);
      const inB = targets.find((target) => target % 2 === 1);
      pushEdge(list, {
        lo,
        hi,
        to: intern(inA === undefined ? -1 : inA / 2, inB === undefined ? -1 : (inB - 1) / 2),
      });
    }
    edges.push(list);
  }
  return minimize({ edges, accepting });
}

export const intersect = (a: Dfa, b: Dfa): Dfa => combine(a, b, (inA, inB) => inA && inB);
export const subtract = (a: Dfa, b: Dfa): Dfa => combine(a, b, (inA, inB) => inA && !inB);

/** No text is accepted. */
export function isEmpty(dfa: Dfa): boolean {
  const { edges, accepting } = trim(dfa);
  return edges[0]!.length === 0 && !accepting[0];
}

/** Lengths of the shortest and the longest text of a minimal automaton; null when there is no longest. */
export function lengthsOf({ edges, accepting }: Dfa): { min: number; max: number | null } {
  let min = 0;
  for (let layer = new Set([0]); ![...layer].some((state) => accepting[state]); min++) {
    layer = new Set([...layer].flatMap((state) => edges[state]!.map(({ to }) => to)));
    if (layer.size === 0) return { min: 0, max: 0 };
  }
  let max = 0;
  for (let layer = new Set([0]); ; max++) {
    layer = new Set([...layer].flatMap((state) => edges[state]!.map(({ to }) => to)));
    if (layer.size === 0) return { min, max };
    if (max > edges.length) return { min, max: null };
  }
}

/** Whether the automaton accepts these symbols. */
export function accepts({ edges, accepting }: Dfa, text: Iterable<number>): boolean {
  let state = 0;
  for (const symbol of text) {
    const edge = edges[state]!.find(({ lo, hi }) => lo <= symbol && symbol <= hi);
    if (edge === undefined) return false;
    state = edge.to;
  }
  return accepting[state]!;
}
