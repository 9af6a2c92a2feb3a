import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import { openPostgresStore } from "./postgres/open-postgres-store.ts";
import { openSqliteStore } from "./sqlite/open-sqlite-store.ts";
import type { Store } from "./store.ts";

/** Opens a store: the path of a SQLite file, a `postgres://` URL, or `:memory:`; `store.db` in LLAMERO_HOME without one. */
export async function openStore(setting: string = join(homeFolder(), "store.db")): Promise<Store> {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(setting)?.[1]?.toLowerCase();
  if (scheme === "postgres" || scheme === "postgresql") return openPostgresStore(setting);
  if (scheme !== undefined) {
    throw new TypeError(`Cannot open a store by ${scheme}: name a file, a postgres:// URL or :memory:`);
  }
  if (setting === "")
    throw new TypeError("The store has no name: give a file, a postgres:// URL or :memory:");
  return openSqliteStore(setting);
}
