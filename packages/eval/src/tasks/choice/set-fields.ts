import type { Row, Source } from "../../task.ts";
import type { FieldType } from "../generation/generation-row.ts";
import { hubSource } from "../generation/generation-row.ts";

type Fields = Readonly<Record<string, FieldType>>;

/** The same type for several fields, named with spaces between. */
export function fieldsOf(names: string, type: FieldType = "text"): Fields {
  return Object.fromEntries(names.split(" ").map((name) => [name, type]));
}

/** Files below a folder, the scored split first; licence unknown here: the card tells. */
export function hub(
  origin: string,
  folder: string,
  test: string,
  shots?: string,
  license = "see the card",
): Source {
  return hubSource(origin, license, folder, shots === undefined ? { test } : { test, shots });
}

/** A record without spaces around the fields named. */
export function stripped(...names: readonly string[]): (row: Row) => Row {
  return (row) => ({ ...row, ...Object.fromEntries(names.map((name) => [name, String(row[name]).trim()])) });
}

/** "A" to "J". */
export const letters: readonly string[] = [..."ABCDEFGHIJ"];
export const fourLetters: readonly string[] = letters.slice(0, 4);
/** Lines "A. {A}" to "D. {D}", as many as there are fields. */
export function optionLines(fields: readonly string[], mark = ". "): string {
  return fields.map((field, at) => `${letters[at]}${mark}{${field}}`).join("\n");
}
