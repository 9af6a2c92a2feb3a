/**
 * The store: writes a second and their latency, for one writer and for many at once; reads; and how late the event loop
 * gets under 500 writes a second.
 *
 *   node --conditions=@llamero/source --import tsx bench/store.bench.ts [seconds each, default 3] [postgres:// URL]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { openPostgresStore } from "../packages/stack/src/store/postgres/open-postgres-store.ts";
import { chooseSqlite } from "../packages/stack/src/store/sqlite/driver.ts";
import { openSqliteStore } from "../packages/stack/src/store/sqlite/open-sqlite-store.ts";
import type { Store } from "../packages/stack/src/store/store.ts";
import { machineLine } from "./paired.ts";

const secondsEach = Number(process.argv[2] ?? 3);
const postgresUrl = process.argv[3];
const value = { object: "response", text: "x".repeat(1000), usage: { input_tokens: 10, output_tokens: 200 } };
let count = 0;

function percentile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
}

async function writeOne(store: Store): Promise<number> {
  const start = performance.now();
  await store.write({ write: "put", kind: "response", id: `r${count++}`, owner: "bench", value });
  return performance.now() - start;
}

/** Latencies of so many writers that each wait for their last write, and the writes a second of all. */
async function closedLoop(store: Store, writers: number): Promise<string> {
  const end = performance.now() + secondsEach * 1000;
  const latencies: number[] = [];
  const write = async (): Promise<void> => {
    while (performance.now() < end) latencies.push(await writeOne(store));
  };
  await Promise.all(Array.from({ length: writers }, write));
  return `${(latencies.length / secondsEach).toFixed(0)} | ${percentile(latencies, 0.5)} | ${percentile(latencies, 0.99)}`;
}

async function reads(store: Store): Promise<string> {
  const latencies: number[] = [];
  const end = performance.now() + (secondsEach * 1000) / 3;
  while (performance.now() < end) {
    const start = performance.now();
    await store.get("response", `r${Math.floor(Math.random() * count)}`, "bench");
    latencies.push(performance.now() - start);
  }
  return `${percentile(latencies, 0.5)} | ${percentile(latencies, 0.99)}`;
}

/** Delay of the event loop beyond its 1 ms timer: p50, p99 and largest, in ms, with so many writes a second. */
async function loopDelay(perSecond: number, store: Store | null): Promise<string> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const writes: Promise<number>[] = [];
  const start = performance.now();
  delay.enable();
  while (performance.now() < start + secondsEach * 1000) {
    const due = Math.floor(((performance.now() - start) / 1000) * perSecond);
    while (store !== null && writes.length < due) writes.push(writeOne(store));
    await sleep(2);
  }
  delay.disable();
  const latencies = await Promise.all(writes);
  const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(1);
  const done = store === null ? "-" : percentile(latencies, 0.99);
  return `${ms(delay.percentile(50))} | ${ms(delay.percentile(99))} | ${ms(delay.max)} | ${done}`;
}

async function bytes(store: Store): Promise<string> {
  const file = new Uint8Array(50_000_000).fill(7);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  await store.write({ write: "putBytes", id: "bench", bytes: file });
  const written = performance.now();
  await store.getBytes("bench");
  delay.disable();
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  await store.write({ write: "deleteBytes", id: "bench" });
  return `${seconds(written - start)} | ${seconds(performance.now() - written)} | ${(delay.max / 1e6).toFixed(0)}`;
}

const folder = mkdtempSync(join(tmpdir(), "llamero-store-bench-"));
const hasNodeSqlite = await chooseSqlite("node").then(
  () => true,
  () => false,
);
const stores: [name: string, open: () => Promise<Store>][] = [
  ["SQLite in WebAssembly", () => openSqliteStore(join(folder, "wasm.db"), { build: "wasm" })],
];
if (hasNodeSqlite)
  stores.push(["node:sqlite", () => openSqliteStore(join(folder, "node.db"), { build: "node" })]);
if (postgresUrl !== undefined) stores.push(["PostgreSQL", () => openPostgresStore(postgresUrl)]);

try {
  console.log(machineLine());
  console.log(`Node ${process.version}, objects of about 1 kB, ${secondsEach} s each; times in ms`);
  console.log(`\nevent loop without a store: p50 | p99 | max: ${await loopDelay(0, null)}`);
  for (const [name, open] of stores) {
    await using store = await open();
    console.log(`\n${name}`);
    for (const writers of [1, 64, 1000])
      console.log(`${writers} writers: writes/s | p50 | p99: ${await closedLoop(store, writers)}`);
    console.log(`reads: p50 | p99: ${await reads(store)}`);
    console.log(`500 writes/s: event loop p50 | p99 | max | write p99: ${await loopDelay(500, store)}`);
    console.log(`50 MB: write s | read s | event loop max: ${await bytes(store)}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
