import { PGlite } from "@electric-sql/pglite";
import type { SqlRow, SqlValue } from "./database.ts";
import type { PostgresDriver, PostgresRun } from "./postgres/driver.ts";
import { PostgresDatabase } from "./postgres/postgres-database.ts";
import { SqlStore } from "./sql-store.ts";
import type { Store } from "./store.ts";

/** PostgreSQL compiled to WebAssembly, for tests of the very SQL that a server gets. */
export async function startPglite(): Promise<PGlite> {
  return await PGlite.create();
}

/** The driver over it. */
export function pgliteDriver(pglite: PGlite, close: () => Promise<void> = async () => {}): PostgresDriver {
  const runOn =
    (on: Pick<PGlite, "query">): PostgresRun =>
    async (sql, params: readonly SqlValue[]) => {
      const { rows, affectedRows } = await on.query<SqlRow>(sql, [...params]);
      return { rows, changes: affectedRows ?? 0 };
    };
  return {
    run: runOn(pglite),
    transaction: async <T>(work: (run: PostgresRun) => Promise<T>): Promise<T> =>
      (await pglite.transaction((transaction) => work(runOn(transaction as Pick<PGlite, "query">)))) as T,
    close,
  };
}

/** A store over it; closing the store leaves the database open. */
export async function openPgliteStore(pglite: PGlite): Promise<Store> {
  return new SqlStore(await PostgresDatabase.open(pgliteDriver(pglite), "postgres pglite"));
}
