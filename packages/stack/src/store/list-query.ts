import type { Dialect, SqlValue } from "./database.ts";
import type { ListOptions, ObjectKind } from "./store.ts";

/** A list as one statement. Rows come backwards where `isReversed`, and one more than the limit tells of a next page. */
export interface ListQuery {
  sql: string;
  params: SqlValue[];
  isReversed: boolean;
}

/** The columns of an object. */
export function objectColumns(dialect: Dialect): string {
  return `kind, id, owner, parent, created_at, version, ${dialect.jsonColumn} as value`;
}

/** Builds a list; `seqs` are the places of `after` and `before`. */
export function listQuery(
  kind: ObjectKind,
  options: ListOptions,
  seqs: { after: number | null; before: number | null },
  dialect: Dialect,
): ListQuery {
  const conditions = ["kind = ?"];
  const params: SqlValue[] = [kind];
  const add = (sql: string, ...values: readonly SqlValue[]): void => {
    conditions.push(sql);
    params.push(...values);
  };
  if (options.owner !== null) add("owner = ?", options.owner);
  if (options.parent !== undefined) add("parent = ?", options.parent);
  const isAscending = options.order === "asc";
  if (seqs.after !== null) add(isAscending ? "seq > ?" : "seq < ?", seqs.after);
  if (seqs.before !== null) add(isAscending ? "seq < ?" : "seq > ?", seqs.before);
  for (const [path, value] of Object.entries(options.where ?? {})) {
    const names = path.split(".");
    if (names.some((name) => name === "" || /["\\\0]|\p{Surrogate}/u.test(name))) {
      throw new RangeError(`Cannot list where ${JSON.stringify(path)}: not names with dots between them`);
    }
    const condition = dialect.whereJson(names, dialect.encodeJson(JSON.stringify(value)));
    add(condition.sql, ...condition.params);
  }
  // The page that ends at `before` is read from there back.
  const isReversed = seqs.before !== null && seqs.after === null;
  const direction = isAscending !== isReversed ? "asc" : "desc";
  const sql = `select ${objectColumns(dialect)} from llamero_object where ${conditions.join(" and ")} order by seq ${direction} limit ?`;
  params.push(options.limit + 1);
  return { sql, params, isReversed };
}
