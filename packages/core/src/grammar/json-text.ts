import type { JsonValue } from "../chat/message.ts";
import type { GrammarBuilder } from "./automaton.ts";
import { anyChar, complement } from "./char-ranges.ts";
import {
  alt,
  type Dfa,
  intersect,
  literal,
  oneOf,
  optional,
  type Regular,
  repeat,
  seq,
  symbols,
  toDfa,
} from "./regular.ts";
import { charBytes, toBytes } from "./utf8-ranges.ts";

/**
 * White space in generated JSON: none; one space after `:` and `,` as Python writes it; or at each place nothing, one
 * space, or a line break with up to 20 spaces or tabs.
 */
export type Whitespace = "compact" | "single" | "flexible";

const maxIndent = 20;

/** How the three words of JSON are written: as JSON does, or as Python does. */
export type Words = "json" | "python";

const words: Readonly<Record<Words, { true: string; false: string; null: string }>> = {
  json: { true: "true", false: "false", null: "null" },
  python: { true: "True", false: "False", null: "None" },
};

const hex = oneOf("0123456789abcdefABCDEF");
const plainChar = complement([
  [0, 31],
  [34, 34],
  [92, 92],
]);

/** A character inside a JSON string: itself, or any escape of one code point. */
const stringChar: Regular = alt(
  ...plainChar.map((range) => charBytes(range, "plain")),
  seq(literal("\\"), oneOf('"\\/bfnrt')),
  seq(
    literal("\\u"),
    alt(seq(oneOf("0123456789abcefABCEF"), hex, hex, hex), seq(oneOf("dD"), oneOf("01234567"), hex, hex)),
  ),
  seq(
    literal("\\u"),
    oneOf("dD"),
    oneOf("89abAB"),
    hex,
    hex,
    literal("\\u"),
    oneOf("dD"),
    oneOf("cdefCDEF"),
    hex,
    hex,
  ),
);

const digit = oneOf("0123456789");

/** Digits of an integer that double precision holds exactly. */
export const maxExactDigits = 15;

/** Any integer of up to 64 bits. */
export const anyInteger: Regular = seq(
  optional(literal("-")),
  alt(literal("0"), seq(oneOf("123456789"), repeat(digit, 0, 17))),
);

/** Any number that double precision can hold: JSON sets no limit, but a reader gets infinity beyond. */
export const anyNumber: Regular = seq(
  anyInteger,
  optional(seq(literal("."), repeat(digit, 1, 17))),
  optional(seq(oneOf("eE"), optional(oneOf("+-")), repeat(digit, 1, 2))),
);

/** The rules of JSON that schemas are made of. */
export class JsonText {
  readonly builder: GrammarBuilder;
  /** What may stand after an opening bracket, and before a closing one. */
  readonly gap: Regular;
  readonly comma: Regular;
  readonly colon: Regular;
  #string: number | null = null;
  #char: number | null = null;
  #value: number | null = null;
  #object: number | null = null;

  readonly #words: { true: string; false: string; null: string };

  constructor(builder: GrammarBuilder, whitespace: Whitespace, spelling: Words = "json") {
    this.builder = builder;
    this.#words = words[spelling];
    const none = seq();
    if (whitespace === "flexible") {
      const indent = seq(literal("\n"), repeat(oneOf(" \t"), 0, maxIndent));
      this.gap = optional(alt(literal(" "), builder.call(builder.rule(indent))));
    } else this.gap = none;
    const after = whitespace === "single" ? literal(" ") : this.gap;
    this.comma = seq(literal(","), after);
    this.colon = seq(literal(":"), after);
  }

  /** Any string. */
  string(): Regular {
    this.#string ??= this.builder.rule(seq(literal('"'), repeat(stringChar, 0, null), literal('"')));
    return this.builder.call(this.#string);
  }

  /** Any string of so many code points. */
  stringOfLength(min: number, max: number): Regular {
    this.#char ??= this.builder.rule(stringChar);
    const chars = this.builder.callTimes(this.#char, min, max);
    return this.builder.call(this.builder.rule(seq(literal('"'), chars, literal('"'))));
  }

  /** A string whose text an automaton over code points accepts. */
  stringOf(dfa: Dfa): Regular {
    const body: Regular = { type: "dfa", dfa: jsonBytes(dfa) };
    return this.builder.call(this.builder.rule(seq(literal('"'), body, literal('"'))));
  }

  /** A string whose text is of a language over code points, with long repeats counted on the stack. */
  stringCounted(language: Regular): Regular {
    const body = this.builder.countRepeats(language, (range) => charBytes(range, "json"));
    return this.builder.call(this.builder.rule(seq(literal('"'), body, literal('"'))));
  }

  number(): Regular {
    return this.builder.call(this.builder.rule(anyNumber));
  }

  /** Any JSON value. */
  value(): Regular {
    if (this.#value === null) {
      this.#value = this.builder.declare();
      const items = [this.string(), this.number(), this.object(), this.list(this.builder.call(this.#value))];
      this.builder.define(this.#value, alt(...items, ...Object.values(this.#words).map(literal)));
    }
    return this.builder.call(this.#value);
  }

  /** Any JSON object. */
  object(): Regular {
    if (this.#object === null) {
      this.#object = this.builder.declare();
      const entry = seq(this.string(), this.colon, this.value());
      this.builder.define(this.#object, this.bracket("{", this.series(entry), "}"));
    }
    return this.builder.call(this.#object);
  }

  /** An array of any length of one kind of item. */
  list(item: Regular): Regular {
    return this.bracket("[", this.series(item), "]");
  }

  /** Nothing, or items with commas between. */
  series(item: Regular): Regular {
    return optional(seq(item, repeat(seq(this.comma, item), 0, null)));
  }

  bracket(open: string, inner: Regular, close: string): Regular {
    return seq(literal(open), this.gap, inner, this.gap, literal(close));
  }

  /** Exactly this value; object keys in their order. */
  constant(value: JsonValue): Regular {
    if (value === null) return literal(this.#words.null);
    if (typeof value === "boolean") return literal(this.#words[`${value}`]);
    if (typeof value !== "object") return literal(JSON.stringify(value));
    const items = Array.isArray(value)
      ? (value as readonly JsonValue[]).map((item) => this.constant(item))
      : Object.entries(value).map(([key, item]) => seq(this.key(key), this.constant(item)));
    const series = items.flatMap((item, index) => (index === 0 ? [item] : [this.comma, item]));
    const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
    return this.bracket(open!, seq(...series), close!);
  }

  /** A key and the colon behind it. */
  key(name: string): Regular {
    return seq(literal(JSON.stringify(name)), this.colon);
  }
}

const bytesOf = new WeakMap<Dfa, Dfa>();

/** The bytes inside a JSON string for an automaton over code points. */
export function jsonBytes(dfa: Dfa): Dfa {
  const bytes = bytesOf.get(dfa) ?? toBytes(dfa, "json");
  bytesOf.set(dfa, bytes);
  return bytes;
}

/** Texts of so many code points. */
export function lengthDfa(min: number, max: number | null): Dfa {
  return toDfa(repeat(symbols(...anyChar), min, max));
}

/** Both automata, where null stands for any text. */
export function both(a: Dfa | null, b: Dfa | null): Dfa | null {
  if (a === null || b === null) return a ?? b;
  return intersect(a, b);
}
