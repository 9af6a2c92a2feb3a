import type { Dialect } from "../database.ts";

/** The SQL of SQLite. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  jsonParameter: "?",
  jsonColumn: "value",
  encodeJson: (text) => text,
  decodeJson: (text) => text,
  whereJson: (path, text) => ({
    // The arrow gives JSON text, so that "1" and 1 differ.
    sql: "value -> ? = ?",
    params: [`$${path.map((name) => `."${name}"`).join("")}`, text],
  }),
};
