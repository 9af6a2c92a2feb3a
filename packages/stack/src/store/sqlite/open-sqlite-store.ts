import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SqlStore } from "../sql-store.ts";
import type { Store } from "../store.ts";
import type { SqliteBuild } from "./driver.ts";
import { MemoryDatabase } from "./memory-database.ts";
import { OwnedDatabase } from "./owned-database.ts";
import { ownStore } from "./owner-lock.ts";
import { ThreadDatabase } from "./thread-database.ts";

/** How a SQLite store is opened. */
export interface SqliteStoreOptions {
  /** The build to use instead of the best that there is. */
  build?: SqliteBuild;
}

/** Opens a SQLite file as a store, or one that ends with the process for `:memory:`. Creates what is missing. */
export async function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const { build } = options;
  if (path === ":memory:") return new SqlStore(await MemoryDatabase.open(build));
  const absolute = resolve(path);
  await mkdir(dirname(absolute), { recursive: true });
  const lock = await ownStore(absolute);
  try {
    return new SqlStore(new OwnedDatabase(await ThreadDatabase.open({ path: absolute, build }), lock));
  } catch (error) {
    await lock.release();
    throw error;
  }
}
