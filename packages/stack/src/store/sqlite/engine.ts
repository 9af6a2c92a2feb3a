import { closeSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import {
  conflictMessage,
  type SqlRow,
  type SqlValue,
  type Statement,
  type Unit,
  type UnitResult,
  versionQuery,
} from "../database.ts";
import { migrationQuery, migrationTable, pendingMigrations } from "../migrations.ts";
import type { SqliteDriver } from "./driver.ts";

/** An open SQLite database with the store's schema. Synchronous: it runs in a thread of its own, except in memory. */
export class SqliteEngine {
  readonly #driver: SqliteDriver;
  readonly #path: string;

  constructor(open: (path: string) => SqliteDriver, path: string) {
    this.#path = path;
    let driver: SqliteDriver | null = null;
    try {
      driver = open(path);
      this.#driver = driver;
      this.#prepare();
    } catch (error) {
      driver?.close();
      throw this.#explain(error);
    }
  }

  commit(units: readonly Unit[]): UnitResult[] {
    try {
      this.#driver.exec("begin immediate");
      const results = units.map((unit) => this.#apply(unit));
      this.#driver.exec("commit");
      return results;
    } catch (error) {
      try {
        this.#driver.exec("rollback");
      } catch {
        // After errors of the disk SQLite has rolled back itself, and says so here.
      }
      throw this.#explain(error);
    }
  }

  query(sql: string, params: readonly SqlValue[]): SqlRow[] {
    try {
      return this.#driver.all(sql, params);
    } catch (error) {
      throw this.#explain(error);
    }
  }

  close(): void {
    this.#driver.close();
  }

  #prepare(): void {
    // One process owns the file, so it needs no memory shared with others, which WebAssembly does not have.
    this.#driver.all("pragma locking_mode = exclusive", []);
    this.#driver.all("pragma journal_mode = wal", []);
    // In WAL mode a commit is on the disk before it returns only with FULL.
    this.#driver.exec("pragma synchronous = full");
    this.#driver.exec(migrationTable);
    const done = this.#driver.all(migrationQuery, []);
    const steps = pendingMigrations(done, "sqlite", this.#path);
    this.#driver.exec("begin immediate");
    for (const { sql, params } of steps) this.#driver.run(sql, params);
    // Writes at least a page, so that the write-ahead log exists when its folder is synced below.
    this.#driver.exec("update llamero_migration set applied_at = applied_at");
    this.#driver.exec("commit");
    if (this.#path !== ":memory:" && process.platform !== "win32") {
      const folder = openSync(dirname(this.#path), "r");
      fsyncSync(folder);
      closeSync(folder);
    }
  }

  #apply(unit: Unit): UnitResult {
    // One statement undoes itself; several need a place to go back to.
    const isSingle = unit.length === 1;
    if (!isSingle) this.#driver.run("savepoint unit", []);
    let result: UnitResult = null;
    try {
      for (const statement of unit) {
        result = this.#execute(statement);
        if (result !== null) break;
      }
    } catch (error) {
      result = { failure: "error", message: this.#explain(error).message };
    }
    if (isSingle) return result;
    if (result !== null) this.#driver.run("rollback to unit", []);
    this.#driver.run("release unit", []);
    return result;
  }

  #execute({ sql, params, guard }: Statement): UnitResult {
    const changes = this.#driver.run(sql, params);
    if (guard === undefined || changes > 0) return null;
    const [row] = this.#driver.all(versionQuery, [guard.kind, guard.id, guard.owner]);
    const found = row === undefined ? null : Number(row["version"]);
    return { failure: "conflict", message: conflictMessage(guard, found) };
  }

  #explain(error: unknown): Error {
    const cause = error instanceof Error ? error : new Error(String(error));
    const { message } = cause;
    if (/not a database|malformed/i.test(message)) {
      return new Error(
        `The store ${this.#path} is damaged (${message}): move the file and its -wal file away to start with an empty ` +
          `store, put back a copy, or save what is readable with: sqlite3 ${this.#path} .recover`,
        { cause },
      );
    }
    if (/locked|busy/i.test(message)) {
      return new Error(
        `The store ${this.#path} is in use by another program (${message}): end it or name another store`,
        { cause },
      );
    }
    const advice = /disk is full|database or disk/i.test(message)
      ? "make room on the disk"
      : "check that its folder exists, can be written and has room";
    return new Error(`The store ${this.#path} failed: ${message}; ${advice}`, { cause });
  }
}
