import { GrammarError } from "./grammar-error.ts";
import {
  alt,
  type Dfa,
  determinize,
  emptyText,
  minimize,
  Nfa,
  optional,
  type Range,
  type Regular,
  repeat,
  seq,
  symbols,
} from "./regular.ts";

/** Repeats of a character beyond this are counted, so that a mask serves all of them. */
const maxUncounted = 8;

/** Whether a language can be counted, and has a repeat that is worth it. */
export function isWorthCounting(language: Regular): boolean {
  const parts: Regular[] = [language];
  let isLong = false;
  for (const part of parts) {
    if (part.type === "dfa") return false;
    if (part.type === "seq" || part.type === "alt") parts.push(...part.items);
    if (part.type !== "repeat") continue;
    parts.push(part.item);
    isLong ||= part.item.type === "set" && Math.max(part.min, part.max ?? 0) > maxUncounted;
  }
  return isLong;
}

/** Symbols from here on stand for calls; below are bytes. */
const firstCall = 256;

/** A call of a rule, once or several times in a row. */
export interface Call {
  rule: number;
  /** Times; `max` Infinity is without end. Null: exactly once, without a counter. */
  times: { min: number; max: number } | null;
}

/** A call edge of the automaton: enter `start`; go on at `to` when it is done. */
export interface CallEdge {
  start: number;
  to: number;
  times: Call["times"];
}

/**
 * Pushdown automaton over bytes: one deterministic automaton per rule, joined by calls. States of all rules are
 * numbered together.
 */
export interface Automaton {
  readonly start: number;
  readonly numStates: number;
  /** Bytes that no state tells apart share a class. */
  readonly byteClass: Uint8Array;
  readonly numClasses: number;
  /** [state * numClasses + class] -> state, or -1. */
  readonly next: Int32Array;
  readonly accepting: Uint8Array;
  readonly calls: readonly (readonly CallEdge[])[];
}

/** A grammar that generates no text, or that never ends. */
export class EmptyGrammarError extends GrammarError {}

/** Collects the rules of a grammar and links them into an automaton. */
export class GrammarBuilder {
  readonly #rules: (Dfa | null)[] = [];
  readonly #calls: Call[] = [];
  readonly #callIds = new Map<string, number>();
  /** Rules by the text of their automaton, to have equal ones once. */
  readonly #known = new Map<string, number>();

  /** A rule that is defined later, so that others and itself may call it. */
  declare(): number {
    return this.#rules.push(null) - 1;
  }

  define(rule: number, body: Regular | Dfa): void {
    this.#rules[rule] = "accepting" in body ? body : toRule(body);
  }

  rule(body: Regular | Dfa): number {
    const dfa = "accepting" in body ? body : toRule(body);
    const key = JSON.stringify(dfa);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const rule = this.#rules.push(dfa) - 1;
    this.#known.set(key, rule);
    return rule;
  }

  call(rule: number): Regular {
    return this.#symbol({ rule, times: null });
  }

  /** A rule that accepts no empty text, `min` to `max` times in a row, counted on the stack instead of in states. */
  callTimes(rule: number, min: number, max: number): Regular {
    if (max === 0) return emptyText;
    const symbol = this.#symbol({ rule, times: { min: Math.max(1, min), max } });
    return min === 0 ? optional(symbol) : symbol;
  }

  /** A language over code points as one over bytes, in which long repeats of one character are counted calls. */
  countRepeats(language: Regular, bytesOf: (range: Range) => Regular): Regular {
    const inner = (each: Regular): Regular => this.countRepeats(each, bytesOf);
    switch (language.type) {
      case "set":
        return alt(...language.ranges.map(bytesOf));
      case "seq":
        return seq(...language.items.map(inner));
      case "alt":
        return alt(...language.items.map(inner));
      case "repeat": {
        const { item, min, max } = language;
        const isCounted = item.type === "set" && Math.max(min, max ?? 0) > maxUncounted;
        if (!isCounted) return repeat(inner(item), min, max);
        return this.callTimes(this.rule(inner(item)), min, max ?? Number.POSITIVE_INFINITY);
      }
      default:
        throw new TypeError(`A language with ${language.type} cannot be counted`);
    }
  }

