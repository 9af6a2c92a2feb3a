import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { chooseSqlite } from "./driver.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";

const folder = mkdtempSync(join(tmpdir(), "llamero-store-"));
after(() => rmSync(folder, { recursive: true }));
const open = await chooseSqlite();

test("openSqliteStore refuses a store that another process, or this one, has open", async () => {
  const path = join(folder, "owned.db");
  const owner = { pid: process.ppid, host: hostname(), token: "x" };
  writeFileSync(`${path}.owner`, JSON.stringify(owner));
  await assert.rejects(
    openSqliteStore(path),
    new RegExp(`in use by process ${process.ppid} on .*: end it first`),
  );
  rmSync(`${path}.owner`);
  {
    await using _ = await openSqliteStore(path);
    await assert.rejects(openSqliteStore(path), /in use by this process/);
  }
  await using _ = await openSqliteStore(path);
});

test("openSqliteStore takes over from a process that was killed", async () => {
  const path = join(folder, "killed.db");
  await (await openSqliteStore(path))[Symbol.asyncDispose]();
  // The same process id, as in a container, and the lock of SQLite in WebAssembly.
  writeFileSync(`${path}.owner`, JSON.stringify({ pid: process.pid, host: hostname(), token: "old" }));
  mkdirSync(`${path}.lock`);
  await (await openSqliteStore(path))[Symbol.asyncDispose]();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("killed")),
    ["killed.db"],
  );
});

test("openSqliteStore names a newer schema and leaves the file alone", async () => {
  const path = join(folder, "newer.db");
  await (await openSqliteStore(path))[Symbol.asyncDispose]();
  const driver = open(path);
  driver.all("pragma locking_mode = exclusive", []);
  driver.exec("insert into llamero_migration values (99, 'colors', 'later')");
  driver.close();
  const before = readFileSync(path);
  await assert.rejects(
    openSqliteStore(path),
    /of a newer Llamero: its schema is at step 99 \(colors\).*; update Llamero/,
  );
  assert.equal(Buffer.compare(readFileSync(path), before), 0);
});

test("openSqliteStore says what to do with a damaged file and with a folder it cannot write", async () => {
  const path = join(folder, "damaged.db");
  writeFileSync(path, "no database ".repeat(1000));
  await assert.rejects(
    openSqliteStore(path),
    /The store .*damaged\.db is damaged .*: move the file.*\.recover/,
  );
  await assert.rejects(openSqliteStore(path), /is damaged/, "the lock was given back");
  const blocked = join(folder, "a-folder.db");
  mkdirSync(blocked);
  await assert.rejects(openSqliteStore(blocked), /a-folder\.db/);
  await assert.rejects(openSqliteStore(join(path, "x.db")), /damaged\.db/);
});

test("a damaged page is reported by the read that meets it", async () => {
  const path = join(folder, "page.db");
  {
    await using store = await openSqliteStore(path);
    const writes = Array.from({ length: 200 }, (_, i) => ({ id: `${i}`, value: "x".repeat(2000) }));
    for (const { id, value } of writes)
      void store.write({ write: "put", kind: "file", id, owner: "o", value });
  }
  const bytes = readFileSync(path);
  bytes.fill(0xff, 3 * 4096);
  writeFileSync(path, bytes);
  const read = async (): Promise<void> => {
    await using store = await openSqliteStore(path);
    await store.list("file", { owner: "o", limit: 1000, order: "asc" });
  };
  await assert.rejects(read(), /is damaged/);
});
