import { SqlStore } from "../sql-store.ts";
import type { Store } from "../store.ts";
import { connectPostgres } from "./connect-postgres.ts";
import { PostgresDatabase } from "./postgres-database.ts";

/** Opens the database of a `postgres://` URL as a store; makes its tables where they are missing. */
export async function openPostgresStore(url: string): Promise<Store> {
  return await connectPostgres(
    url,
    "store",
    async (driver, printable) => new SqlStore(await PostgresDatabase.open(driver, printable)),
  );
}
