import type { StorageLock } from "@llamero/core/hub/storage";
import type { Database, Dialect, SqlRow, SqlValue, Unit, UnitResult } from "../database.ts";

/** A database that writes only as long as this process owns it. */
export class OwnedDatabase implements Database {
  readonly description: string;
  readonly dialect: Dialect;
  readonly #database: Database;
  readonly #lock: StorageLock;

  constructor(database: Database, lock: StorageLock) {
    this.description = database.description;
    this.dialect = database.dialect;
    this.#database = database;
    this.#lock = lock;
  }

  async commit(units: readonly Unit[]): Promise<readonly UnitResult[]> {
    if (!this.#lock.isHeld()) {
      throw new Error(
        `This process has lost ${this.description}: it slept or hung for so long that another may have taken it; start it again`,
      );
    }
    return this.#database.commit(units);
  }

  query(sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#database.query(sql, params);
  }

  async close(): Promise<void> {
    try {
      await this.#database.close();
    } finally {
      await this.#lock.release();
    }
  }
}
