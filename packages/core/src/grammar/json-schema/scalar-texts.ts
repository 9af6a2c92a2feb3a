import type { JsonValue } from "../../chat/message.ts";
import { isWorthCounting } from "../automaton.ts";
import { anyChar } from "../char-ranges.ts";
import { compilePattern, PatternError, patternLanguage, textsDfa } from "../ecma-regex.ts";
import { both, type JsonText, lengthDfa } from "../json-text.ts";
import { type NumberBounds, NumberBoundsError, numberText } from "../number-range.ts";
import {
  AutomatonSizeError,
  alt,
  type Dfa,
  intersect,
  lengthsOf,
  literal,
  oneOf,
  optional,
  type Regular,
  repeat,
  seq,
  subtract,
  symbols,
  toDfa,
} from "../regular.ts";
import { remember } from "../remember.ts";
import { excludedOf } from "./excluded.ts";
import { formatDfa, numberFormats, shownFormats } from "./formats.ts";
import { countAt, type Located } from "./schema-document.ts";
import { SchemaError } from "./schema-error.ts";

/** Most states that a pattern with a length beside it may take. */
const maxLength = 2000;

/** Texts of strings that satisfy the schemas, as an automaton over code points and length bounds beside it. */
export interface StringLimits {
  /** Null: any text. */
  dfa: Dfa | null;
  min: number;
  /** Null: no end. */
  max: number | null;
  /** The one pattern that the automaton is made of, where it is all there is. */
  language?: Regular;
}

/** What the keywords for strings of expanded schemas ask for. */
export function stringLimits(schemas: readonly Located[], excluded: readonly string[]): StringLimits {
  let dfa: Dfa | null = null;
  let min = 0;
  let max: number | null = null;
  const languages: Regular[] = [];
  for (const located of schemas) {
    const { schema, pointer } = located;
    if (typeof schema === "boolean") continue;
    const { pattern, format } = schema;
    min = Math.max(min, countAt(located, "minLength") ?? 0);
    max = least(max, countAt(located, "maxLength"));
    if (pattern !== undefined) {
      dfa = both(dfa, patternDfa(pattern, { keyword: "pattern", pointer }));
      languages.push(patternLanguage(pattern as string, "search"));
    }
    if (typeof format !== "string" || shownFormats.has(format) || format in numberFormats) continue;
    const allowed = formatDfa(format);
    if (allowed === null)
      throw new SchemaError({ keyword: "format", pointer }, `is ${format}, which is not known`);
    dfa = both(dfa, allowed);
    languages.push({ type: "dfa", dfa: allowed });
  }
  if (excluded.length > 0) dfa = subtract(dfa ?? anyText(), textsDfa(excluded));
  const { patterns } = excludedOf(schemas);
  for (const { pattern, pointer } of patterns)
    dfa = subtract(dfa ?? anyText(), patternDfa(pattern, { keyword: "not", pointer }));
  const [only, ...others] = languages;
  const isSingle = only !== undefined && others.length + excluded.length + patterns.length === 0;
  const single = isSingle ? { language: only } : {};
  if (dfa === null || (min === 0 && max === null)) return { dfa, min, max, ...single };
  const lengths = lengthsOf(dfa);
  const isMaxKept = max === null || (lengths.max !== null && lengths.max <= max);
  if (lengths.min >= min && isMaxKept) return { dfa, min: 0, max: null, ...single };
  const at = schemas.find(
    ({ schema }) => typeof schema === "object" && ("pattern" in schema || "format" in schema),
  );
  const place = {
    keyword: isMaxKept ? "minLength" : "maxLength",
    pointer: at?.pointer ?? schemas[0]!.pointer,
  };
  if (Math.max(min, isMaxKept ? 0 : max!) > maxLength)
    throw new SchemaError(place, `beside a pattern or format can be at most ${maxLength}`);
  try {
    const whole = dfa;
    const most = isMaxKept ? null : max;
    const make = (): Dfa => intersect(whole, lengthDfa(min, most));
    // One pattern with the same length is common in a schema.
    const pattern = schemas.find(({ schema }) => typeof schema === "object" && "pattern" in schema)?.schema;
    const key = isSingle && typeof pattern === "object" ? `${pattern["pattern"]} ${min} ${most}` : null;
    return { dfa: key === null ? make() : remember(limited, key, make), min: 0, max: null };
  } catch (error) {
    if (!(error instanceof AutomatonSizeError)) throw error;
    throw new SchemaError(place, "is too much beside the pattern", { cause: error });
  }
}

const limited = new Map<string, Dfa>();

/** Texts that a pattern of a schema matches. */
export function patternDfa(pattern: JsonValue, at: { keyword: string; pointer: string }): Dfa {
  if (typeof pattern !== "string") throw new SchemaError(at, "must be a text");
  try {
    return compilePattern(pattern, "search");
  } catch (error) {
    if (!(error instanceof PatternError || error instanceof AutomatonSizeError)) throw error;
    throw new SchemaError(at, `cannot be enforced: ${error.message}`, { cause: error });
  }
}

