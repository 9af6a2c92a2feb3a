import type { Json } from "../api/json.ts";
import type { Database, SqlRow } from "./database.ts";
import { GroupCommit } from "./group-commit.ts";
import { listQuery, objectColumns } from "./list-query.ts";
import { incompleteSize, isStorableKey, writeStatements } from "./statements.ts";
import {
  type ListOptions,
  type ObjectKind,
  type Store,
  StoreCursorError,
  type StoredObject,
  type StorePage,
  type StoreWrite,
} from "./store.ts";

/** The store over a database of either kind. */
export class SqlStore implements Store {
  readonly description: string;
  readonly #database: Database;
  readonly #commits: GroupCommit;
  #isClosed = false;

  constructor(database: Database) {
    this.description = database.description;
    this.#database = database;
    this.#commits = new GroupCommit((units) => database.commit(units));
  }

  async get<T extends Json = Json>(
    kind: ObjectKind,
    id: string,
    owner: string | null,
  ): Promise<StoredObject<T> | null> {
    this.#checkOpen();
    if (!isStorableKey(id)) return null;
    const { dialect } = this.#database;
    const rows = await this.#database.query(
      `select ${objectColumns(dialect)} from llamero_object where kind = ? and id = ?${
        owner === null ? "" : " and owner = ?"
      } order by seq limit 1`,
      owner === null ? [kind, id] : [kind, id, owner],
    );
    return rows.length === 0 ? null : this.#toObject<T>(rows[0]!);
  }

  async list<T extends Json = Json>(kind: ObjectKind, options: ListOptions): Promise<StorePage<T>> {
    this.#checkOpen();
    const { limit } = options;
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new RangeError(`Cannot list ${limit} objects: the limit must be a whole number of at least 1`);
    }
    const seqs = {
      after: await this.#findSeq(kind, options, "after"),
      before: await this.#findSeq(kind, options, "before"),
    };
    if (options.parent !== undefined && !isStorableKey(options.parent)) return { items: [], hasMore: false };
    const { sql, params, isReversed } = listQuery(kind, options, seqs, this.#database.dialect);
    const rows = await this.#database.query(sql, params);
    const items = rows.slice(0, limit).map((row) => this.#toObject<T>(row));
    return { items: isReversed ? items.reverse() : items, hasMore: rows.length > limit };
  }

  async getBytes(id: string): Promise<Uint8Array | null> {
    this.#checkOpen();
    if (!isStorableKey(id)) return null;
    // Part by part, so that a large file never comes through in one piece; again if it was replaced meanwhile.
    for (;;) {
      const first = await this.#database.query(
        "select stamp, size, data from llamero_bytes where id = ? and part = 0",
        [id],
      );
      if (first.length === 0) return null;
      const { stamp, size } = first[0]!;
      if (Number(size) === incompleteSize) return null;
      const bytes = new Uint8Array(Number(size));
      if (bytes.length === 0) return bytes;
      let data = first[0]!["data"] as Uint8Array | undefined;
      let filled = 0;
      for (let part = 1; data !== undefined; part++) {
        bytes.set(data, filled);
        filled += data.length;
        if (filled === bytes.length) return bytes;
        const next = await this.#database.query(
          "select data from llamero_bytes where id = ? and part = ? and stamp = ?",
          [id, part, String(stamp)],
        );
        data = next[0]?.["data"] as Uint8Array | undefined;
      }
    }
  }

  async write(...writes: readonly StoreWrite[]): Promise<void> {
    this.#checkOpen();
    const now = Date.now();
    const parts = writes.map((write) => writeStatements(write, this.#database.dialect, now));
    if (parts.length === 0) return;
    await this.#commits.add(
      parts.flatMap(({ unit }) => unit),
      parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#commits.flush();
    await this.#database.close();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new Error(`The store ${this.description} is closed`);
  }

  async #findSeq(kind: ObjectKind, options: ListOptions, end: "after" | "before"): Promise<number | null> {
    const id = options[end];
    if (id === undefined) return null;
    const { owner } = options;
    const rows = isStorableKey(id)
      ? await this.#database.query(
          `select seq from llamero_object where kind = ? and id = ?${owner === null ? "" : " and owner = ?"} order by seq limit 1`,
          owner === null ? [kind, id] : [kind, id, owner],
        )
      : [];
    if (rows.length > 0) return Number(rows[0]!["seq"]);
    throw new StoreCursorError(
      `Cannot list ${end} ${JSON.stringify(id.slice(0, 80))}: there is no such ${kind}; use an id from this list`,
    );
  }

  #toObject<T extends Json>(row: SqlRow): StoredObject<T> {
    return {
      kind: row["kind"] as ObjectKind,
      id: String(row["id"]),
      owner: String(row["owner"]),
      parent: String(row["parent"]),
      createdAt: Number(row["created_at"]),
      version: Number(row["version"]),
      value: JSON.parse(this.#database.dialect.decodeJson(String(row["value"]))) as T,
    };
  }
}
