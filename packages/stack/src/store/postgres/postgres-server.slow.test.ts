import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startPostgres } from "../fake-postgres-server.ts";
import { storeSuite } from "../fake-store-suite.ts";
import { openStore } from "../open-store.ts";
import { StoreConflict } from "../store.ts";

/** One that a server of the machine would not have. */
const port = 54_329;
const server = startPostgres(port);
after(() => server?.stop());

if (server === null) test("a PostgreSQL server", (t) => t.skip("needs Debian's postgresql"));
else {
  const { url } = server;
  storeSuite({ name: "postgres server", open: () => openStore(url), keeps: true });

  test("postgres server: ifVersion holds between two processes' stores", async () => {
    await using one = await openStore(url);
    await using two = await openStore(url);
    const key = { write: "put", kind: "job", id: "shared", owner: "two-stores" } as const;
    await one.write({ ...key, value: 0, ifVersion: 0 });
    const takes = [one, two, one, two].map((store, i) => store.write({ ...key, value: i, ifVersion: 1 }));
    const results = await Promise.allSettled(takes);
    const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    assert.equal(failures.length, 3);
    for (const failure of failures) assert.ok(failure instanceof StoreConflict, String(failure));
    assert.equal((await two.get("job", "shared", "two-stores"))!.version, 2);
  });

  test("postgres server: a bad statement in a group fails alone", async () => {
    await using store = await openStore(url);
    const big = Number.MAX_SAFE_INTEGER;
    const owner = "group";
    const deep = JSON.parse("[".repeat(20_000) + "]".repeat(20_000));
    const results = await Promise.allSettled([
      store.write({ write: "put", kind: "job", id: "1", owner, value: big }),
      store.write({ write: "put", kind: "job", id: "2", owner, value: deep }),
      store.write({ write: "put", kind: "job", id: "3", owner, value: big }),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    const { items } = await store.list("job", { owner, limit: 9, order: "asc" });
    assert.deepEqual(
      items.map(({ id }) => id),
      ["1", "3"],
    );
  });
}

test("openStore says where no PostgreSQL server answers", async () => {
  await assert.rejects(
    openStore(`postgres://u:secret@127.0.0.1:${port - 1}/none`),
    (error: Error) =>
      /Cannot open the store postgres 127\.0\.0\.1:\d+\/none/.test(error.message) &&
      !/secret/.test(error.message),
  );
});
