/** What the store asks of a database; SQLite and PostgreSQL each have one implementation. */

/** A value that both databases take and give. */
export type SqlValue = string | number | Uint8Array | null;

/** A row by column name. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** One statement that changes something; parameters are question marks. */
export interface Statement {
  sql: string;
  params: readonly SqlValue[];
  /** It must change a row: the object and the version that was expected, 0 for none. */
  guard?: { kind: string; id: string; owner: string; version: number };
}

/** Statements that come true together or not at all. */
export type Unit = readonly Statement[];

/** null: done; otherwise why nothing of the unit was done. */
export type UnitResult = null | { failure: "conflict" | "error"; message: string };

/** Where the SQL of the two differs. */
export interface Dialect {
  name: "sqlite" | "postgres";
  /** A parameter that becomes JSON. */
  jsonParameter: string;
  /** The JSON column as the text that was written. */
  jsonColumn: string;
  /** JSON text as the database can keep it, and back. */
  encodeJson(text: string): string;
  decodeJson(text: string): string;
  /** A condition that is true where `value` has this JSON text at the path. */
  whereJson(path: readonly string[], text: string): { sql: string; params: SqlValue[] };
}

export interface Database {
  readonly description: string;
  readonly dialect: Dialect;
  /** Runs the units in one transaction, each on its own terms. Rejects when nothing at all was committed. */
  commit(units: readonly Unit[]): Promise<readonly UnitResult[]>;
  query(sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  close(): Promise<void>;
}

/** What a guarded statement says when it changed no row; `found` is the version that is there, or null. */
export function conflictMessage(
  { kind, id, version }: NonNullable<Statement["guard"]>,
  found: number | null,
): string {
  const wanted = version === 0 ? "none was expected" : `version ${version} was expected`;
  const there = found === null ? "there is none" : `it has version ${found}`;
  return `Conflict on ${kind} ${JSON.stringify(id)}: ${there}, ${wanted}; read it again and repeat the change`;
}

/** Reads the version that a guarded statement ran into. */
export const versionQuery = "select version from llamero_object where kind = ? and id = ? and owner = ?";
