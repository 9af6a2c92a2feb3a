import { type Scored, searchTerms } from "@llamero/core/retrieval/bm25";
import type { SqlRow, SqlValue } from "../store/database.ts";
import { connectPostgres } from "../store/postgres/connect-postgres.ts";
import type { PostgresDriver, PostgresRun } from "../store/postgres/driver.ts";
import { fromBase64 } from "../vectors/records.ts";
import {
  checkIndexName,
  type IndexedDocument,
  type IndexSearcher,
  type IndexStorage,
  type IndexVersion,
  noVersion,
  type SearchScope,
} from "./index-storage.ts";

/** `value` is JSON text: columns of json would refuse what PostgreSQL cannot keep as text. */
const tables: readonly string[] = [
  "create extension if not exists vector",
  `create table if not exists llamero_rag_document (name text, key text, value text not null, primary key (name, key))`,
  `create table if not exists llamero_rag_chunk (name text, document text, chunk text, embedding vector not null,
primary key (name, document, chunk))`,
  // Indexes that had no words yet get them when they are opened.
  "alter table llamero_rag_chunk add column if not exists num_terms integer",
  `create table if not exists llamero_rag_term (name text, term text, document text, chunk text, times integer not null,
primary key (name, term, document, chunk))`,
  `create table if not exists llamero_rag_version (name text, version integer, value text not null, primary key (name, version))`,
  `create table if not exists llamero_rag_current (name text primary key, version integer not null)`,
];

/** Chunks that one statement writes. */
const batchSize = 200;

/** BM25 as `core/retrieval` has it: k1 = 1.2, b = 0.75, statistics over all of the scope. */
const matchingSql = `with scope as (
  select * from json_to_recordset($2::text::json) as each("document" text, "numSources" integer, "isSearched" boolean)
), sizes as (
  select sum("numSources")::float8 as num, sum("numSources" * num_terms)::float8 / sum("numSources") as average
  from llamero_rag_chunk join scope using (document) where name = $1
), hit as (
  select term, document, chunk, times, "numSources", "isSearched" from llamero_rag_term join scope using (document)
  where name = $1 and term in (select json_array_elements_text($3::text::json))
), spread as (
  select term, sum("numSources")::float8 as num from hit group by term
)
select hit.document || '/' || hit.chunk as id, sum(ln(1 + (sizes.num - spread.num + 0.5) / (spread.num + 0.5)) *
  times * 2.2 / (times + 1.2 * (0.25 + 0.75 * num_terms / average))) as score
from hit join spread using (term) cross join sizes
join llamero_rag_chunk on name = $1 and llamero_rag_chunk.document = hit.document and llamero_rag_chunk.chunk = hit.chunk
where "isSearched" group by id order by score desc, id limit $4::text::integer`;

/** An index in PostgreSQL with pgvector, which compares the vectors, all of them: the answer is exact. */
export class PostgresIndex implements IndexStorage, IndexSearcher {
  readonly place: string;
  readonly searcher: IndexSearcher = this;
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
      const { rows: old } = await run(
        "select distinct document from llamero_rag_chunk where name = $1 and num_terms is null",
        [this.#name],
      );
      for (const { document: key } of old) {
        const { rows } = await run("select value from llamero_rag_document where name = $1 and key = $2", [
          this.#name,
          String(key),
        ]);
        await this.#writeTerms(run, String(key), JSON.parse(String(rows[0]!["value"])) as IndexedDocument);
      }
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
      await this.#writeTerms(run, key, document);
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

  async matching(scope: readonly SearchScope[], terms: readonly string[], limit: number): Promise<Scored[]> {
    if (terms.length === 0) return [];
    const params = [JSON.stringify(scope), JSON.stringify(terms), String(limit)];
    const rows = await this.#query(matchingSql, ...params);
    return rows.map(({ id, score }) => ({ id: String(id), score: Number(score) }));
  }

  async describe(
    documents: readonly string[],
  ): Promise<ReadonlyMap<string, Pick<IndexedDocument, "mediaType" | "title">>> {
    // As json, not as text, so that a title may hold what PostgreSQL cannot keep.
    const rows = await this.#query(
      `select key, json_build_array(value::json->'mediaType', value::json->'title')::text as value
from llamero_rag_document where name = $1 and key in (select json_array_elements_text($2::text::json))`,
      JSON.stringify(documents),
    );
    return new Map(
      rows.map(({ key, value }) => {
        const [mediaType, title] = JSON.parse(String(value)) as [string, string];
        return [String(key), { mediaType, title }];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver.close();
  }

  /** The words of a document's chunks, and how many each has. */
  async #writeTerms(run: PostgresRun, key: string, { text, chunks }: IndexedDocument): Promise<void> {
    for (let at = 0; at < chunks.length; at += batchSize) {
      const sizes: { chunk: string; num: number }[] = [];
      const terms: { chunk: string; term: string; times: number }[] = [];
      for (const { id: chunk, start, end } of chunks.slice(at, at + batchSize)) {
        const words = searchTerms(text.slice(start, end));
        const times = new Map<string, number>();
        for (const word of words) times.set(word, (times.get(word) ?? 0) + 1);
        sizes.push({ chunk, num: words.length });
        for (const [term, num] of times) terms.push({ chunk, term, times: num });
      }
      await run(
        `update llamero_rag_chunk as c set num_terms = each.num
from json_to_recordset($3::text::json) as each(chunk text, num integer)
where c.name = $1 and c.document = $2 and c.chunk = each.chunk`,
        [this.#name, key, JSON.stringify(sizes)],
      );
      await run(
        `insert into llamero_rag_term select $1::text, term, $2::text, chunk, times
from json_to_recordset($3::text::json) as each(chunk text, term text, times integer)`,
        [this.#name, key, JSON.stringify(terms)],
      );
    }
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
