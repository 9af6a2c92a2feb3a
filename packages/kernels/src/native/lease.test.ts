import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type MachineLease, openMachineLease } from "./lease.ts";

/** A lease file of this test, or null without the addon. */
function leaseFile(t: TestContext): string | null {
  const folder = mkdtempSync(join(tmpdir(), "llamero-lease-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "compute.lease");
  try {
    openMachineLease(path).close();
    return path;
  } catch (error) {
    t.skip((error as Error).message);
    return null;
  }
}

/** Until so many leases wait, which the system knows: each has a lock on the byte of its priority. */
async function untilWaiting(path: string, count: number): Promise<void> {
  const { ino } = statSync(path);
  const waiter = new RegExp(`^\\d+: OFDLCK .*READ .*:${ino} [1-9]`, "gm");
  const end = Date.now() + 10_000;
  while ((readFileSync("/proc/locks", "utf8").match(waiter) ?? []).length < count && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

function open(t: TestContext, path: string): MachineLease {
  const lease = openMachineLease(path);
  t.after(() => lease.close());
  return lease;
}

test("MachineLease has one holder, and goes to the waiter when that lets go", async (t) => {
  const path = leaseFile(t);
  if (path === null) return;
  const [a, b] = [open(t, path), open(t, path)];
  assert.equal(a.tryAcquire("decode"), true);
  assert.equal(b.tryAcquire("decode"), false);
  let isHeld = false;
  const waiting = b.acquire("decode").then(() => {
    isHeld = true;
  });
  await untilWaiting(path, 1);
  assert.equal(isHeld, false);
  a.release();
  // Who waits goes before who only tries.
  assert.equal(a.tryAcquire("decode"), false);
  await waiting;
  b.release();
  assert.equal(a.tryAcquire("training"), true);
});

test("MachineLease goes to the higher priority first", async (t) => {
  const path = leaseFile(t);
  if (path === null) return;
  const [holder, low, high] = [open(t, path), open(t, path), open(t, path)];
  assert.equal(holder.tryAcquire("decode"), true);
  const order: string[] = [];
  const waits = [low.acquire("training").then(() => order.push("training"))];
  await untilWaiting(path, 1);
  waits.push(high.acquire("decode").then(() => order.push("decode")));
  await untilWaiting(path, 2);
  holder.release();
  await waits[1];
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual(order, ["decode"]);
  high.release();
  await Promise.all(waits);
  assert.deepEqual(order, ["decode", "training"]);
});

test("MachineLease is free as soon as its holder is killed", async (t) => {
  const path = leaseFile(t);
  if (path === null) return;
  const source = `import { openMachineLease } from ${JSON.stringify(new URL("./lease.ts", import.meta.url).href)};
    const lease = openMachineLease(${JSON.stringify(path)});
    console.log(lease.tryAcquire("decode"));
    setInterval(() => {}, 1000);`;
  const flags = [
    "--conditions=@llamero/source",
    "--import",
    import.meta.resolve("tsx"),
    "--input-type=module",
  ];
  const child = spawn(process.execPath, [...flags, "-e", source], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = await new Promise<unknown[]>((resolve) =>
    child.stdout.once("data", (...args) => resolve(args)),
  );
  assert.equal(String(said).trim(), "true");
  const lease = open(t, path);
  assert.equal(lease.tryAcquire("decode"), false);
  const waiting = lease.acquire("decode");
  child.kill("SIGKILL");
  await waiting;
  lease.release();
});
