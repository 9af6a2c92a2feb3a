import type { SqlRow, SqlValue, Statement, Unit, UnitResult } from "../database.ts";
import type { SqliteBuild } from "./driver.ts";

/** What a thread is started with. */
export interface ThreadSetup {
  path: string;
  build: SqliteBuild | undefined;
}

/** What a thread is asked. Every request but `part` gets one answer, in order. */
export type ThreadRequest =
  /** Bytes of the commit that follows, in the order of their parameters. */
  | { request: "part"; data: Uint8Array }
  | { request: "commit"; units: readonly Unit[] }
  | { request: "query"; sql: string; params: readonly SqlValue[] }
  | { request: "close" };

/** What it answers. `open` comes first, unasked. */
export type ThreadAnswer =
  | { answer: "open" }
  | { answer: "committed"; results: readonly UnitResult[] }
  | { answer: "rows"; rows: readonly SqlRow[] }
  | { answer: "closed" }
  | { answer: "failed"; message: string };

/** Bytes travel ahead of their commit, a part at a time, so that no message takes long to copy. */
export class Parts {
  #waiting: Uint8Array[] = [];

  /** Takes the bytes out of units; empty bytes mark their places. */
  static split(units: readonly Unit[]): { units: readonly Unit[]; parts: readonly Uint8Array[] } {
    const parts: Uint8Array[] = [];
    const without = mapBytes(units, (data) => {
      parts.push(data);
      return new Uint8Array(0);
    });
    return { units: without, parts };
  }

  add(data: Uint8Array): void {
    this.#waiting.push(data);
  }

  /** Puts the bytes that came back into their places. */
  fill(units: readonly Unit[]): readonly Unit[] {
    const parts = this.#waiting;
    this.#waiting = [];
    let next = 0;
    return mapBytes(units, () => parts[next++]!);
  }
}

function mapBytes(units: readonly Unit[], change: (data: Uint8Array) => Uint8Array): readonly Unit[] {
  return units.map((unit) =>
    unit.map((statement): Statement => {
      if (!statement.params.some((value) => value instanceof Uint8Array)) return statement;
      return {
        ...statement,
        params: statement.params.map((value) => (value instanceof Uint8Array ? change(value) : value)),
      };
    }),
  );
}
