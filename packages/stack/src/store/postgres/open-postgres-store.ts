import { reportEgress } from "@llamero/core/net/policy";
import postgres from "postgres";
import type { SqlRow } from "../database.ts";
import { SqlStore } from "../sql-store.ts";
import type { Store } from "../store.ts";
import type { PostgresDriver, PostgresRun } from "./driver.ts";
import { PostgresDatabase } from "./postgres-database.ts";
import { checkConnection, type PostgresAddress, parsePostgresUrl } from "./postgres-url.ts";

/** Writes use one connection at a time; the others are for reads. */
const maxConnections = 4;
const connectSeconds = 10;

/** Opens the database of a `postgres://` URL as a store; makes its tables where they are missing. */
export async function openPostgresStore(url: string): Promise<Store> {
  const address = parsePostgresUrl(url);
  const { printable } = address;
  const report = (error: string | null): void =>
    reportEgress({
      at: new Date(),
      method: "CONNECT",
      url: printable,
      purpose: "store",
      status: null,
      error,
    });
  let driver: PostgresDriver | null = null;
  try {
    checkConnection(address);
    driver = connect(address);
    const database = await PostgresDatabase.open(driver, printable);
    report(null);
    return new SqlStore(database);
  } catch (error) {
    await driver?.close();
    const cause = error instanceof Error ? error : new Error(String(error));
    report(cause.message);
    // Errors of the driver say what went wrong, but not where.
    if (Reflect.get(cause, "code") === undefined) throw cause;
    throw new Error(
      `Cannot open the store ${printable}: ${cause.message}; is the server up, and the URL right?`,
      {
        cause,
      },
    );
  }
}

function connect(address: PostgresAddress): PostgresDriver {
  const { host, port, database, username, password, sslMode } = address;
  const sql = postgres({
    host,
    port,
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ssl: sslMode === "disable" ? false : sslMode,
    max: maxConnections,
    connect_timeout: connectSeconds,
    onnotice: () => undefined,
    connection: { application_name: "llamero" },
  });
  // The policy may have changed since the store was opened, and the driver connects again when it needs to.
  const runOn =
    (connection: postgres.Sql | postgres.TransactionSql): PostgresRun =>
    async (text, params) => {
      checkConnection(address);
      const rows = await connection.unsafe<SqlRow[]>(text, [...params], { prepare: true });
      return { rows: [...rows], changes: rows.count };
    };
  return {
    run: runOn(sql),
    transaction: async <T>(work: (run: PostgresRun) => Promise<T>): Promise<T> => {
      checkConnection(address);
      return (await sql.begin((transaction) => work(runOn(transaction)))) as T;
    },
    close: () => sql.end({ timeout: 5 }),
  };
}
