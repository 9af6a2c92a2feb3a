import type { Document, Json, Verdict } from "../document.ts";
import { refuseUnknown } from "../pipeline/options.ts";
import type { MapStage } from "../stage.ts";

/** Options of a filter: numbers, switches and lists of words, all with a default. */
export type FilterOptions = Readonly<Record<string, number | boolean | readonly string[]>>;

type Widen<T> = {
  [K in keyof T]: T[K] extends number ? number : T[K] extends boolean ? boolean : readonly string[];
};

/** Why a document goes, or null if it stays. */
export type Reason = { reason: string; detail: string } | null;

/** Written options over the defaults; unknown names and values of another type throw. */
export function readFilterOptions<T extends FilterOptions>(
  owner: string,
  options: Readonly<Record<string, Json>>,
  defaults: T,
): Widen<T> {
  refuseUnknown(owner, options, Object.keys(defaults));
  const read: Record<string, Json> = {};
  for (const [key, fallback] of Object.entries(defaults)) {
    const value = options[key] ?? (fallback as Json);
    const fits = Array.isArray(fallback)
      ? Array.isArray(value) && value.every((entry) => typeof entry === "string")
      : typeof value === typeof fallback && !(typeof value === "number" && !(value >= 0));
    if (!fits) {
      const kind = Array.isArray(fallback)
        ? "a list of texts"
        : typeof fallback === "number"
          ? "a number of at least 0"
          : "true or false";
      throw new SyntaxError(`${owner}: ${key} takes ${kind}, not ${JSON.stringify(value)}`);
    }
    read[key] = value;
  }
  return read as Widen<T>;
}

/** Whether a document is program text, to which rules for prose do not apply. */
export function isCode(document: Document): boolean {
  return document.meta["domain"] === "code" || document.meta["kind"] === "code";
}

/** A stage out of a rule that only keeps or drops. */
export function filterStage<T extends FilterOptions>(
  name: string,
  options: T,
  rule: (document: Document) => Reason,
): MapStage {
  return {
    kind: "map",
    name,
    version: 1,
    options: options as Readonly<Record<string, Json>>,
    apply(document): Verdict {
      const found = rule(document);
      return found === null ? { keep: true, document } : { keep: false, ...found };
    },
  };
}

/** "0.312, at most 0.3" for a report. */
export function above(value: number, limit: number): string {
  return `${Number(value.toPrecision(4))}, at most ${limit}`;
}

/** "0.12, at least 0.3" for a report. */
export function below(value: number, limit: number): string {
  return `${Number(value.toPrecision(4))}, at least ${limit}`;
}
