import type { JsonValue } from "@llamero/core";

export type JsonRecord = Readonly<Record<string, JsonValue>>;

/** Whether a value is a JSON object. */
export function isRecord(value: JsonValue | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Says what is wrong with a record; the reader of the file adds the line. */
export function refuse(where: string, problem: string): never {
  throw new SyntaxError(`${where}: ${problem}`);
}

/** Fields that were there and have no meaning here, each told once. */
export class UnknownFields {
  readonly #counts = new Map<string, number>();

  /** Counts the fields of a record that are none of the known. */
  check(record: JsonRecord, where: string, known: ReadonlySet<string>): void {
    for (const key of Object.keys(record)) {
      if (known.has(key)) continue;
      const name = where === "" ? key : `${where.replace(/\[\d+\]/g, "[]")}.${key}`;
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    }
  }

  notes(): string[] {
    return [...this.#counts].map(
      ([name, count]) => `Field ${name} is not used (in ${count} ${count === 1 ? "place" : "places"})`,
    );
  }
}
