import type { Dialect, SqlRow, SqlValue } from "./database.ts";

/** One step of the schema. Steps are only ever added. */
interface Migration {
  name: string;
  sqlite: readonly string[];
  postgres: readonly string[];
}

const indexes: readonly string[] = [
  // One object per owner and id, found also without the owner.
  "create unique index llamero_object_key on llamero_object (kind, id, owner)",
  "create index llamero_object_parent on llamero_object (kind, parent, owner, seq)",
  "create index llamero_object_owner on llamero_object (kind, owner, seq)",
  "create index llamero_object_kind on llamero_object (kind, seq)",
];

/** `seq` is the order of first writes. Bytes lie in parts; `stamp` tells the parts of one write from those of the next. */
const migrations: readonly Migration[] = [
  {
    name: "objects and bytes",
    sqlite: [
      `create table llamero_object (
        seq integer primary key autoincrement, kind text not null, id text not null, owner text not null,
        parent text not null, created_at integer not null, version integer not null, value text not null) strict`,
      ...indexes,
      `create table llamero_bytes (
        id text not null, part integer not null, stamp text not null, size integer not null, data blob not null,
        primary key (id, part)) strict`,
    ],
    postgres: [
      `create table llamero_object (
        seq bigint generated always as identity primary key, kind text not null, id text not null, owner text not null,
        parent text not null, created_at bigint not null, version bigint not null, value json not null)`,
      ...indexes,
      `create table llamero_bytes (
        id text not null, part integer not null, stamp text not null, size bigint not null, data bytea not null,
        primary key (id, part))`,
    ],
  },
];

/** Parts of bytes are at most so long. */
export const partBytes: number = 1 << 20;

/** The table of steps done. */
export const migrationTable = `create table if not exists llamero_migration (
  step integer primary key, name text not null, applied_at text not null)`;

/** Its rows, oldest first. */
export const migrationQuery = "select step, name from llamero_migration order by step";

/** The statements that bring a database up to date, given the rows of `migrationQuery`. Throws for a newer schema. */
export function pendingMigrations(
  done: readonly SqlRow[],
  dialect: Dialect["name"],
  description: string,
): { sql: string; params: readonly SqlValue[] }[] {
  const last = done.at(-1);
  const step = last === undefined ? 0 : Number(last["step"]);
  if (step > migrations.length) {
    const ours = migrations.at(-1)!;
    throw new RangeError(
      `The store ${description} is of a newer Llamero: its schema is at step ${step} (${String(last!["name"])}), this ` +
        `version knows steps up to ${migrations.length} (${ours.name}); update Llamero or name another store`,
    );
  }
  return migrations.slice(step).flatMap((migration, i) => [
    ...migration[dialect].map((sql) => ({ sql, params: [] })),
    {
      sql: "insert into llamero_migration (step, name, applied_at) values (?, ?, ?)",
      params: [step + i + 1, migration.name, new Date().toISOString()],
    },
  ]);
}