/** JSON strings within limits. */
export function stringText(json: JsonText, { dfa, min, max, language }: StringLimits, at: string): Regular {
  if (max !== null && max < min) return alt();
  try {
    if (language !== undefined && isWorthCounting(language)) return json.stringCounted(language);
    if (dfa !== null) return json.stringOf(dfa);
  } catch (error) {
    if (!(error instanceof AutomatonSizeError)) throw error;
    throw new SchemaError({ keyword: "pattern", pointer: at }, "is too large", { cause: error });
  }
  if (min === 0 && max === null) return json.string();
  return json.stringOfLength(min, max ?? Number.POSITIVE_INFINITY);
}

/** JSON numbers that satisfy expanded schemas. */
export function numberRegular(
  json: JsonText,
  schemas: readonly Located[],
  options: { isInteger: boolean; excluded: readonly number[]; withoutIntegers?: boolean },
): Regular {
  const { isInteger, excluded, withoutIntegers = false } = options;
  const bounds: NumberBounds & { multiplesOf: number[] } = {
    isInteger,
    min: null,
    isMinExclusive: false,
    max: null,
    isMaxExclusive: false,
    multiplesOf: [],
  };
  const raise = (value: number, isExclusive: boolean): void => {
    if (bounds.min !== null && (value < bounds.min || (value === bounds.min && !isExclusive))) return;
    bounds.min = value;
    bounds.isMinExclusive = isExclusive;
  };
  const lower = (value: number, isExclusive: boolean): void => {
    if (bounds.max !== null && (value > bounds.max || (value === bounds.max && !isExclusive))) return;
    bounds.max = value;
    bounds.isMaxExclusive = isExclusive;
  };
  let last = { keyword: "type", pointer: schemas[0]?.pointer ?? "#" };
  for (const { schema, pointer } of schemas) {
    if (typeof schema === "boolean") continue;
    const numberAt = (keyword: string): number | undefined => {
      const value = schema[keyword];
      if (value === undefined) return undefined;
      last = { keyword, pointer };
      if (typeof value !== "number")
        throw new SchemaError(last, `must be a number, not ${JSON.stringify(value)}`);
      return value;
    };
    // In draft 4 the exclusive bounds are true or false.
    const exclusiveAt = (keyword: string): number | undefined =>
      typeof schema[keyword] === "boolean" ? undefined : numberAt(keyword);
    const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = {
      minimum: numberAt("minimum"),
      exclusiveMinimum: exclusiveAt("exclusiveMinimum"),
      maximum: numberAt("maximum"),
      exclusiveMaximum: exclusiveAt("exclusiveMaximum"),
      multipleOf: numberAt("multipleOf"),
    };
    if (minimum !== undefined) raise(minimum, schema["exclusiveMinimum"] === true);
    if (exclusiveMinimum !== undefined) raise(exclusiveMinimum, true);
    if (maximum !== undefined) lower(maximum, schema["exclusiveMaximum"] === true);
    if (exclusiveMaximum !== undefined) lower(exclusiveMaximum, true);
    if (multipleOf !== undefined) {
      if (multipleOf <= 0) throw new SchemaError(last, "must be above 0");
      bounds.multiplesOf.push(multipleOf);
    }
    const limits = typeof schema["format"] === "string" ? numberFormats[schema["format"]] : undefined;
    if (limits != null) {
      raise(limits.min, false);
      lower(limits.max, false);
    }
  }
  try {
    if (!isInteger) {
      const texts = between(bounds, excluded).map(numberText);
      const free: Regular = texts.length === 1 ? texts[0]! : alt(...texts);
      const kept: Regular = withoutIntegers
        ? { type: "dfa", dfa: intersect(toDfa(free), fractions()) }
        : free;
      return json.builder.call(json.builder.rule(kept));
    }
    const text = numberText(bounds);
    const values = excluded.filter(Number.isInteger).map((value) => literal(String(value)));
    const kept: Regular =
      values.length === 0
        ? text
        : { type: "dfa", dfa: subtract(toDfa(text), toDfa(alt(...values, literal("-0")))) };
    return json.builder.call(json.builder.rule(kept));
  } catch (error) {
    if (!(error instanceof NumberBoundsError || error instanceof AutomatonSizeError)) throw error;
    throw new SchemaError(last, `cannot be enforced: ${error.message}`, { cause: error });
  }
}

/** The parts of a range of numbers that are left when values are taken out of it. */
function between(bounds: NumberBounds, excluded: readonly number[]): NumberBounds[] {
  const parts: NumberBounds[] = [];
  let rest = bounds;
  for (const value of [...new Set(excluded)].sort((a, b) => a - b)) {
    if (rest.min !== null && value < rest.min) continue;
    if (rest.max !== null && value > rest.max) continue;
    parts.push({ ...rest, max: value, isMaxExclusive: true });
    rest = { ...rest, min: value, isMinExclusive: true };
  }
  return [...parts, rest];
}

/** Numbers with a decimal that is not 0. */
function fractions(): Dfa {
  const digit = oneOf("0123456789");
  const digits = repeat(digit, 0, null);
  const whole = seq(optional(literal("-")), repeat(digit, 1, null), literal("."));
  return toDfa(seq(whole, digits, oneOf("123456789"), digits));
}

/** The smaller of two bounds, where null and undefined are none. */
export function least(a: number | null, b: number | undefined): number | null {
  if (b === undefined) return a;
  return a === null ? b : Math.min(a, b);
}

/** Every text. */
export function anyText(): Dfa {
  return toDfa(repeat(symbols(...anyChar), 0, null));
}
