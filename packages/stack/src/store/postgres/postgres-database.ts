import {
  conflictMessage,
  type Database,
  type SqlRow,
  type SqlValue,
  type Statement,
  type Unit,
  type UnitResult,
  versionQuery,
} from "../database.ts";
import { migrationQuery, migrationTable, pendingMigrations } from "../migrations.ts";
import { numberParameters, postgresDialect } from "./dialect.ts";
import type { PostgresDriver, PostgresRun } from "./driver.ts";

/** "Llamero" in ASCII, cut to 31 bits; two servers that start at once make the tables one after the other. */
const migrationLock = 0x4c6c616d;

/** A PostgreSQL database with the store's schema. */
export class PostgresDatabase implements Database {
  readonly description: string;
  readonly dialect: typeof postgresDialect = postgresDialect;
  readonly #driver: PostgresDriver;
  readonly #forceSync: boolean;

  private constructor(driver: PostgresDriver, description: string, forceSync: boolean) {
    this.#driver = driver;
    this.description = description;
    this.#forceSync = forceSync;
  }

  static async open(driver: PostgresDriver, description: string): Promise<PostgresDatabase> {
    const encoding = await setting(driver, "server_encoding");
    if (encoding !== "UTF8") {
      throw new Error(`The store ${description} has the encoding ${encoding}: create a database with UTF8`);
    }
    await driver.transaction(async (run) => {
      await run("select pg_advisory_xact_lock($1)", [migrationLock]);
      await run(migrationTable, []);
      const { rows } = await run(migrationQuery, []);
      for (const { sql, params } of pendingMigrations(rows, "postgres", description)) {
        await run(numberParameters(sql), params);
      }
    });
    const isLazy = ["off", "local"].includes(await setting(driver, "synchronous_commit"));
    return new PostgresDatabase(driver, description, isLazy);
  }

  async commit(units: readonly Unit[]): Promise<readonly UnitResult[]> {
    try {
      return await this.#driver.transaction(async (run) => {
        if (this.#forceSync) await run("set local synchronous_commit = on", []);
        return await applyUnits(run, units);
      });
    } catch (error) {
      if (!isSqlError(error)) throw error;
      if (units.length === 1) return [{ failure: "error", message: error.message }];
      // One of them is to blame; each on its own shows which.
      const results: UnitResult[] = [];
      for (const unit of units) results.push(...(await this.commit([unit])));
      return results;
    }
  }

  async query(sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return (await this.#driver.run(numberParameters(sql), params)).rows;
  }

  close(): Promise<void> {
    return this.#driver.close();
  }
}

async function setting(driver: PostgresDriver, name: string): Promise<string> {
  const { rows } = await driver.run("select current_setting($1) as value", [name]);
  return String(rows[0]!["value"]);
}

/** An error of a statement, which has a code of five characters, and none of the connection or the server's state. */
function isSqlError(error: unknown): error is Error {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : null;
  return typeof code === "string" && /^(?!08|53|57|58)[0-9A-Z]{5}$/.test(code);
}

async function applyUnits(run: PostgresRun, units: readonly Unit[]): Promise<UnitResult[]> {
  const results: UnitResult[] = units.map(() => null);
  // Statements that cannot conflict go out without waiting for answers; the connection keeps their order.
  const sent: Promise<unknown>[] = [];
  for (const [i, unit] of units.entries()) {
    if (unit.some(({ guard }) => guard !== undefined)) {
      await Promise.all(sent.splice(0));
      results[i] = await applyGuarded(run, unit);
    } else {
      for (const { sql, params } of unit) sent.push(run(numberParameters(sql), params));
    }
  }
  await Promise.all(sent);
  return results;
}

async function applyGuarded(run: PostgresRun, unit: Unit): Promise<UnitResult> {
  await run("savepoint unit", []);
  for (const statement of unit) {
    const result = await execute(run, statement);
    if (result === null) continue;
    await run("rollback to savepoint unit", []);
    return result;
  }
  await run("release savepoint unit", []);
  return null;
}

async function execute(run: PostgresRun, { sql, params, guard }: Statement): Promise<UnitResult> {
  const { changes } = await run(numberParameters(sql), params);
  if (guard === undefined || changes > 0) return null;
  const { rows } = await run(numberParameters(versionQuery), [guard.kind, guard.id, guard.owner]);
  const found = rows[0] === undefined ? null : Number(rows[0]["version"]);
  return { failure: "conflict", message: conflictMessage(guard, found) };
}
