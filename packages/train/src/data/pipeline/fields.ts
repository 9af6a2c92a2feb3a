/** Whether a value is a table of named values. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A size such as 1048576, 256MB or 1 GiB, in bytes; M and MB are powers of 1024. */
export function parseBytes(owner: string, value: unknown): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])?i?b?)\s*$/i.exec(String(value));
  const factor = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }[match?.[2]?.toLowerCase() ?? ""] ?? 1;
  const bytes = match === null ? Number.NaN : Math.round(Number(match[1]) * factor);
  if (!(bytes >= 1))
    throw new SyntaxError(`${owner} takes a size such as 256MB, not ${JSON.stringify(value)}`);
  return bytes;
}

/** Takes fields out of a table one by one; `finish` throws on any that nobody took. */
export interface Fields {
  take(key: string): unknown;
  text<T extends string | null = string>(key: string, fallback?: T): string | T;
  number(key: string, fallback: number | null): number | null;
  bytes(key: string, fallback: number): number;
  list<T extends readonly unknown[] | null = readonly unknown[]>(
    key: string,
    fallback?: T,
  ): readonly unknown[] | T;
  /** All that are left. */
  rest(): Readonly<Record<string, unknown>>;
  finish(): void;
}

/** Opens a table for reading. `owner` names it in errors. */
export function readFields(owner: string, value: unknown): Fields {
  if (!isObject(value))
    throw new SyntaxError(`${owner} takes named fields, not ${JSON.stringify(value) ?? "nothing"}`);
  const left = new Map(Object.entries(value));
  const known: string[] = [];
  const take = (key: string): unknown => {
    const found = left.get(key);
    left.delete(key);
    known.push(key);
    return found;
  };
  const wrong = (key: string, what: string, found: unknown): SyntaxError =>
    new SyntaxError(
      found === undefined
        ? `${owner}: ${key} is missing; it takes ${what}`
        : `${owner}: ${key} takes ${what}, not ${JSON.stringify(found)}`,
    );
  return {
    take,
    text(key, fallback) {
      const found = take(key);
      if (found === undefined && fallback !== undefined) return fallback;
      if (typeof found !== "string" || found === "") throw wrong(key, "a text", found);
      return found;
    },
    number(key, fallback) {
      const found = take(key);
      if (found === undefined) return fallback;
      if (typeof found !== "number" || !(found >= 0)) throw wrong(key, "a number of at least 0", found);
      return found;
    },
    bytes(key, fallback) {
      const found = take(key);
      return found === undefined ? fallback : parseBytes(`${owner}: ${key}`, found);
    },
    list(key, fallback) {
      const found = take(key);
      if (found === undefined && fallback !== undefined) return fallback;
      if (typeof found === "string") return [found];
      if (!Array.isArray(found)) throw wrong(key, "a list", found);
      return found;
    },
    rest() {
      const rest = Object.fromEntries(left);
      left.clear();
      return rest;
    },
    finish() {
      const stranger = left.keys().next().value;
      if (stranger !== undefined)
        throw new SyntaxError(`${owner} has no field ${stranger}; it takes ${known.join(", ")}`);
    },
  };
}
