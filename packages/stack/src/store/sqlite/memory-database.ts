import type { Database, SqlRow, SqlValue, Unit, UnitResult } from "../database.ts";
import { sqliteDialect } from "./dialect.ts";
import { chooseSqlite, type SqliteBuild } from "./driver.ts";
import { SqliteEngine } from "./engine.ts";

/** A database that ends with the process; no disk to wait for, so no thread. */
export class MemoryDatabase implements Database {
  readonly description: string = "sqlite :memory:";
  readonly dialect: typeof sqliteDialect = sqliteDialect;
  readonly #engine: SqliteEngine;

  private constructor(engine: SqliteEngine) {
    this.#engine = engine;
  }

  static async open(build?: SqliteBuild): Promise<MemoryDatabase> {
    return new MemoryDatabase(new SqliteEngine(await chooseSqlite(build), ":memory:"));
  }

  async commit(units: readonly Unit[]): Promise<readonly UnitResult[]> {
    return this.#engine.commit(units);
  }

  async query(sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#engine.query(sql, params);
  }

  async close(): Promise<void> {
    this.#engine.close();
  }
}
