import type { Scored } from "@llamero/core/retrieval/bm25";
import type { SqlRow, SqlValue } from "../store/database.ts";
import { connectPostgres } from "../store/postgres/connect-postgres.ts";
import type { PostgresDriver, PostgresRun } from "../store/postgres/driver.ts";
import { fromBase64 } from "../vectors/records.ts";
import {
  checkIndexName,
  type IndexedDocument,
  type IndexStorage,
  type IndexVersion,
  noVersion,
} from "./index-storage.ts";

/** `value` is JSON text: columns of json would refuse what PostgreSQL cannot keep as text. */
const tables: readonly string[] = [
  "create extension if not exists vector",
  `create table if not exists llamero_rag_document (name text, key text, value text not null, primary key (name, key))`,
  `create table if not exists llamero_rag_chunk (name text, document text, chunk text, embedding vector not null,
primary key (name, document, chunk))`,
  `create table if not exists llamero_rag_version (name text, version integer, value text not null, primary key (name, version))`,
  `create table if not exists llamero_rag_current (name text primary key, version integer not null)`,
];

/** Chunks that one statement writes. */
const batchSize = 500;

/** An index in PostgreSQL with pgvector, which compares the vectors, all of them: the answer is exact. */
export class PostgresIndex implements IndexStorage {
  readonly place: string;
  readonly #name: string;
  readonly #driver: PostgresDriver;

  constructor(driver: PostgresDriver, place: string, name: string) {
    checkIndexName(name);
    this.#driver = driver;
    this.place = place;
    this.#name = name;
  }

  /** Connects to the database of a `postgres://` URL. */
  static async open(url: string, name: string): Promise<PostgresIndex> {
    checkIndexName(name);
    return await connectPostgres(url, "index", async (driver, place) => {
      const index = new PostgresIndex(driver, place, name);
      await index.create();
      return index;
    });
  }

  async create(): Promise<void> {
    const rows = await this.#query("select 1 from pg_available_extensions where name = 'vector'");
    if (rows.length === 0)
      throw new TypeError(`${this.place} has no pgvector; install the extension vector on its server`);
    await this.#driver.transaction(async (run) => {
      // Two that make a table at once would fail.
      await run("select pg_advisory_xact_lock(7214559)", []);
      for (const statement of tables) await run(statement, []);
    });
  }

  async readDocument(key: string): Promise<IndexedDocument | null> {
    const rows = await this.#query(
      "select value from llamero_rag_document where name = $1 and key = $2",
      key,
    );
    return rows.length === 0 ? null : JSON.parse(String(rows[0]!["value"]));
  }

  async writeDocument(key: string, document: IndexedDocument): Promise<void> {
    const { chunks } = document;
    const bare = { ...document, chunks: chunks.map((chunk) => ({ ...chunk, vector: null })) };
    await this.#driver.transaction(async (run) => {
      const { changes } = await run(
        "insert into llamero_rag_document values ($1, $2, $3) on conflict do nothing",
        [this.#name, key, JSON.stringify(bare)],
      );
      // Somebody else was quicker; equal names are equal documents.
      if (changes === 0) return;
      for (let at = 0; at < chunks.length; at += batchSize) {
        const rows = chunks.slice(at, at + batchSize).map(({ id, vector }) => ({
          id,
          embedding: `[${fromBase64(vector!).join()}]`,
        }));
        await run(
          `insert into llamero_rag_chunk select $1::text, $2::text, each->>'id', (each->>'embedding')::vector
from json_array_elements($3::text::json) as each`,
          [this.#name, key, JSON.stringify(rows)],
        );
      }
    });
  }

  async versions(): Promise<number[]> {
    const rows = await this.#query(
      "select version from llamero_rag_version where name = $1 order by version",
    );
    return rows.map(({ version }) => Number(version));
  }

  async readVersion(version: number): Promise<IndexVersion> {
    const sql = "select value from llamero_rag_version where name = $1 and version = $2::text::integer";
    const rows = await this.#query(sql, String(version));
    if (rows.length === 0) throw noVersion(version, await this.versions());
    return JSON.parse(String(rows[0]!["value"]));
  }

  async current(): Promise<number | null> {
    const rows = await this.#query("select version from llamero_rag_current where name = $1");
    return rows.length === 0 ? null : Number(rows[0]!["version"]);
  }

  async writeVersion(version: IndexVersion): Promise<void> {
    await this.#driver.transaction(async (run) => {
      const sql = "insert into llamero_rag_version values ($1, $2::text::integer, $3)";
      await run(sql, [this.#name, String(version.version), JSON.stringify(version)]);
      await this.#point(run, version.version);
    });
  }

  async setCurrent(version: number): Promise<void> {
    await this.readVersion(version);
    await this.#point(this.#driver.run, version);
  }

  async nearest(documents: readonly string[], vector: Float32Array, limit: number): Promise<Scored[]> {
    const rows = await this.#query(
      `select document || '/' || chunk as id, 1 - (embedding <=> $2::text::vector) as score from llamero_rag_chunk
where name = $1 and document in (select json_array_elements_text($3::text::json))
order by embedding <=> $2::text::vector, chunk limit $4::text::integer`,
      `[${vector.join()}]`,
      JSON.stringify(documents),
      String(limit),
    );
    return rows.map(({ id, score }) => ({ id: String(id), score: Number(score) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver.close();
  }

  async #point(run: PostgresRun, version: number): Promise<void> {
    const sql = `insert into llamero_rag_current values ($1, $2::text::integer)
on conflict (name) do update set version = excluded.version`;
    await run(sql, [this.#name, String(version)]);
  }

  /** Statements that name the index have its name as `$1`. */
  async #query(sql: string, ...params: SqlValue[]): Promise<readonly SqlRow[]> {
    return (await this.#driver.run(sql, sql.includes("$1") ? [this.#name, ...params] : params)).rows;
  }
}
