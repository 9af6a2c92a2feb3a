import type { JsonValue } from "./message.ts";

// What Python's str.strip() removes (str.isspace). JavaScript's trim() also takes U+FEFF and leaves U+0085 and
// U+001C to U+001F.
const whitespace =
  "\\t\\n\\v\\f\\r\\x1c-\\x1f \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const leading = new RegExp(`^[${whitespace}]+`);
const trailing = new RegExp(`[${whitespace}]+$`);

/** Python's `str.lstrip()`. */
export function stripStart(text: string): string {
  return text.replace(leading, "");
}

/** Python's `str.rstrip()`. */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && trailing.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** Python's `str.strip()`. */
export function strip(text: string): string {
  return stripEnd(stripStart(text));
}

/** How Python's `json.dumps` is asked to write. */
export interface PythonJsonOptions {
  /** Spaces per level; absent: one line with ", " and ": ". */
  indent?: number;
  /** Write characters beyond ASCII as escapes. */
  asciiOnly?: boolean;
  sortKeys?: boolean;
}

/** Python's `json.dumps(value)`. */
export function pythonJson(value: JsonValue, options: PythonJsonOptions = {}, depth = 0): string {
  if (typeof value === "string") return pythonJsonString(value, options.asciiOnly === true);
  if (typeof value === "number") return pythonNumber(value);
  if (value === null || typeof value === "boolean") return String(value);
  const isArray = Array.isArray(value);
  const items = isArray
    ? (value as readonly JsonValue[]).map((item) => pythonJson(item, options, depth + 1))
    : sortedEntries(value as Readonly<Record<string, JsonValue>>, options.sortKeys === true).map(
        ([key, item]) =>
          `${pythonJsonString(key, options.asciiOnly === true)}: ${pythonJson(item, options, depth + 1)}`,
      );
  const [open, close] = isArray ? "[]" : "{}";
  if (items.length === 0) return `${open}${close}`;
  if (options.indent === undefined) return `${open}${items.join(", ")}${close}`;
  const outer = `\n${" ".repeat(options.indent * depth)}`;
  const inner = outer + " ".repeat(options.indent);
  return `${open}${inner}${items.join(`,${inner}`)}${outer}${close}`;
}

/** A string as `json.dumps` writes it. */
export function pythonJsonString(text: string, asciiOnly: boolean): string {
  // json.dumps leaves lone surrogates and U+007F alone when it does not escape; JSON.stringify escapes the former.
  const json = JSON.stringify(text).replace(/\x7f/g, asciiOnly ? "\\u007f" : "\x7f");
  if (!asciiOnly) return json;
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** `repr(str)`: single quotes unless only those are inside, escapes for what does not print. */
export function pythonStringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\'"\p{C}\p{Z}]/gu, (character) => {
    if (character === " ") return character;
    if (character === "'" || character === '"') return character === quote ? `\\${character}` : character;
    const short = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
    if (short !== undefined) return short;
    const code = character.codePointAt(0)!;
    const [letter, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return `\\${letter}${code.toString(16).padStart(digits as number, "0")}`;
  });
  return `${quote}${body}${quote}`;
}

/** A number as Python writes it: integers plainly, others as `repr(float)`. */
export function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return Object.is(value, -0) ? "-0.0" : String(value);
  return pythonFloat(value);
}

/** `repr(float)`: the shortest digits, an exponent below 1e-4 and from 1e16 on. */
export function pythonFloat(value: number): string {
  const [digits, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const bare = digits.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${bare}`;
  if (bare.length <= exponent + 1) return `${sign}${bare.padEnd(exponent + 1, "0")}.0`;
  return `${sign}${bare.slice(0, exponent + 1)}.${bare.slice(exponent + 1)}`;
}

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const two = (value: number): string => String(value).padStart(2, "0");

const dateFields: Readonly<Record<string, (date: Date) => string>> = {
  "%": () => "%",
  a: (date) => weekdays[date.getDay()]!.slice(0, 3),
  A: (date) => weekdays[date.getDay()]!,
  b: (date) => months[date.getMonth()]!.slice(0, 3),
  B: (date) => months[date.getMonth()]!,
  d: (date) => two(date.getDate()),
  H: (date) => two(date.getHours()),
  I: (date) => two(date.getHours() % 12 || 12),
  j: (date) => {
    const start = Date.UTC(date.getFullYear(), 0, 0);
    const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
    return String((day - start) / 86_400_000).padStart(3, "0");
  },
  m: (date) => two(date.getMonth() + 1),
  M: (date) => two(date.getMinutes()),
  p: (date) => (date.getHours() < 12 ? "AM" : "PM"),
  S: (date) => two(date.getSeconds()),
  w: (date) => String(date.getDay()),
  y: (date) => two(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
};

/** Python's `strftime` in local time, English names; fields it does not know stay as they are. */
export function formatDate(date: Date, format: string): string {
  return format.replace(/%(-?)(.)/g, (all: string, dash: string, field: string) => {
    const text = dateFields[field]?.(date);
    if (text === undefined) return all;
    return dash === "-" ? text.replace(/^0+(?=.)/, "") : text;
  });
}

function sortedEntries(
  record: Readonly<Record<string, JsonValue>>,
  isSorted: boolean,
): [string, JsonValue][] {
  const entries = Object.entries(record);
  // By code point, as Python compares strings.
  return isSorted ? entries.sort(([a], [b]) => compareCodePoints(a, b)) : entries;
}

function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
