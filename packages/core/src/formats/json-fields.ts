import { FileBytes } from "./file-bytes.ts";
import { FormatError } from "./format-error.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Configuration files are kilobytes, tokenizers some 10 MB; more is refused before it is read. */
const MAX_JSON_BYTES = 2 ** 28;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A whole text file. */
export function readText(path: string): string {
  using file = new FileBytes(path);
  if (file.sizeBytes > MAX_JSON_BYTES) {
    throw new FormatError(`File of ${file.sizeBytes} bytes is too large for its kind`, { file: path });
  }
  return file.read(0, file.sizeBytes, "the text").toString("utf8");
}

export function parseJsonObject(text: string, file: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError("Not valid JSON", { file }, { cause });
  }
  if (!isJsonObject(value)) throw new FormatError("JSON is not an object", { file });
  return value;
}

export function readJsonObject(path: string): JsonObject {
  return parseJsonObject(readText(path), path);
}

/** Checked access to the fields of a configuration object. */
export class JsonFields {
  readonly #object: JsonObject;
  readonly #file: string;

  constructor(object: JsonObject, file: string) {
    this.#object = object;
    this.#file = file;
  }

  fail(problem: string): never {
    throw new FormatError(problem, { file: this.#file });
  }

  /** Own value, with null taken as absent. */
  raw(key: string): unknown {
    return Object.hasOwn(this.#object, key) ? (this.#object[key] ?? undefined) : undefined;
  }

  #number(key: string, fallback: number | null, isValid: (value: number) => boolean, wanted: string): number {
    const value = this.raw(key) ?? fallback;
    if (value === null) this.fail(`${key} is missing`);
    if (typeof value !== "number" || !isValid(value)) {
      this.fail(`${key} is ${JSON.stringify(value)}, expected ${wanted}`);
    }
    return value;
  }

  /** A size or count; null as fallback means required. */
  count(key: string, fallback: number | null): number {
    const isValid = (value: number) => Number.isInteger(value) && value >= 1 && value < 2 ** 31;
    return this.#number(key, fallback, isValid, "a positive integer");
  }

  positive(key: string, fallback: number | null): number {
    return this.#number(key, fallback, (value) => value > 0 && value < Infinity, "a positive number");
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    return typeof value === "boolean"
      ? value
      : this.fail(`${key} is ${JSON.stringify(value)}, expected true or false`);
  }

  object(key: string): JsonObject | null {
    const value = this.raw(key) ?? null;
    return value === null || isJsonObject(value) ? value : this.fail(`${key} is not an object`);
  }

  /** One token id or a list of them. */
  tokenIds(key: string): number[] {
    const value = this.raw(key) ?? [];
    const ids: unknown[] = Array.isArray(value) ? value : [value];
    return ids.map((id) =>
      typeof id === "number" && Number.isInteger(id) && id >= 0
        ? id
        : this.fail(`${key} is ${JSON.stringify(value)}, expected token ids`),
    );
  }
}
