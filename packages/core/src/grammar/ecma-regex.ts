import { anyChar, classEscapes, complement, normalize, notLineEnd, unicodeProperty } from "./char-ranges.ts";
import { GrammarError } from "./grammar-error.ts";
import {
  alt,
  type Dfa,
  emptyText,
  intersect,
  nothing,
  type Range,
  type Regular,
  repeat,
  seq,
  subtract,
  symbols,
  toDfa,
} from "./regular.ts";
import { remember } from "./remember.ts";

/** A node of a pattern; anchors and lookaheads are looked at in their place. */
type Pattern =
  | Regular
  | { type: "start" }
  | { type: "end" }
  | { type: "look"; isNegative: boolean; inner: Pattern }
  | { type: "branches"; items: readonly Pattern[] }
  | { type: "chain"; items: readonly Pattern[] };

/** A pattern uses what cannot be compiled. */
export class PatternError extends GrammarError {}

const anyText: Regular = repeat(symbols(...anyChar), 0, null);
const maxUnrolled = 2000;

/**
 * Automaton over code points of an ECMAScript pattern (flag u). `search`: texts in which it matches somewhere, as
 * JSON Schema means it; `full`: texts that it matches as a whole.
 */
export function compilePattern(source: string, mode: "search" | "full"): Dfa {
  return remember(compiled, `${mode} ${source}`, () => toDfa(patternLanguage(source, mode)));
}

const compiled = new Map<string, Dfa>();

/** The same before it becomes an automaton. */
export function patternLanguage(source: string, mode: "search" | "full"): Regular {
  try {
    new RegExp(source, "u");
  } catch (error) {
    // Without the flag some sloppy escapes are patterns; they mean the same here.
    try {
      new RegExp(source);
    } catch {
      throw new PatternError(`The pattern ${source} is not a regular expression`, { cause: error });
    }
  }
  const parsed = new PatternParser(source).parse();
  const around = mode === "search" ? anyText : emptyText;
  return lower(parsed, around, around);
}

/**
 * Language of the whole texts of a pattern that has `before` to its left and `after` to its right; an anchor at an
 * edge takes away what is on its side.
 */
function lower(pattern: Pattern, before: Regular, after: Regular): Regular {
  switch (pattern.type) {
    case "branches": {
      // Those without anchors stay together: which of them matched would else be told apart by states.
      const free = pattern.items.filter((item) => !hasAnchor(item));
      const anchored = pattern.items.filter(hasAnchor).map((item) => lower(item, before, after));
      return free.length === 0
        ? alt(...anchored)
        : alt(...anchored, lowerChain([{ type: "branches", items: free }], before, after));
    }
    case "chain":
      return lowerChain(flatten(pattern.items), before, after);
    default:
      return lowerChain([pattern], before, after);
  }
}

function lowerChain(items: readonly Pattern[], before: Regular, after: Regular): Regular {
  const [first, ...rest] = items;
  // A choice at the edge may hold anchors of its own.
  if (first?.type === "branches" && first.items.some(hasAnchor))
    return alt(...first.items.map((item) => lowerChain(flatten([item, ...rest]), before, after)));
  const last = items.at(-1);
  if (last?.type === "branches" && last.items.some(hasAnchor))
    return alt(
      ...last.items.map((item) => lowerChain(flatten([...items.slice(0, -1), item]), before, after)),
    );
  if (first?.type === "start") return lowerChain(rest, emptyText, after);
  if (last?.type === "end") return lowerChain(items.slice(0, -1), before, emptyText);
  return seq(before, lowerRest(items, after));
}

/** The rest of a text from some place on; a lookahead sees all of it. */
function lowerRest(items: readonly Pattern[], after: Regular): Regular {
  const at = items.findIndex(({ type }) => type === "look");
  if (at < 0) return seq(...items.map(plain), after);
  const look = items[at] as Extract<Pattern, { type: "look" }>;
  const rest = toDfa(lowerRest(items.slice(at + 1), after));
  const seen = toDfa(lowerLook(look.inner));
  const dfa = look.isNegative ? subtract(rest, seen) : intersect(rest, seen);
  return seq(...items.slice(0, at).map(plain), { type: "dfa", dfa });
}

