/** A value as Python writes it: texts, numbers, True, False, None, lists, tuples and dictionaries. Throws SyntaxError. */
export function parsePythonLiteral(source: string): unknown {
  let at = 0;
  const value = read();
  skip();
  if (at < source.length) fail();
  return value;

  function fail(): never {
    throw new SyntaxError(`Not a value as Python writes it, at ${at}: ${source.slice(at, at + 40)}`);
  }
  function skip(): void {
    while (/\s/.test(source[at] ?? "")) at++;
  }
  function list(end: string): unknown[] {
    const items: unknown[] = [];
    at++;
    for (;;) {
      skip();
      if (source[at] === end) {
        at++;
        return items;
      }
      items.push(read());
      skip();
      if (source[at] === ",") at++;
      else if (source[at] !== end) fail();
    }
  }
  function dictionary(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    at++;
    for (;;) {
      skip();
      if (source[at] === "}") {
        at++;
        return Object.fromEntries(entries);
      }
      const key = read();
      skip();
      if (source[at++] !== ":") fail();
      entries.push([String(key), read()]);
      skip();
      if (source[at] === ",") at++;
      else if (source[at] !== "}") fail();
    }
  }
  function read(): unknown {
    skip();
    const first = source[at];
    if (first === "[") return list("]");
    if (first === "{") return dictionary();
    if (first === "(") {
      const items = list(")");
      return items.length === 1 && !/,\s*\)$/.test(source.slice(0, at)) ? items[0] : items;
    }
    if (first === "'" || first === '"') {
      let text = readText();
      // Texts beside each other are one.
      for (skip(); source[at] === "'" || source[at] === '"'; skip()) text += readText();
      return text;
    }
    const word = /^(?:True|False|None|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/.exec(source.slice(at))?.[0];
    if (word === undefined) return fail();
    at += word.length;
    return word in words ? words[word as keyof typeof words] : Number(word);
  }
  function readText(): string {
    const quote = source[at++]!;
    let text = "";
    for (;;) {
      const character = source[at++];
      if (character === undefined) return fail();
      if (character === quote) return text;
      text += character === "\\" ? readEscape() : character;
    }
  }
  function readEscape(): string {
    const kind = source[at++] ?? fail();
    const length = { x: 2, u: 4, U: 8 }[kind];
    if (length !== undefined) {
      const code = Number.parseInt(source.slice(at, at + length), 16);
      at += length;
      return Number.isNaN(code) ? fail() : String.fromCodePoint(code);
    }
    return escapes[kind] ?? `\\${kind}`;
  }
}

const words = { True: true, False: false, None: null } as const;
const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
  "0": "\0",
};