  #symbol(call: Call): Regular {
    const key = `${call.rule},${call.times?.min},${call.times?.max}`;
    let id = this.#callIds.get(key);
    if (id === undefined) {
      id = this.#calls.push(call) - 1;
      this.#callIds.set(key, id);
    }
    return symbols([firstCall + id, firstCall + id]);
  }

  build(root: number): Automaton {
    const order = this.#reachable(root);
    const rules = order.map((rule) => this.#rules[rule]!);
    const place = new Map(order.map((rule, index) => [rule, index]));
    const callsOf = rules.map(({ edges }) => edges.map((list) => this.#callEdges(list, place)));
    const isUseful = usefulStates(rules, callsOf);
    if (!isUseful[0]![0]) throw new EmptyGrammarError("The grammar accepts no text at all");
    refuseLeftRecursion(rules, callsOf, isUseful);
    return link(rules, callsOf, isUseful);
  }

  #reachable(root: number): number[] {
    const order = new Set([root]);
    for (const reached of order) {
      const dfa = this.#rules[reached];
      if (dfa == null) throw new Error(`Rule ${reached} of the grammar was never defined`);
      for (const list of dfa.edges)
        for (const { lo, hi } of list)
          for (let symbol = Math.max(lo, firstCall); symbol <= hi; symbol++) {
            order.add(this.#calls[symbol - firstCall]!.rule);
          }
    }
    return [...order];
  }

  #callEdges(list: Dfa["edges"][number], place: ReadonlyMap<number, number>): LocalCall[] {
    return list.flatMap(({ lo, hi, to }) => {
      const found: LocalCall[] = [];
      for (let symbol = Math.max(lo, firstCall); symbol <= hi; symbol++) {
        const { rule, times } = this.#calls[symbol - firstCall]!;
        found.push({ rule: place.get(rule)!, times, to });
      }
      return found;
    });
  }
}

interface LocalCall extends Call {
  to: number;
}

function toRule(body: Regular): Dfa {
  const nfa = new Nfa();
  const start = nfa.state();
  return toRuleDfa(nfa, start, nfa.add(start, body));
}

/** The deterministic automaton of a rule; large ones are left as they come. */
export function toRuleDfa(nfa: Nfa, start: number, end: number): Dfa {
  const dfa = determinize(nfa, start, end);
  return dfa.accepting.length > 3000 ? dfa : minimize(dfa);
}

/** States from which the end of their rule can be reached, by rule. */
function usefulStates(rules: readonly Dfa[], calls: readonly LocalCall[][][]): boolean[][] {
  const isUseful = rules.map(({ accepting }) => accepting.slice());
  const canCall = ({ rule }: LocalCall): boolean => isUseful[rule]![0]!;
  for (let changed = true; changed; ) {
    changed = false;
    for (const [index, { edges }] of rules.entries()) {
      const useful = isUseful[index]!;
      for (let state = edges.length - 1; state >= 0; state--) {
        if (useful[state]) continue;
        const byByte = edges[state]!.some(({ lo, to }) => lo < firstCall && useful[to]);
        if (!byByte && !calls[index]![state]!.some((call) => useful[call.to] && canCall(call))) continue;
        useful[state] = true;
        changed = true;
      }
    }
  }
  return isUseful;
}

/** Rules that call themselves before any byte would never get anywhere. */
function refuseLeftRecursion(
  rules: readonly Dfa[],
  calls: readonly LocalCall[][][],
  isUseful: readonly boolean[][],
): void {
  const isNullable = rules.map(() => false);
  /** States of a rule that are reached without any byte. */
  const leadingStates = (rule: number): Set<number> => {
    const found = new Set([0]);
    for (const state of found)
      for (const call of calls[rule]![state]!) if (isNullable[call.rule]) found.add(call.to);
    return found;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const [rule, { accepting }] of rules.entries()) {
      if (isNullable[rule] || ![...leadingStates(rule)].some((state) => accepting[state])) continue;
      isNullable[rule] = true;
      changed = true;
    }
  }
  const done = new Set<number>();
  const path = new Set<number>();
  const visit = (rule: number): void => {
    if (path.has(rule)) throw new EmptyGrammarError("A rule of the grammar begins with itself");
    if (done.has(rule)) return;
    path.add(rule);
    for (const state of leadingStates(rule))
      for (const call of calls[rule]![state]!) if (isUseful[call.rule]![0]) visit(call.rule);
    path.delete(rule);
    done.add(rule);
  };
  for (const rule of rules.keys()) visit(rule);
}

function link(
  rules: readonly Dfa[],
  calls: readonly LocalCall[][][],
  isUseful: readonly boolean[][],
): Automaton {
  // Useless states get no number.
  let numStates = 0;
  const ids = isUseful.map((useful) => useful.map((is) => (is ? numStates++ : -1)));
  const { byteClass, representatives } = classify(rules);
  const numClasses = representatives.length;
  const next = new Int32Array(numStates * numClasses).fill(-1);
  const accepting = new Uint8Array(numStates);
  const callEdges: CallEdge[][] = Array.from({ length: numStates }, () => []);
  for (const [index, { edges, accepting: isAccepting }] of rules.entries()) {
    for (const [state, id] of ids[index]!.entries()) {
      if (id < 0) continue;
      accepting[id] = isAccepting[state] ? 1 : 0;
      for (const { lo, hi, to } of edges[state]!) {
        const target = ids[index]![to]!;
        for (let byte = lo; byte <= Math.min(hi, firstCall - 1); byte++)
          next[id * numClasses + byteClass[byte]!] = target;
      }
      for (const { rule, times, to } of calls[index]![state]!) {
        const target = ids[index]![to]!;
        const start = ids[rule]![0]!;
        if (target >= 0 && start >= 0) callEdges[id]!.push({ start, to: target, times });
      }
    }
  }
  return { start: 0, numStates, byteClass, numClasses, next, accepting, calls: callEdges };
}

/** Classes of bytes that no edge separates. */
function classify(rules: readonly Dfa[]): { byteClass: Uint8Array; representatives: number[] } {
  const isBound = new Uint8Array(firstCall + 1);
  for (const { edges } of rules)
    for (const list of edges)
      for (const { lo, hi } of list) {
        if (lo >= firstCall) continue;
        isBound[lo] = 1;
        isBound[Math.min(hi + 1, firstCall)] = 1;
      }
  const byteClass = new Uint8Array(firstCall);
  const representatives = [0];
  for (let byte = 1; byte < firstCall; byte++) {
    if (isBound[byte]) representatives.push(byte);
    byteClass[byte] = representatives.length - 1;
  }
  return { byteClass, representatives };
}