function lowerLook(inner: Pattern): Regular {
  const items = inner.type === "chain" ? flatten(inner.items) : [inner];
  if (inner.type === "branches") return alt(...inner.items.map(lowerLook));
  if (items.at(-1)?.type === "end") return seq(...items.slice(0, -1).map(plain));
  return seq(...items.map(plain), anyText);
}

function flatten(items: readonly Pattern[]): Pattern[] {
  return items.flatMap((item) => (item.type === "chain" ? flatten(item.items) : [item]));
}

/** A part that stands in the middle, where anchors and lookaheads have no regular place. */
function plain(pattern: Pattern): Regular {
  switch (pattern.type) {
    case "start":
    case "end":
      throw new PatternError(
        "An anchor in the middle of a pattern cannot be compiled; anchor the whole pattern",
      );
    case "look":
      throw new PatternError("A lookahead under a quantifier or before a choice cannot be compiled");
    case "branches":
      return alt(...pattern.items.map(plain));
    case "chain":
      return seq(...pattern.items.map(plain));
    default:
      return pattern;
  }
}

function hasAnchor(pattern: Pattern): boolean {
  switch (pattern.type) {
    case "start":
    case "end":
    case "look":
      return true;
    case "branches":
    case "chain":
      return pattern.items.some(hasAnchor);
    default:
      return false;
  }
}

const controlEscapes: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, "0": 0 };

/** Recursive descent over the pattern grammar of ECMAScript. */
class PatternParser {
  readonly #source: string;
  #pos = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Pattern {
    const pattern = this.#branches();
    if (this.#pos < this.#source.length) throw this.#refuse(`at ${this.#pos} has a bracket too many`);
    return pattern;
  }

