import { reportEgress } from "@llamero/core/net/policy";
import type postgres from "postgres";
import type { SqlRow } from "../database.ts";
import type { PostgresDriver, PostgresRun } from "./driver.ts";
import { checkConnection, type PostgresAddress, parsePostgresUrl } from "./postgres-url.ts";

/** Writes use one connection at a time; the others are for reads. */
const maxConnections = 4;
const connectSeconds = 10;

/** Connects to the database of a `postgres://` URL and opens something in it; `purpose` is what it is, in a word. */
export async function connectPostgres<T>(
  url: string,
  purpose: string,
  open: (driver: PostgresDriver, printable: string) => Promise<T>,
): Promise<T> {
  const address = parsePostgresUrl(url);
  const { printable } = address;
  const report = (error: string | null): void =>
    reportEgress({ at: new Date(), method: "CONNECT", url: printable, purpose, status: null, error });
  let driver: PostgresDriver | null = null;
  try {
    checkConnection(address);
    driver = await connect(address);
    const opened = await open(driver, printable);
    report(null);
    return opened;
  } catch (error) {
    await driver?.close();
    const cause = error instanceof Error ? error : new Error(String(error));
    report(cause.message);
    // Errors of the driver say what went wrong, but not where.
    if (Reflect.get(cause, "code") === undefined) throw cause;
    throw new Error(
      `Cannot open the ${purpose} ${printable}: ${cause.message}; is the server up, and the URL right?`,
      { cause },
    );
  }
}

async function connect(address: PostgresAddress): Promise<PostgresDriver> {
  const { host, port, database, username, password, sslMode } = address;
  const { default: open } = await import("postgres");
  const sql = open({
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
