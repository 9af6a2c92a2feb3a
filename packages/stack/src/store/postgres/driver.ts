import type { SqlRow, SqlValue } from "../database.ts";

/** Runs one statement with parameters `$1`, `$2`, … */
export type PostgresRun = (
  sql: string,
  params: readonly SqlValue[],
) => Promise<{ rows: readonly SqlRow[]; changes: number }>;

/** A PostgreSQL connection or pool. */
export interface PostgresDriver {
  run: PostgresRun;
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (run: PostgresRun) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