  #branches(): Pattern {
    const items = [this.#chain()];
    while (this.#take("|")) items.push(this.#chain());
    return items.length === 1 ? items[0]! : { type: "branches", items };
  }

  #chain(): Pattern {
    const items: Pattern[] = [];
    while (this.#pos < this.#source.length && !"|)".includes(this.#source[this.#pos]!))
      items.push(this.#quantified());
    return { type: "chain", items };
  }

  #quantified(): Pattern {
    const atom = this.#atom();
    const bounds = this.#quantifier();
    if (bounds === null) return atom;
    this.#take("?");
    const [min, max] = bounds;
    if (min === 1 && max === 1) return atom;
    if (Math.max(min, max ?? 0) > maxUnrolled) throw this.#refuse(`repeats more than ${maxUnrolled} times`);
    return hasAnchor(atom) && min === 0 && max === 1
      ? { type: "branches", items: [emptyText, atom] }
      : repeat(plain(atom), min, max);
  }

  #quantifier(): [number, number | null] | null {
    if (this.#take("*")) return [0, null];
    if (this.#take("+")) return [1, null];
    if (this.#take("?")) return [0, 1];
    const counted = /\{(\d+)(?:(,)(\d*))?\}/y;
    counted.lastIndex = this.#pos;
    const match = counted.exec(this.#source);
    if (match === null) return null;
    this.#pos += match[0].length;
    const min = Number(match[1]);
    if (match[2] === undefined) return [min, min];
    return [min, match[3] === "" ? null : Number(match[3])];
  }

  #atom(): Pattern {
    const source = this.#source;
    if (this.#take("^")) return { type: "start" };
    if (this.#take("$")) return { type: "end" };
    if (this.#take(".")) return symbols(...notLineEnd);
    if (this.#take("[")) return symbols(...this.#class());
    if (this.#take("(")) {
      if (this.#take("?=")) return this.#group({ isNegative: false });
      if (this.#take("?!")) return this.#group({ isNegative: true });
      if (source.startsWith("?<=", this.#pos) || source.startsWith("?<!", this.#pos))
        throw this.#refuse("has a lookbehind");
      if (!this.#take("?:")) {
        const name = /\?<\w+>/y;
        name.lastIndex = this.#pos;
        this.#pos += name.exec(source)?.[0].length ?? 0;
      }
      return this.#group(null);
    }
    if (this.#take("\\")) {
      const next = source[this.#pos]!;
      if (next === "b" || next === "B") throw this.#refuse(`has \\${next}`);
      if (/[1-9k]/.test(next)) throw this.#refuse(`has the backreference \\${next}`);
      return symbols(...this.#escape());
    }
    return symbols(single(this.#char()));
  }

  #group(look: { isNegative: boolean } | null): Pattern {
    const inner = this.#branches();
    if (!this.#take(")")) throw this.#refuse("has an open group");
    return look === null ? inner : { type: "look", ...look, inner };
  }

  #class(): Range[] {
    const isNegated = this.#take("^");
    const ranges: Range[] = [];
    while (!this.#take("]")) {
      const low = this.#classAtom();
      const dash = this.#source[this.#pos] === "-" && this.#source[this.#pos + 1] !== "]";
      if (!dash || low.length !== 1 || low[0]![0] !== low[0]![1]) {
        ranges.push(...low);
        continue;
      }
      this.#pos++;
      const high = this.#classAtom();
      if (high.length === 1 && high[0]![0] === high[0]![1]) ranges.push([low[0]![0], high[0]![0]]);
      else ranges.push(...low, single(0x2d), ...high);
    }
    return isNegated ? complement(ranges) : normalize(ranges);
  }

  #classAtom(): readonly Range[] {
    if (!this.#take("\\")) return [single(this.#char())];
    if (this.#take("b")) return [single(8)];
    return this.#escape();
  }

  #escape(): readonly Range[] {
    const letter = String.fromCodePoint(this.#char());
    const lower = letter.toLowerCase();
    if (lower in classEscapes) {
      const ranges = classEscapes[lower]!;
      return letter === lower ? ranges : complement(ranges);
    }
    if (lower === "p" && this.#source[this.#pos] === "{") {
      const end = this.#source.indexOf("}", this.#pos);
      const ranges = unicodeProperty(this.#source.slice(this.#pos + 1, end));
      this.#pos = end + 1;
      return letter === "p" ? ranges : complement(ranges);
    }
    if (letter in controlEscapes) return [single(controlEscapes[letter]!)];
    if (letter === "c") return [single(this.#char() % 32)];
    if (letter === "x") return [single(this.#hex(/[\da-fA-F]{2}/y) ?? 0x78)];
    if (letter === "u") return [single(this.#unicodeEscape())];
    return [single(letter.codePointAt(0)!)];
  }

  #unicodeEscape(): number {
    const braced = /\{([\da-fA-F]+)\}/y;
    braced.lastIndex = this.#pos;
    const match = braced.exec(this.#source);
    if (match !== null) {
      this.#pos += match[0].length;
      return Number.parseInt(match[1]!, 16);
    }
    const high = this.#hex(/[\da-fA-F]{4}/y);
    if (high === null) return 0x75;
    if (high < 0xd800 || high > 0xdbff || !this.#take("\\u")) return high;
    const low = this.#hex(/[\da-fA-F]{4}/y) ?? 0;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  }

  #hex(pattern: RegExp): number | null {
    pattern.lastIndex = this.#pos;
    const match = pattern.exec(this.#source);
    if (match === null) return null;
    this.#pos += match[0].length;
    return Number.parseInt(match[0], 16);
  }

  #char(): number {
    const code = this.#source.codePointAt(this.#pos);
    if (code === undefined) throw this.#refuse("ends too early");
    this.#pos += code > 0xffff ? 2 : 1;
    return code;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#pos)) return false;
    this.#pos += text.length;
    return true;
  }

  #refuse(why: string): PatternError {
    return new PatternError(`The pattern ${this.#source} ${why}, which cannot be compiled`);
  }
}

function single(code: number): Range {
  return [code, code];
}

/** Automaton over code points of a set of texts. */
export function textsDfa(texts: readonly string[]): Dfa {
  if (texts.length === 0) return toDfa(nothing);
  return toDfa(
    alt(...texts.map((text) => seq(...[...text].map((char) => symbols(single(char.codePointAt(0)!)))))),
  );
}
