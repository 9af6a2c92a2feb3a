import type { Dialect } from "../database.ts";
import { decodeJsonText, encodeJsonText } from "./json-text.ts";

/** The SQL of PostgreSQL. The column is json, not jsonb: what a model was shown keeps its order of names. */
export const postgresDialect: Dialect = {
  name: "postgres",
  // Typed as text first: drivers would write a string as JSON a second time.
  jsonParameter: "?::text::json",
  jsonColumn: "value::text",
  encodeJson: encodeJsonText,
  decodeJson: decodeJsonText,
  whereJson: (path, text) => ({
    // The arrow gives the JSON text as it was written, so that "1" and 1 differ.
    sql: `(value${" -> ?::text".repeat(path.length)})::text = ?`,
    params: [...path, text],
  }),
};

/** Question marks as numbered parameters. The store's own SQL has no other question marks. */
export function numberParameters(sql: string): string {
  let count = 0;
  return sql.replace(/\?/g, () => `$${++count}`);
}
