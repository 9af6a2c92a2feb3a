import type { JsonValue } from "../message.ts";

const maxDepth = 64;
const spaces = /\s/;
const wordStart = /[A-Za-z_$]/;
const wordPart = /[\w$]/;

const words: Readonly<Record<string, JsonValue>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  null: null,
  None: null,
};

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "\n": "" };

/**
 * Reads JSON and Python literals as models write them: either quotes, bare keys, trailing commas, line breaks in
 * strings, True and None, tuples. When a method returns undefined, `status` says whether more text could help.
 */
export class LiteralReader {
  readonly text: string;
  /** No more text will come: brackets still open count as closed. */
  readonly isFinal: boolean;
  pos: number;
  status: "ok" | "partial" | "invalid" = "ok";
  #depth = 0;

  constructor(text: string, pos: number, isFinal: boolean) {
    this.text = text;
    this.pos = pos;
    this.isFinal = isFinal;
  }

  /** The next character after white space, "" at the end. */
  peek(): string {
    while (this.pos < this.text.length && spaces.test(this.text[this.pos]!)) this.pos++;
    return this.text[this.pos] ?? "";
  }

  /** Steps over `character` if it comes next. */
  take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.pos++;
    return true;
  }

  /** Ends reading: `partial` when the text is over, else `invalid`. */
  fail(): undefined {
    if (this.status === "ok") this.status = this.peek() === "" ? "partial" : "invalid";
    return undefined;
  }

  /**
   * True at a closing bracket, which is stepped over, or at the end of a final text that may have lost it: not
   * after an opening bracket or comma, where more was to come.
   */
  takeClose(bracket: string): boolean {
    if (this.take(bracket)) return true;
    return this.isFinal && this.peek() === "" && !/[[{(,]$/.test(this.text.trimEnd());
  }

  value(): JsonValue | undefined {
    const next = this.peek();
    if (next === "{") return this.#nest(() => this.object());
    if (next === "[") return this.#nest(() => this.#list("]"));
    if (next === "(") return this.#nest(() => this.#list(")"));
    if (next === '"' || next === "'") return this.string();
    if (/[-+.\d]/.test(next)) return this.#number();
    const start = this.pos;
    const word = this.word();
    if (word === undefined) return undefined;
    const value = words[word];
    if (value !== undefined) return value;
    this.pos = start;
    return this.#invalid();
  }

  /** Object, its bracket included; `onKey` sees each key first and may refuse it. */
  object(onKey?: (key: string, isWhole: boolean) => boolean): Record<string, JsonValue> | undefined {
    const object: Record<string, JsonValue> = {};
    if (!this.take("{")) return this.fail();
    while (!this.takeClose("}")) {
      const start = this.pos;
      const quote = this.peek();
      const key = quote === '"' || quote === "'" ? this.string() : this.word();
      if (key === undefined) {
        const begun = this.text.slice(start).replace(/^\s*["']?/, "");
        if (this.status === "partial" && onKey?.(begun, false) === false) return this.#invalid();
        return undefined;
      }
      if (onKey?.(key, true) === false) return this.#invalid();
      if (!this.take(":")) return this.fail();
      const value = this.value();
      if (value === undefined) return undefined;
      // A plain assignment would lose the key __proto__.
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      if (this.take(",")) continue;
      if (!this.takeClose("}")) return this.fail();
      break;
    }
    return object;
  }

  string(): string | undefined {
    const quote = this.peek();
    const long = quote.repeat(3);
    const isLong = this.text.startsWith(long, this.pos);
    const end = isLong ? long : quote;
    this.pos += end.length;
    let value = "";
    while (this.pos < this.text.length) {
      if (this.text.startsWith(end, this.pos)) {
        this.pos += end.length;
        return value;
      }
      const character = this.text[this.pos++]!;
      if (character !== "\\") value += character;
      else if (this.pos < this.text.length) value += this.#escape();
    }
    this.status = "partial";
    return undefined;
  }

  /** A name such as a key or a function; undefined when there is none or it may go on. */
  word(): string | undefined {
    if (!wordStart.test(this.peek())) return this.fail();
    const start = this.pos;
    while (this.pos < this.text.length && wordPart.test(this.text[this.pos]!)) this.pos++;
    if (this.pos === this.text.length && !this.isFinal) {
      this.status = "partial";
      return undefined;
    }
    return this.text.slice(start, this.pos);
  }

  #list(close: string): JsonValue[] | undefined {
    const items: JsonValue[] = [];
    this.pos++;
    while (!this.takeClose(close)) {
      const value = this.value();
      if (value === undefined) return undefined;
      items.push(value);
      if (this.take(",")) continue;
      if (!this.takeClose(close)) return this.fail();
      break;
    }
    return items;
  }

  #number(): number | undefined {
    const match = /[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y;
    match.lastIndex = this.pos;
    const found = match.exec(this.text);
    // At the end of the text a number may lack digits, even when no more will come.
    const isCut =
      found !== null && /^(?:[eE][-+]?)?$/.test(this.text.slice(match.lastIndex, match.lastIndex + 3));
    if (found === null || isCut) {
      this.status = found !== null || this.pos + 2 >= this.text.length ? "partial" : "invalid";
      return undefined;
    }
    this.pos = match.lastIndex;
    const value = Number(found[0].replaceAll("_", ""));
    return Number.isFinite(value) ? value : this.#invalid();
  }

  #escape(): string {
    const character = this.text[this.pos++]!;
    const digits = character === "u" ? 4 : character === "x" ? 2 : 0;
    const hex = this.text.slice(this.pos, this.pos + digits);
    if (digits > 0 && /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits) {
      this.pos += digits;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    // An escape that means nothing keeps its backslash, as in Python; quotes and slashes lose it.
    return escapes[character] ?? (/["'\\/]/.test(character) ? character : `\\${character}`);
  }

  #nest<T>(read: () => T | undefined): T | undefined {
    if (this.#depth >= maxDepth) return this.#invalid();
    this.#depth++;
    const value = read();
    this.#depth--;
    return value;
  }

  #invalid(): undefined {
    this.status = "invalid";
    return undefined;
  }
}
