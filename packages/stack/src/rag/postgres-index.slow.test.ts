import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { pgliteDriver } from "../store/fake-pglite-store.ts";
import { startPostgres } from "../store/fake-postgres-server.ts";
import { FakeEmbedder } from "./fake-embedder.ts";
import { IndexFiles } from "./index-files.ts";
import type { IndexedDocument } from "./index-storage.ts";
import { ingestFolder } from "./ingest-folder.ts";
import { openIndex } from "./open-index.ts";
import { PostgresIndex } from "./postgres-index.ts";

/** Counts the documents whose texts are read. */
class CountingIndex extends PostgresIndex {
  numRead = 0;

  override readDocument(key: string): Promise<IndexedDocument | null> {
    this.numRead++;
    return super.readDocument(key);
  }
}

const llamas = "# Llamas\n\n## Food\n\nLlamas eat hay and grass. They need\nclean water every day.\n";

test("PostgresIndex with pgvector finds what a folder finds, by versions and filters too", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "llamero-rag-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const docs = join(root, "docs");
  mkdirSync(docs);
  writeFileSync(join(docs, "llamas.md"), llamas);
  writeFileSync(join(docs, "camels.txt"), "Camels store fat in their humps. They eat hay too.\n");
  const files = new IndexFiles(root, "zoo");
  const embedder = new FakeEmbedder();
  // Equal files share a document.
  writeFileSync(join(docs, "again.md"), llamas);
  writeFileSync(join(docs, "odd.md"), "A 🦙 among llamas\n");
  const pglite = await PGlite.create({ extensions: { vector } });
  const database = new CountingIndex(
    pgliteDriver(pglite, () => pglite.close()),
    "pglite",
    "zoo",
  );
  t.after(() => database[Symbol.asyncDispose]());
  await ingestFolder(files, docs, { embedder });
  const { numTexts } = embedder;
  const made = await ingestFolder(database, docs, { embedder });
  assert.equal(embedder.numTexts, 2 * numTexts);
  assert.deepEqual({ ...made, createdAt: "" }, { ...files.readVersion(1), createdAt: "" });
  await ingestFolder(database, docs, { embedder });
  assert.equal(embedder.numTexts, 2 * numTexts);
  assert.deepEqual([await database.versions(), await database.current()], [[1, 2], 2]);
  await database.setCurrent(1);
  assert.equal(await database.current(), 1);
  await assert.rejects(database.readVersion(9), /no version 9; there is 1, 2/);
  const inFolder = await openIndex(files, embedder);
  const inDatabase = await openIndex(database, embedder);
  const filters = [null, { type: "ne", key: "source", value: "llamas.md" }] as const;
  for (const mode of ["keyword", "vector", "hybrid"] as const) {
    for (const filter of filters) {
      const [wanted, found] = await Promise.all(
        [inFolder, inDatabase].map((index) => index.search("hay for the llamas", { mode, filter, limit: 3 })),
      );
      const places = (all: typeof wanted): unknown =>
        all!.map(({ source, start, text }) => [source, start, text]);
      assert.deepEqual(places(found), places(wanted));
      for (const [at, { score }] of found!.entries()) assert.ok(Math.abs(score - wanted![at]!.score) < 1e-6);
    }
  }
  // Texts are read only where something was found.
  const { numRead } = database;
  await inDatabase.search("camels", { mode: "keyword", limit: 1 });
  assert.ok(database.numRead - numRead <= 1);
  const other = new PostgresIndex(pgliteDriver(pglite), "pglite", "other");
  await assert.rejects(openIndex(other, embedder), /no index in pglite/);
});

test("PostgresIndex.open says that a server has no pgvector", async (t) => {
  const server = startPostgres(55_471);
  if (server === null) {
    t.skip("needs Debian's postgresql");
    return;
  }
  t.after(() => server.stop());
  await assert.rejects(PostgresIndex.open(server.url, "zoo"), /has no pgvector; install/);
});
