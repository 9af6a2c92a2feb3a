import { setFlagsFromString } from "node:v8";
import type { SqlRow, SqlValue } from "../database.ts";

/** The two builds of SQLite: the one in Node, and WebAssembly where Node has none. */
export type SqliteBuild = "node" | "wasm";

/** A SQLite connection; everything is synchronous. */
export interface SqliteDriver {
  readonly build: SqliteBuild;
  exec(sql: string): void;
  all(sql: string, params: readonly SqlValue[]): SqlRow[];
  /** Gives the number of rows changed. */
  run(sql: string, params: readonly SqlValue[]): number;
  close(): void;
}

interface Prepared {
  all(params: readonly SqlValue[]): SqlRow[];
  run(params: readonly SqlValue[]): number;
  finalize(): void;
}

const maxPrepared = 64;

/** Prepared statements by their text; the oldest go first. */
class PreparedStatements {
  readonly #prepare: (sql: string) => Prepared;
  readonly #statements = new Map<string, Prepared>();

  constructor(prepare: (sql: string) => Prepared) {
    this.#prepare = prepare;
  }

  /** Works with the statement of a text. */
  use<T>(sql: string, work: (statement: Prepared) => T): T {
    const statement = this.#get(sql);
    try {
      return work(statement);
    } catch (error) {
      // A statement that failed says so again when it is reset or finalized; SQLite has let go of it all the same.
      this.#statements.delete(sql);
      quietly(() => statement.finalize());
      throw error;
    }
  }

  clear(): void {
    for (const statement of this.#statements.values()) quietly(() => statement.finalize());
    this.#statements.clear();
  }

  #get(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    if (this.#statements.size >= maxPrepared) {
      const [oldest, statement] = this.#statements.entries().next().value!;
      this.#statements.delete(oldest);
      quietly(() => statement.finalize());
    }
    const statement = this.#prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Only repeats an error that was already reported.
  }
}

function driver(
  build: SqliteBuild,
  connection: { exec(sql: string): void; close(): void },
  prepare: (sql: string) => Prepared,
): SqliteDriver {
  const statements = new PreparedStatements(prepare);
  return {
    build,
    exec: (sql) => connection.exec(sql),
    all: (sql, params) => statements.use(sql, (statement) => statement.all(params)),
    run: (sql, params) => statements.use(sql, (statement) => statement.run(params)),
    close: () => {
      statements.clear();
      connection.close();
    },
  };
}

/** The part of `node:sqlite` in use; the types of Node 20 do not know the module. */
interface NodeSqlite {
  DatabaseSync: new (
    path: string,
  ) => {
    exec(sql: string): void;
    close(): void;
    prepare(sql: string): {
      all(...params: readonly SqlValue[]): SqlRow[];
      run(...params: readonly SqlValue[]): { changes: number | bigint };
    };
  };
}

/** null where this Node has no `node:sqlite`. */
async function importNodeSqlite(): Promise<NodeSqlite | null> {
  const specifier = "node:sqlite";
  const { emitWarning } = process;
  // Loading it warns that the module is experimental, which is nothing that a user could act on.
  process.emitWarning = () => undefined;
  try {
    return (await import(specifier)) as NodeSqlite;
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, "code") === "ERR_UNKNOWN_BUILTIN_MODULE") return null;
    throw error;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** The build to use: the one named, otherwise that of Node where it has one. */
export async function chooseSqlite(build?: SqliteBuild): Promise<(path: string) => SqliteDriver> {
  if (build !== "wasm") {
    const sqlite = await importNodeSqlite();
    if (sqlite !== null) return (path) => openNodeSqlite(sqlite, path);
    if (build === "node")
      throw new TypeError(`Node ${process.version} has no node:sqlite; 22.13 and later have it`);
  }
  // V8 would optimize SQLite's two largest functions after the few statements of a start, which takes some
  // 50 MB. Some hundred requests later is soon enough. Unit: bytes of code run, per function.
  setFlagsFromString("--wasm-tiering-budget=1000000000");
  const module = await import("node-sqlite3-wasm");
  return (path) => openWasmSqlite(module.default, path);
}

function openNodeSqlite(sqlite: NodeSqlite, path: string): SqliteDriver {
  const connection = new sqlite.DatabaseSync(path);
  return driver("node", connection, (sql) => {
    const statement = connection.prepare(sql);
    return {
      all: (params) => statement.all(...params),
      run: (params) => Number(statement.run(...params).changes),
      finalize: () => undefined,
    };
  });
}

function openWasmSqlite(module: typeof import("node-sqlite3-wasm"), path: string): SqliteDriver {
  const connection = new module.Database(path);
  return driver("wasm", connection, (sql) => {
    const statement = connection.prepare(sql);
    return {
      all: (params) => statement.all([...params]) as SqlRow[],
      run: (params) => statement.run([...params]).changes,
      finalize: () => statement.finalize(),
    };
  });
}
