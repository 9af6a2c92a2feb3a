import {
  alt,
  type Dfa,
  determinize,
  literal,
  minimize,
  Nfa,
  type Range,
  type Regular,
  seq,
  symbols,
} from "./regular.ts";

/** Last code points of 1, 2, 3 and 4 bytes. */
const lastOfLength = [0x7f, 0x7ff, 0xffff, 0x10ffff] as const;

/** Byte sequences of the UTF-8 forms of a range of code points without surrogates. */
export function utf8Ranges([lo, hi]: Range): Range[][] {
  const found: Range[][] = [];
  let from = lo;
  for (const [index, last] of lastOfLength.entries()) {
    if (from > last) continue;
    const to = Math.min(hi, last);
    if (from <= to) splitRange(from, to, index + 1, found);
    from = last + 1;
    if (from > hi) break;
  }
  return found;
}

/** Cuts a range of forms of one length until each byte varies independently. */
function splitRange(lo: number, hi: number, length: number, found: Range[][]): void {
  for (let i = 1; i < length; i++) {
    const low = (1 << (6 * i)) - 1;
    if ((lo & ~low) === (hi & ~low)) break;
    if ((lo & low) !== 0) {
      splitRange(lo, lo | low, length, found);
      splitRange((lo | low) + 1, hi, length, found);
      return;
    }
    if ((hi & low) !== low) {
      splitRange(lo, (hi & ~low) - 1, length, found);
      splitRange(hi & ~low, hi, length, found);
      return;
    }
  }
  const first = encode(lo, length);
  const last = encode(hi, length);
  found.push(first.map((byte, index): Range => [byte, last[index]!]));
}

function encode(code: number, length: number): number[] {
  if (length === 1) return [code];
  const bytes: number[] = [];
  for (let i = length - 1; i > 0; i--) bytes.push(0x80 | ((code >> (6 * (length - 1 - i))) & 0x3f));
  const lead = [0, 0, 0xc0, 0xe0, 0xf0][length]! | (code >> (6 * (length - 1)));
  return [lead, ...bytes.reverse()];
}

/** How a code point is written: as it is, or inside a JSON string, where some are escaped. */
export type TextForm = "plain" | "json";

const shortEscapes: ReadonlyMap<number, string> = new Map([
  [8, "\\b"],
  [9, "\\t"],
  [10, "\\n"],
  [12, "\\f"],
  [13, "\\r"],
  [34, '\\"'],
  [92, "\\\\"],
]);

/** Bytes of a range of code points; in JSON every code point has one form only. */
export function charBytes(range: Range, form: TextForm): Regular {
  if (form === "plain") return sequences(utf8Ranges(range));
  const [lo, hi] = range;
  const items: Regular[] = [];
  let from = lo;
  for (let code = lo; code <= Math.min(hi, 92); code++) {
    if (code >= 32 && code !== 34 && code !== 92) continue;
    if (from < code) items.push(sequences(utf8Ranges([from, code - 1])));
    items.push(literal(shortEscapes.get(code) ?? `\\u00${code.toString(16).padStart(2, "0")}`));
    from = code + 1;
  }
  if (from <= hi) items.push(sequences(utf8Ranges([from, hi])));
  return items.length === 1 ? items[0]! : alt(...items);
}

function sequences(found: readonly Range[][]): Regular {
  const items = found.map((bytes) => seq(...bytes.map((range) => symbols(range))));
  return items.length === 1 ? items[0]! : alt(...items);
}

/** Automaton over bytes of one over code points. */
export function toBytes({ edges, accepting }: Dfa, form: TextForm): Dfa {
  const nfa = new Nfa();
  const states = accepting.map(() => nfa.state());
  const end = nfa.state();
  for (const [index, list] of edges.entries()) {
    for (const { lo, hi, to } of list) nfa.link(states[index]!, charBytes([lo, hi], form), states[to]!);
    if (accepting[index]) nfa.epsilon(states[index]!, end);
  }
  return minimize(determinize(nfa, states[0]!, end));
}
