import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { onEgress, setOffline } from "../net/policy.ts";
import { createDiskStorage } from "./disk-storage.ts";
import { FakeHub, sha256 } from "./fake-hub.ts";
import { type PullOptions, pullModel } from "./pull.ts";
import type { ModelReference } from "./reference.ts";
import { type ModelStorage, StorageFullError } from "./storage.ts";

const file = "tiny-Q4_0.gguf";
const target = join("tiny-Q4_0", file);
const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const reference: ModelReference = {
  kind: "hub",
  repo: "someone/tiny-GGUF",
  revision: "main",
  selector: null,
};

let hub: FakeHub;
let folder: string;

beforeEach(async () => {
  hub = new FakeHub();
  hub.files.set(file, content);
  await hub.listen();
  folder = await mkdtemp(join(tmpdir(), "llamero-pull-"));
});

afterEach(async () => {
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const pull = (changes: Partial<PullOptions> = {}): ReturnType<typeof pullModel> =>
  pullModel(reference, { connection: hub.connection(), storage: createDiskStorage(folder), ...changes });

async function assertComplete(): Promise<void> {
  assert.equal(sha256(await readFile(join(folder, target))), sha256(content));
  assert.deepEqual((await readdir(join(folder, "tiny-Q4_0"))).sort(), ["llamero.json", file]);
}

async function assertNothingFinal(): Promise<void> {
  await assert.rejects(readFile(join(folder, target)), { code: "ENOENT" });
}

test("pullModel downloads, verifies and writes a manifest", async () => {
  const manifest = await pull();
  await assertComplete();
  assert.equal(manifest.source, "hf:someone/tiny-GGUF");
  assert.equal(manifest.commit, "abc123");
  assert.deepEqual(manifest.files, [{ path: file, sizeBytes: content.length, sha256: sha256(content) }]);
  await pull();
  assert.equal(hub.numDownloads, 1, "a complete file is not downloaded again");
});

test("pullModel resumes where the connection dropped, again and again", async () => {
  for (let i = 0; i < 8; i++) hub.faults.push({ kind: "stall", afterBytes: 30_000 });
  await pull({
    // Breaks only when all has arrived: a stream that fails throws away what nobody has read yet.
    onProgress: ({ receivedBytes }) => {
      if (receivedBytes > 0 && receivedBytes % 30_000 === 0) hub.dropStalled();
    },
  });
  await assertComplete();
  const starts = hub.requests
    .filter(({ range }) => range !== null)
    .map(({ range }) => Number(range?.slice(6, -1)));
  assert.ok(starts.length >= 3, String(starts));
  assert.ok(
    starts.every((start, i) => i === 0 || start >= starts[i - 1]!),
    String(starts),
  );
});

test("pullModel continues an unfinished download of an earlier run", async () => {
  hub.faults.push({ kind: "stall", afterBytes: 100_000 });
  const once = hub.connection();
  await assert.rejects(
    pull({
      connection: { ...once, retry: { ...once.retry, attempts: 1 } },
      onProgress: ({ receivedBytes }) => {
        if (receivedBytes === 100_000) hub.dropStalled();
      },
    }),
    /run again to resume/,
  );
  await assertNothingFinal();
  await pull();
  await assertComplete();
  assert.match(hub.requests.at(-1)?.range ?? "", /^bytes=\d{5,}-$/);
});

test("pullModel starts over when the leftover is not a part of the file", async () => {
  const storage = createDiskStorage(folder);
  await storage.writeText(`${target}.incomplete`, "x".repeat(1000));
  await pull();
  await assertComplete();
});

test("pullModel survives a server that ignores Range", async () => {
  hub.faults.push({ kind: "drop", afterBytes: 50_000 }, { kind: "ignore-range" });
  await pull();
  await assertComplete();
});

test("pullModel treats a silent connection as dropped", async () => {
  hub.faults.push({ kind: "stall", afterBytes: 50_000 });
  await pull({ connection: hub.impatient() });
  await assertComplete();
});

test("pullModel asks again for a listing that never ends", async () => {
  hub.numStalledListings = 1;
  await pull({ connection: hub.impatient() });
  await assertComplete();
});

test("pullModel retries 429 and 5xx, and obeys Retry-After", async () => {
  hub.faults.push({ kind: "status", status: 429, retryAfter: "1" }, { kind: "status", status: 500 });
  hub.faults.push({ kind: "status", status: 503 });
  const delays: number[] = [];
  const connection = hub.connection();
  const sleep = async (ms: number): Promise<void> => void delays.push(ms);
  await pull({ connection: { ...connection, retry: { ...connection.retry, maxDelayMs: 4000, sleep } } });
  await assertComplete();
  assert.deepEqual(delays, [1000, 2, 4]);
});

test("pullModel gives up when nothing arrives any more", async () => {
  for (let i = 0; i < 6; i++) hub.faults.push({ kind: "status", status: 500 });
  await assert.rejects(pull(), /answered 500 \(6 tries in a row without progress\)/);
});

test("pullModel refuses sizes that contradict each other", async () => {
  hub.linkedSize = content.length + 5;
  await assert.rejects(pull(), /the listing promises 300000 bytes, X-Linked-Size promises 300005/);
  await assertNothingFinal();
});

test("pullModel refuses a listing that promises more or less than there is", async () => {
  for (const listed of [content.length - 10, content.length + 10]) {
    hub.listedSize = listed;
    await assert.rejects(pull(), /the listing promises \d+ bytes, the download promises 300000; refused/);
    await assertNothingFinal();
  }
});

test("pullModel detects a body longer than promised", async () => {
  hub.faults.push({ kind: "long", bytes: 9 });
  await assert.rejects(pull(), /sent more than the 300000 bytes it promised/);
  assert.deepEqual(
    (await readdir(join(folder, "tiny-Q4_0"))).filter((name) => name.endsWith(".incomplete")),
    [],
  );
});

test("pullModel fetches the rest of a body shorter than promised", async () => {
  hub.faults.push({ kind: "short", bytes: 1234 });
  await pull();
  await assertComplete();
});

test("pullModel deletes what fails the checksum", async () => {
  hub.listedSha256 = "0".repeat(64);
  await assert.rejects(pull(), /sha256 is [0-9a-f]{64}, expected 0{64}/);
  assert.deepEqual(await readdir(join(folder, "tiny-Q4_0")), [`${file}.incomplete.json`]);
});

test("pullModel checks git blob ids of small files", async () => {
  const bytes = new TextEncoder().encode("{}");
  const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  const { downloadFile } = await import("./download.ts");
  hub.files.set("config.json", bytes);
  const task = {
    url: `${hub.endpoint}/someone/tiny-GGUF/resolve/main/config.json`,
    path: "config.json",
    sizeBytes: bytes.length,
    headers: {},
    access: "any" as const,
  };
  const options = { storage: createDiskStorage(folder), retry: hub.connection().retry };
  const wrong = { algorithm: "git-sha1" as const, hex: "0".repeat(40) };
  await assert.rejects(downloadFile({ ...task, digest: wrong }, options), /git-sha1 is/);
  await downloadFile({ ...task, digest: { algorithm: "git-sha1", hex: oid } }, options);
});

test("pullModel explains 401 and 404 and does not retry them", async () => {
  hub.requiredToken = "secret";
  await assert.rejects(pull(), /answered 401: the model is gated.*HF_TOKEN/);
  assert.equal(hub.requests.length, 1);
  await pull({ connection: hub.connection({ token: "secret" }) });
  await assertComplete();
  const missing: ModelReference = {
    ...(reference as ModelReference & { kind: "hub" }),
    repo: "someone/else",
  };
  await assert.rejects(
    pullModel(missing, {
      connection: hub.connection({ token: "secret" }),
      storage: createDiskStorage(folder),
    }),
    /does not exist \(404\)/,
  );
});

test("pullModel follows redirects to another host without the token", async () => {
  const cdn = new FakeHub();
  cdn.files.set(file, content);
  await cdn.listen();
  try {
    hub.redirectTo = cdn.endpoint;
    cdn.faults.push({ kind: "drop", afterBytes: 40_000 });
    await pull({ connection: hub.connection({ token: "secret" }) });
    await assertComplete();
    assert.equal(hub.requests[0]?.authorization, "Bearer secret");
    assert.deepEqual(new Set(cdn.requests.map(({ authorization }) => authorization)), new Set([null]));
  } finally {
    await cdn.close();
  }
});

test("two pulls of one model at once: one downloads, the other waits, both succeed", async () => {
  hub.faults.push({ kind: "drop", afterBytes: 90_000 });
  const waits: string[] = [];
  const [a, b] = await Promise.all([
    pull({ onWait: (who) => waits.push(who) }),
    pull({ onWait: (who) => waits.push(who) }),
  ]);
  await assertComplete();
  assert.equal(waits.length, 1);
  assert.deepEqual(a.files, b.files);
  assert.equal(hub.numDownloads, 2);
});

test("pullModel takes over the lock of a process that is gone", async () => {
  const storage = createDiskStorage(folder);
  const gone = { pid: 2 ** 30, host: (await import("node:os")).hostname(), token: "t" };
  await storage.writeText(`${target}.lock`, JSON.stringify(gone));
  await pull();
  await assertComplete();
});

test("pullModel stops on abort, keeps what came and resumes later", async () => {
  hub.faults.push({ kind: "stall", afterBytes: 60_000 });
  const controller = new AbortController();
  const onProgress = ({ receivedBytes }: { receivedBytes: number }): void => {
    if (receivedBytes > 0) controller.abort();
  };
  // What waits for the server would wait for weeks.
  const retry = { ...hub.connection().retry, stallTimeoutMs: 2 ** 31 - 1 };
  const connection = hub.connection({ signal: controller.signal, retry });
  await assert.rejects(pull({ connection, onProgress }), { name: "AbortError" });
  await assertNothingFinal();
  await pull();
  await assertComplete();
  assert.notEqual(hub.requests.at(-1)?.range, null);
});

test("pullModel refuses before the first byte when the disk is too small", async () => {
  const storage: ModelStorage = { ...createDiskStorage(folder), freeBytes: async () => 1000 };
  await assert.rejects(pull({ storage }), /needs 300000 more bytes, but only 1000 are free/);
  assert.equal(hub.numDownloads, 0);
});

test("pullModel keeps what it has when the disk fills up, and says so", async () => {
  const disk = createDiskStorage(folder);
  const full: ModelStorage = {
    ...disk,
    async openAt(path, offset) {
      const writer = await disk.openAt(path, offset);
      let room = 100_000;
      return {
        ...writer,
        async write(bytes) {
          const part = bytes.subarray(0, room);
          room -= part.length;
          await writer.write(part);
          if (part.length < bytes.length) throw new StorageFullError("No space left on the disk");
        },
      };
    },
  };
  await assert.rejects(
    pull({ storage: full }),
    /No space left on the disk after 100000 bytes; .*run again to resume/,
  );
  await pull();
  await assertComplete();
  assert.equal(hub.requests.at(-1)?.range, "bytes=100000-");
});

test("pullModel refuses file names that climb out of the folder", async () => {
  hub.files.clear();
  hub.files.set("../../evil-Q4_0.gguf", content);
  await assert.rejects(pull(), /refused/);
});

test("pullModel refuses when offline and names the URL; the egress log sees every request", async () => {
  const events: string[] = [];
  const stop = onEgress(({ url, status, purpose }) => events.push(`${purpose} ${url} ${status}`));
  setOffline(true);
  try {
    await assert.rejects(pull(), new RegExp(`Offline: refused to request ${hub.endpoint}/api/models`));
    setOffline(null);
    await pull();
  } finally {
    setOffline(null);
    stop();
  }
  const base = `pull ${hub.endpoint}`;
  assert.deepEqual(events, [
    `${base}/api/models/someone/tiny-GGUF/tree/main null`,
    `${base}/api/models/someone/tiny-GGUF/tree/main 200`,
    `${base}/someone/tiny-GGUF/resolve/main/${file} 200`,
  ]);
});

test("pullModel downloads a plain URL", async () => {
  const url = `${hub.endpoint}/cdn/${file}`;
  const manifest = await pullModel(
    { kind: "url", url },
    { connection: hub.connection(), storage: createDiskStorage(folder) },
  );
  await assertComplete();
  assert.equal(manifest.source, url);
});

test("pullModel leaves no empty folder behind when nothing came", async () => {
  const url = `${hub.endpoint}/cdn/missing.gguf`;
  const options = { connection: hub.connection(), storage: createDiskStorage(folder) };
  await assert.rejects(pullModel({ kind: "url", url }, options), /404/);
  assert.deepEqual(await readdir(folder), []);
});

test("createDiskStorage never leaves its folder", async () => {
  const storage = createDiskStorage(folder);
  await assert.rejects(storage.writeText("../x", ""), RangeError);
  await writeFile(join(folder, "a"), "12345");
  const writer = await storage.openAt("a", 2);
  await writer.close();
  assert.equal(await storage.size("a"), 2);
});
