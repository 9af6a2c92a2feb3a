import type { JsonValue } from "@llamero/core";

/** A call as Python writes it: arguments by position and by name. What is no literal is kept as its text. */
export interface PythonCall {
  name: string;
  positional: readonly JsonValue[];
  named: Readonly<Record<string, JsonValue>>;
}

const constants: Readonly<Record<string, JsonValue>> = {
  True: true,
  False: false,
  None: null,
  true: true,
  false: false,
  null: null,
};
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };
const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

class Reader {
  readonly text: string;
  at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  take(sign: string): boolean {
    this.skipSpace();
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  expect(sign: string): void {
    if (!this.take(sign))
      throw new SyntaxError(`Expected ${sign} at ${this.text.slice(this.at, this.at + 20)}`);
  }

  name(): string | null {
    this.skipSpace();
    const found = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(this.text.slice(this.at))?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  string(): string {
    const quote = /^("""|'''|"|')/.exec(this.text.slice(this.at))![0];
    let value = "";
    for (this.at += quote.length; !this.text.startsWith(quote, this.at); this.at++) {
      const sign = this.text[this.at];
      if (sign === undefined) throw new SyntaxError("A string does not end");
      if (sign !== "\\") value += sign;
      else {
        const next = this.text[++this.at] ?? "";
        value += escapes[next] ?? next;
      }
    }
    this.at += quote.length;
    return value;
  }

  list(end: string): JsonValue[] {
    const values: JsonValue[] = [];
    while (!this.take(end)) {
      values.push(this.value());
      if (!this.take(",")) {
        this.expect(end);
        break;
      }
    }
    return values;
  }

  dict(): JsonValue {
    const entries: [string, JsonValue][] = [];
    while (!this.take("}")) {
      const key = String(this.value());
      this.expect(":");
      entries.push([key, this.value()]);
      if (!this.take(",")) {
        this.expect("}");
        break;
      }
    }
    return Object.fromEntries(entries);
  }

  /** A literal; anything else as the text up to the comma or bracket that ends it. */
  value(): JsonValue {
    this.skipSpace();
    const start = this.at;
    const literal = this.literal();
    this.skipSpace();
    if (literal !== undefined && /^[,)\]}:]|^$/.test(this.text.slice(this.at, this.at + 1))) return literal;
    this.at = start;
    return this.raw();
  }

  literal(): JsonValue | undefined {
    const rest = this.text.slice(this.at);
    if (/^["']/.test(rest)) return this.string();
    if (this.take("[")) return this.list("]");
    if (this.take("(")) return this.list(")");
    if (this.take("{")) return this.dict();
    const number = /^[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(rest)?.[0];
    if (number !== undefined) {
      this.at += number.length;
      return Number(number.replaceAll("_", ""));
    }
    const name = this.name();
    return name === null ? undefined : constants[name];
  }

  raw(): string {
    const start = this.at;
    const open: string[] = [];
    for (; this.at < this.text.length; ) {
      const sign = this.text[this.at]!;
      if (sign === '"' || sign === "'") {
        this.string();
        continue;
      }
      if (open.length === 0 && /[,)\]}]/.test(sign)) break;
      if (sign in closers) open.push(closers[sign]!);
      else if (sign === open.at(-1)) open.pop();
      this.at++;
    }
    if (this.at === start) throw new SyntaxError(`No value at ${this.text.slice(start, start + 20)}`);
    return this.text.slice(start, this.at).trim();
  }

  /** Arguments behind the opening bracket of a call. */
  arguments(name: string): PythonCall {
    const positional: JsonValue[] = [];
    const named: [string, JsonValue][] = [];
    while (!this.take(")")) {
      const start = this.at;
      const key = this.name();
      if (key !== null && this.take("=") && this.text[this.at] !== "=") named.push([key, this.value()]);
      else {
        this.at = start;
        positional.push(this.value());
      }
      if (!this.take(",")) {
        this.expect(")");
        break;
      }
    }
    return { name, positional, named: Object.fromEntries(named) };
  }
}

/** The calls in a text, left to right, without those inside arguments; what cannot be read as a call is passed over. */
export function pythonCalls(text: string): PythonCall[] {
  const calls: PythonCall[] = [];
  const start = /[\p{L}_][\p{L}\p{N}_.]*\(/gu;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const reader = new Reader(text, start.lastIndex);
    try {
      calls.push(reader.arguments(match[0].slice(0, -1)));
      start.lastIndex = reader.at;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return calls;
}
