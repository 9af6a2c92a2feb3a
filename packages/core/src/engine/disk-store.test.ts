import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DiskStore } from "./disk-store.ts";

const address = (text: string): Uint8Array => createHash("sha256").update(text).digest();
const payload = (text: string, size = 1000): Uint8Array => Buffer.alloc(size, text);

function read(store: DiskStore, text: string): string | null {
  let got: string | null = null;
  const isThere = store.read(address(text), (bytes) => {
    got = Buffer.from(bytes).toString("latin1");
  });
  assert.equal(isThere, got !== null);
  return got;
}

function open(t: TestContext, maxBytes = 2 ** 30): { store: DiskStore; folder: string; notices: string[] } {
  const folder = mkdtempSync(join(tmpdir(), "llamero-kv-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const notices: string[] = [];
  return {
    store: new DiskStore({ folder, maxBytes, blockBytes: 1000, onNotice: (each) => notices.push(each) }),
    folder,
    notices,
  };
}

test("DiskStore gives back what was written and nothing else", async (t) => {
  const { store, notices } = open(t);
  assert.equal(read(store, "a"), null);
  assert.ok(await store.write(address("a"), payload("a"), 0));
  assert.equal(read(store, "a"), "a".repeat(1000));
  assert.ok(store.has(address("a")) && !store.has(address("b")));
  assert.deepEqual(notices, []);
});

test("DiskStore removes damaged, cut and foreign files, with one notice", async (t) => {
  const { store, folder, notices } = open(t);
  const damages: readonly ((bytes: Buffer) => Uint8Array)[] = [
    (bytes) => bytes.fill(bytes[500]! ^ 1, 500, 501),
    (bytes) => bytes.subarray(0, 700),
    (bytes) => Buffer.concat([bytes, bytes]),
    () => Buffer.alloc(0),
    () => Buffer.from("not ours"),
    (bytes) => bytes.fill(0, 0, 4),
    (bytes) => bytes.fill(0, 20, 24),
  ];
  for (const damage of damages) {
    await store.write(address("a"), payload("a"), 0);
    const path = join(folder, readdirSync(folder)[0]!);
    writeFileSync(path, damage(readFileSync(path)));
    assert.equal(read(store, "a"), null);
    assert.deepEqual(readdirSync(folder), []);
  }
  assert.equal(store.numRejected, damages.length);
  assert.equal(notices.length, 1);
});

test("DiskStore names the version of a file of another version, and removes it", async (t) => {
  const { store, folder, notices } = open(t);
  await store.write(address("a"), payload("a"), 0);
  const path = join(folder, readdirSync(folder)[0]!);
  const bytes = readFileSync(path);
  bytes.writeUInt32LE(7, 4);
  writeFileSync(path, bytes.subarray(0, 700));
  assert.equal(store.count(), 1);
  assert.equal(read(store, "a"), null);
  assert.equal(store.count(), 0);
  assert.match(notices[0]!, /is of version 7, not 1; it is removed and computed again/);
});

test("DiskStore removes the least recently used when it is full, and what a killed process left", async (t) => {
  const { store, folder } = open(t, 10 * 2 ** 16);
  const abandoned = join(folder, "x.tmp");
  writeFileSync(abandoned, "half");
  for (let i = 0; i < 10; i++) await store.write(address(`${i}`), payload(`${i}`), 100_000 - i * 1000);
  store.touch(address("0"), 0);
  await store.write(address("new"), payload("n"), 0);
  assert.ok(store.has(address("0")) && store.has(address("new")) && store.has(address("9")));
  assert.ok(!store.has(address("1")));
  assert.ok(readdirSync(folder).length <= 11);
  // A fresh temporary file may be another process's.
  assert.ok(readdirSync(folder).includes("x.tmp"));
  utimesSync(abandoned, 0, 0);
});

test("DiskStore says once that it cannot write", async (t) => {
  const { folder } = open(t);
  writeFileSync(join(folder, "file"), "");
  const notices: string[] = [];
  const store = new DiskStore({
    folder: join(folder, "file"),
    maxBytes: 1e9,
    blockBytes: 1000,
    onNotice: (each) => notices.push(each),
  });
  assert.equal(await store.write(address("a"), payload("a"), 0), false);
  assert.equal(await store.write(address("b"), payload("b"), 0), false);
  assert.equal(read(store, "a"), null);
  assert.ok(notices.some((each) => each.includes("could not be kept")));
  assert.ok(notices.length <= 2);
});

test("DiskStore never shows half a block to others, whenever a writer is killed", async (t) => {
  const { folder } = open(t);
  const notices: string[] = [];
  const store = new DiskStore({
    folder,
    maxBytes: 2 ** 30,
    blockBytes: 300_000,
    onNotice: (each) => notices.push(each),
  });
  const script = `
    import { DiskStore } from ${JSON.stringify(join(import.meta.dirname, "disk-store.ts"))};
    import { createHash } from "node:crypto";
    const store = new DiskStore({ folder: process.argv[1], maxBytes: 2 ** 30, blockBytes: 300_000, onNotice: () => {} });
    const one = async (worker) => {
      for (let i = 0; ; i++) {
        const text = String(i % 50);
        await store.write(createHash("sha256").update(text).digest(), Buffer.alloc(300_000, text), 0);
      }
    };
    process.stdout.write("go");
    await Promise.all([one(0), one(1), one(2)]);
  `;
  const args = ["--import", "tsx", "--input-type=module", "-e", script, folder];
  const writers = [0, 1].map(() => spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] }));
  await Promise.all(writers.map((each) => new Promise((resolve) => each.stdout.once("data", resolve))));
  let numRead = 0;
  const started = Date.now();
  // A busy machine may let the writers wait.
  while (Date.now() - started < (numRead > 0 ? 600 : 60_000)) {
    for (let i = 0; i < 50; i++) {
      const got = read(store, `${i}`);
      if (got === null) continue;
      numRead++;
      assert.equal(got[0], `${i}`[0]);
    }
  }
  for (const writer of writers) writer.kill("SIGKILL");
  await Promise.all(writers.map((each) => new Promise((resolve) => each.once("close", resolve))));
  for (let i = 0; i < 50; i++) read(store, `${i}`);
  assert.ok(numRead > 0);
  assert.equal(store.numRejected, 0);
  assert.deepEqual(notices, []);
});
