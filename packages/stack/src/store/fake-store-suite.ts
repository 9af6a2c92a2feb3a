import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Json } from "../api/json.ts";
import { partStamp } from "./statements.ts";
import { type ObjectKind, type Store, StoreConflict, StoreCursorError, type StoreWrite } from "./store.ts";

/** What the suite needs of a kind of store. */
export interface StoreUnderTest {
  name: string;
  /** Opens a store; the same place again when it is called again. */
  open(): Promise<Store>;
  /** False where a store ends with its last user. */
  keeps: boolean;
}

let collections = 0;

/** An owner that no other test has, so that tests share one place. */
function newOwner(): string {
  return `owner-${++collections}`;
}

function put(kind: ObjectKind, owner: string, id: string, value: Json, more: object = {}): StoreWrite {
  return { write: "put", kind, id, owner, value, ...more };
}

async function ids(store: Store, kind: ObjectKind, options: Parameters<Store["list"]>[1]): Promise<string[]> {
  return (await store.list(kind, options)).items.map(({ id }) => id);
}

/** The tests that every store passes. They share one open store, so only one suite goes into a file or `describe`. */
export function storeSuite({ name, open, keeps }: StoreUnderTest): void {
  let store: Store;
  before(async () => {
    store = await open();
  });
  after(() => store[Symbol.asyncDispose]());
  const storeTest = (what: string, run: (store: Store, owner: string) => Promise<void>): void => {
    test(`${name}: ${what}`, () => run(store, newOwner()));
  };

  storeTest("get gives what put wrote, versions grow, deleted objects are gone", async (store, owner) => {
    const before = Date.now();
    await store.write(put("response", owner, "r", { b: 1, a: [true, null, 1.5, "x"] }, { parent: "p" }));
    const first = (await store.get("response", "r", owner))!;
    assert.deepEqual(
      { ...first, createdAt: 0 },
      {
        kind: "response",
        id: "r",
        owner,
        parent: "p",
        createdAt: 0,
        version: 1,
        value: { b: 1, a: [true, null, 1.5, "x"] },
      },
    );
    assert.ok(first.createdAt >= before && first.createdAt <= Date.now());
    await store.write(put("response", owner, "r", "new"));
    const second = (await store.get("response", "r", owner))!;
    assert.deepEqual(second, { ...first, version: 2, value: "new" });
    await store.write(put("response", owner, "r", "new", { parent: "" }));
    assert.equal((await store.get("response", "r", owner))!.parent, "");
    await store.write({ write: "delete", kind: "response", id: "r", owner });
    assert.equal(await store.get("response", "r", owner), null);
    await store.write({ write: "delete", kind: "response", id: "r", owner });
    await store.write(put("response", owner, "r", 1));
    assert.equal((await store.get("response", "r", owner))!.version, 1);
    assert.equal(await store.get("file", "r", owner), null);
  });

  storeTest("list pages forwards and backwards in the order of first writes", async (store, owner) => {
    const all = Array.from({ length: 10 }, (_, i) => `i${(i * 7) % 10}`);
    for (const id of all) await store.write(put("prompt", owner, id, 0));
    await store.write(put("prompt", owner, all[0]!, "again"));
    const reversed = [...all].reverse();
    const list = (options: object): Promise<string[]> =>
      ids(store, "prompt", { owner, limit: 3, order: "asc", ...options });
    assert.deepEqual(await list({ limit: 100 }), all);
    assert.deepEqual(await list({ limit: 100, order: "desc" }), reversed);
    assert.deepEqual(await list({ after: all[2] }), all.slice(3, 6));
    assert.deepEqual(await list({ after: reversed[2], order: "desc" }), reversed.slice(3, 6));
    assert.deepEqual(await list({ before: all[6] }), all.slice(3, 6));
    assert.deepEqual(await list({ before: reversed[6], order: "desc" }), reversed.slice(3, 6));
    assert.deepEqual(await list({ after: all[1], before: all[4] }), all.slice(2, 4));
    assert.deepEqual(await list({ after: all[9] }), []);
    for (const order of ["asc", "desc"] as const) {
      const seen: string[] = [];
      let hasMore = true;
      while (hasMore) {
        const after = seen.at(-1);
        const page = await store.list("prompt", {
          owner,
          limit: 4,
          order,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...page.items.map(({ id }) => id));
        hasMore = page.hasMore;
      }
      assert.deepEqual(seen, order === "asc" ? all : reversed);
    }
    const exact = await store.list("prompt", { owner, limit: 10, order: "asc" });
    assert.equal(exact.hasMore, false);
    const backwards = await store.list("prompt", { owner, limit: 3, order: "asc", before: all[3]! });
    assert.equal(backwards.hasMore, false);
    await assert.rejects(list({ after: "absent" }), StoreCursorError);
    await assert.rejects(list({ before: "a\0b" }), StoreCursorError);
    await assert.rejects(list({ limit: 0 }), /Cannot list 0 objects/);
    await assert.rejects(list({ limit: 1.5 }), RangeError);
  });

  storeTest("list finds by parent and by values at paths, types told apart", async (store, owner) => {
    const values: Record<string, Json> = {
      a: { status: "queued", n: 1, deep: { flag: true, text: 'é "q" \\ \n 🦙 \0' } },
      b: { status: "done", n: "1", deep: { flag: false } },
      c: { status: "queued", n: 1.5, "odd name": 1e300 },
      d: "scalar",
      e: [1],
    };
    for (const [id, value] of Object.entries(values)) {
      await store.write(put("job", owner, id, value, { parent: id < "c" ? "first" : "second" }));
    }
    const where = (conditions: object, more: object = {}): Promise<string[]> =>
      ids(store, "job", {
        owner,
        limit: 10,
        order: "asc",
        where: conditions as Record<string, string>,
        ...more,
      });
    assert.deepEqual(await where({ status: "queued" }), ["a", "c"]);
    assert.deepEqual(await where({ status: "queued" }, { parent: "first" }), ["a"]);
    assert.deepEqual(await where({ status: "queued" }, { after: "a" }), ["c"]);
    assert.deepEqual(await where({ n: 1 }), ["a"]);
    assert.deepEqual(await where({ n: "1" }), ["b"]);
    assert.deepEqual(await where({ n: 1.5, status: "queued" }), ["c"]);
    assert.deepEqual(await where({ "odd name": 1e300 }), ["c"]);
    assert.deepEqual(await where({ "deep.flag": true }), ["a"]);
    assert.deepEqual(await where({ "deep.flag": false }), ["b"]);
    assert.deepEqual(await where({ "deep.text": 'é "q" \\ \n 🦙 \0' }), ["a"]);
    assert.deepEqual(await where({ absent: "x" }), []);
    assert.deepEqual(await where({ status: "' or 1=1 --" }), []);
    await assert.rejects(where({ 'x" or "': 1 }), /Cannot list where/);
    await assert.rejects(where({ "a..b": 1 }), RangeError);
    assert.deepEqual(await ids(store, "job", { owner, parent: "none", limit: 9, order: "asc" }), []);
  });

  storeTest("owners see and change nothing of each other", async (store, owner) => {
    const other = newOwner();
    await store.write(put("dataset", owner, "same", "mine", { parent: "p" }));
    await store.write(
      put("dataset", other, "same", "theirs", { parent: "p" }),
      put("dataset", other, "own", 1),
    );
    assert.equal((await store.get("dataset", "same", owner))!.value, "mine");
    assert.equal((await store.get("dataset", "same", other))!.value, "theirs");
    assert.equal((await store.get("dataset", "same", null))!.value, "mine");
    assert.equal(await store.get("dataset", "own", owner), null);
    assert.equal((await store.get("dataset", "own", null))!.owner, other);
    assert.deepEqual(await ids(store, "dataset", { owner, limit: 9, order: "asc" }), ["same"]);
    await assert.rejects(
      store.list("dataset", { owner, limit: 9, order: "asc", after: "own" }),
      StoreCursorError,
    );
    await store.write({ write: "delete", kind: "dataset", id: "own", owner });
    await store.write({ write: "deleteChildren", kind: "dataset", parent: "p", owner });
    assert.deepEqual(await ids(store, "dataset", { owner: other, limit: 9, order: "asc" }), ["same", "own"]);
    const everyone = await store.list("dataset", { owner: null, limit: 1000, order: "desc" });
    assert.deepEqual(
      everyone.items.slice(0, 2).map(({ id }) => id),
      ["own", "same"],
    );
  });

  storeTest("ifVersion lets one of several writers win", async (store, owner) => {
    await store.write(put("conversation", owner, "c", 0, { ifVersion: 0 }));
    await assert.rejects(store.write(put("conversation", owner, "c", 9, { ifVersion: 0 })), StoreConflict);
    await assert.rejects(
      store.write(put("conversation", owner, "c", 9, { ifVersion: 4 })),
      /Conflict on conversation "c": it has version 1, version 4 was expected/,
    );
    await assert.rejects(store.write(put("conversation", owner, "d", 9, { ifVersion: 1 })), /there is none/);
    await store.write(put("conversation", owner, "c", 1, { ifVersion: 1 }));
    const racers = Array.from({ length: 20 }, (_, i) =>
      store.write(put("conversation", owner, "c", i, { ifVersion: 2 })),
    );
    const results = await Promise.allSettled(racers);
    const won = results.flatMap(({ status }, i) => (status === "fulfilled" ? [i] : []));
    assert.equal(won.length, 1);
    const { version, value } = (await store.get("conversation", "c", owner))!;
    assert.deepEqual({ version, value }, { version: 3, value: won[0] });
    await assert.rejects(store.write(put("conversation", owner, "c", 0, { ifVersion: -1 })), RangeError);
  });

  storeTest("write does all or nothing, and leaves writes beside it alone", async (store, owner) => {
    await store.write(put("batch", owner, "old", 1, { parent: "p" }));
    const good = store.write(put("batch", owner, "before", 1));
    const bad = store.write(
      put("batch", owner, "new", 1),
      { write: "deleteChildren", kind: "batch", parent: "p", owner },
      { write: "putBytes", id: `${owner}-bytes`, bytes: new Uint8Array(9) },
      put("batch", owner, "old", 2, { ifVersion: 7 }),
    );
    const alsoGood = store.write(put("batch", owner, "after", 1));
    await assert.rejects(bad, StoreConflict);
    await Promise.all([good, alsoGood]);
    assert.deepEqual(await ids(store, "batch", { owner, limit: 9, order: "asc" }), [
      "old",
      "before",
      "after",
    ]);
    assert.equal(await store.getBytes(`${owner}-bytes`), null);
    await store.write(put("batch", owner, "x", 1), put("batch", owner, "x", 2, { ifVersion: 1 }));
    assert.equal((await store.get("batch", "x", owner))!.version, 2);
    await store.write();
  });

  storeTest("deleteChildren takes the children of one kind only", async (store, owner) => {
    await store.write(
      put("conversation_item", owner, "1", 1, { parent: "c" }),
      put("conversation_item", owner, "2", 1, { parent: "c" }),
      put("conversation_item", owner, "3", 1, { parent: "d" }),
      put("response_item", owner, "4", 1, { parent: "c" }),
    );
    await store.write({ write: "deleteChildren", kind: "conversation_item", parent: "c", owner });
    assert.deepEqual(await ids(store, "conversation_item", { owner, limit: 9, order: "asc" }), ["3"]);
    assert.deepEqual(await ids(store, "response_item", { owner, limit: 9, order: "asc" }), ["4"]);
  });

  storeTest("bytes come back whole, are replaced and deleted", async (store, owner) => {
    for (const size of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) & 255);
      await store.write({ write: "putBytes", id: owner, bytes });
      const back = (await store.getBytes(owner))!;
      assert.equal(Buffer.compare(back, bytes), 0, `${size} bytes`);
    }
    // What a Buffer's slice gives is the same memory, which a thread must not take away.
    const buffer = Buffer.alloc(1 << 20, 7);
    await store.write({ write: "putBytes", id: owner, bytes: buffer });
    assert.equal(buffer.length, 1 << 20);
    await store.write({ write: "deleteBytes", id: owner });
    assert.equal(await store.getBytes(owner), null);
    assert.equal(await store.getBytes("a\0"), null);
  });

  storeTest(
    "bytes in parts are there when they are complete; those left for a day are deleted",
    async (store, owner) => {
      const bytes = Uint8Array.from({ length: (1 << 20) + 5 }, (_, i) => i & 255);
      const putPart = (id: string, part: number, stamp: string): Promise<void> => {
        const piece = bytes.subarray(part << 20, (part + 1) << 20);
        return store.write({ write: "putPart", id, stamp, part, bytes: piece });
      };
      const left = `${owner}-left`;
      await putPart(left, 0, partStamp(Date.now() - 2 * 86_400_000));
      const stamp = partStamp(Date.now());
      for (const part of [0, 1]) await putPart(owner, part, stamp);
      assert.equal(await store.getBytes(owner), null);
      await store.write({ write: "completeParts", id: owner, sizeBytes: bytes.length });
      assert.equal(Buffer.compare((await store.getBytes(owner))!, bytes), 0);
      // Nothing of it is there any more, or this would fail.
      await putPart(left, 0, stamp);
      await store.write({ write: "deleteBytes", id: owner }, { write: "deleteBytes", id: left });
      await assert.rejects(
        store.write({ write: "putPart", id: owner, stamp, part: 0, bytes: new Uint8Array() }),
        /1 to/,
      );
    },
  );

  storeTest(
    "1,000 writes at once are all there, in the order in which they were made",
    async (store, owner) => {
      const names = Array.from({ length: 1000 }, (_, i) => `n${i}`);
      await Promise.all(names.map((id) => store.write(put("rating", owner, id, { id }))));
      assert.deepEqual(await ids(store, "rating", { owner, limit: 2000, order: "asc" }), names);
    },
  );

  storeTest("values of any Unicode and size come back as they were, names in order", async (store, owner) => {
    const value: Json = {
      zebra: 1,
      alpha: "🦙 é \u202e \uffff \u{10ffff} \u{10ffff}0000",
      "": { nul: "a\0b\\u0000", half: "\ud83e", low: "\udd99x" },
      "\0key": [1e308, -0.1, 1e-7, 12345678901234567000],
      10: "ten",
      __proto__x: null,
      quote: '"\\"',
    };
    await store.write(put("agent", owner, "u", value));
    const { value: back } = (await store.get("agent", "u", owner))!;
    assert.equal(JSON.stringify(back), JSON.stringify(value));
    const large: Json = { text: "ünï🦙".repeat(500_000), list: Array.from({ length: 20_000 }, (_, i) => i) };
    await store.write(put("agent", owner, "large", large));
    assert.deepEqual((await store.get("agent", "large", owner))!.value, large);
    await assert.rejects(
      store.write({ write: "put", kind: "agent", id: "x", owner, value: undefined as unknown as Json }),
      /its value is not JSON/,
    );
  });

  storeTest("ids may be anything that both databases keep", async (store, owner) => {
    const odd = [
      "",
      " ",
      "a/b?c=d#e",
      "'; drop table llamero_object; --",
      '"',
      "%00",
      "🦙\u{10ffff}",
      "A",
      "a",
      "é",
      "e\u0301",
      "?",
      "$1",
      "x".repeat(1024),
    ];
    for (const id of odd) await store.write(put("model", owner, id, { id }));
    assert.deepEqual(await ids(store, "model", { owner, limit: 99, order: "asc" }), odd);
    for (const id of odd) assert.deepEqual((await store.get("model", id, owner))!.value, { id });
    assert.deepEqual(
      await ids(store, "model", { owner, limit: 1, order: "asc", after: "'; drop table llamero_object; --" }),
      ['"'],
    );
    for (const id of ["a\0b", "\ud800", "x".repeat(1025)]) {
      await assert.rejects(store.write(put("model", owner, id, 1)), /Cannot store id/);
      assert.equal(await store.get("model", id, owner), null);
    }
  });

  test(`${name}: a closed store refuses work, and what it kept is there again`, async () => {
    const owner = newOwner();
    const bytes = new Uint8Array(1_500_000).fill(5);
    const pending = store.write(put("file", owner, "f", 1), { write: "putBytes", id: owner, bytes });
    await store[Symbol.asyncDispose]();
    await pending;
    await store[Symbol.asyncDispose]();
    await assert.rejects(store.get("file", "f", owner), /is closed/);
    await assert.rejects(store.write(put("file", owner, "f", 1)), /is closed/);
    await assert.rejects(store.list("file", { owner, limit: 1, order: "asc" }), /is closed/);
    if (!keeps) return;
    store = await open();
    assert.equal((await store.get("file", "f", owner))!.version, 1);
    assert.deepEqual(await store.getBytes(owner), bytes);
  });
}
