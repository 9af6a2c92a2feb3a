import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { sumMemoryWasm } from "./sum-memory.data.ts";

/** How fast this machine reads memory, which bounds generation. */
export interface ReadBandwidth {
  bytesPerSecond: number;
  threads: number;
  /** Bytes read over and over; about the size of the model, since small ones live in caches. */
  sizeBytes: number;
  /** What read it: our native kernels, or WebAssembly where there are none. */
  method: "native" | "wasm";
}

const minBytes = 32e6;
const maxBytes = 512e6;
/** What the native measurement reads; anything smaller may be faster, since caches hold some of it. */
const nativeBytes = 512 * 2 ** 20;
const cachedBelowBytes = 256e6;
const seconds = 0.3;

/** Reads its own part of memory in every thread at once; begins when told, so that all threads read together. */
const workerSource = `
const { workerData, parentPort } = require("node:worker_threads");
const { sizeBytes, milliseconds, wasm } = workerData;
const { memory, sum } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(wasm, "base64"))).exports;
memory.grow(Math.ceil(sizeBytes / 65536));
new Uint8Array(memory.buffer).fill(1);
const slice = Math.min(sizeBytes, 4 << 20);
let at = 0;
const step = () => {
  sum(at, at + slice);
  at = at + 2 * slice <= sizeBytes ? at + slice : 0;
};
for (let i = 0; i < 8; i++) step();
const measure = (milliseconds) => {
  const start = performance.now();
  let bytes = 0;
  for (; performance.now() - start < milliseconds; bytes += slice) step();
  return bytes / ((performance.now() - start) / 1000);
};
parentPort.postMessage("ready");
// The best of three: other programs only ever make it slower.
parentPort.once("message", () => parentPort.postMessage({ bytesPerSecond: Math.max(...[3, 3, 3].map((n) => measure(milliseconds / n))) }));
`;

/** Measures for about a third of a second: natively where there is an addon, and again at the size of a small model. */
export async function measureReadBandwidth(
  options: { sizeBytes?: number; threads?: number } = {},
): Promise<ReadBandwidth> {
  const threads = Math.min(options.threads ?? availableParallelism(), 64);
  const sizeBytes = Math.min(maxBytes, Math.max(minBytes, options.sizeBytes ?? maxBytes));
  const { measureReadBandwidth: measureNatively } = await import("@llamero/kernels");
  const gigabytes = measureNatively(threads);
  const native: ReadBandwidth | null =
    gigabytes === null
      ? null
      : { bytesPerSecond: gigabytes * 1e9, threads, sizeBytes: nativeBytes, method: "native" };
  if (native !== null && sizeBytes >= cachedBelowBytes) return native;
  const wasm = await measureInWasm(sizeBytes, threads);
  return native !== null && native.bytesPerSecond >= wasm.bytesPerSecond ? native : wasm;
}

async function measureInWasm(sizeBytes: number, threads: number): Promise<ReadBandwidth> {
  const perThread = Math.ceil(sizeBytes / threads / 4096) * 4096;
  const workerData = { sizeBytes: perThread, milliseconds: seconds * 1000, wasm: sumMemoryWasm };
  const workers = Array.from({ length: threads }, () => new Worker(workerSource, { eval: true, workerData }));
  try {
    await Promise.all(workers.map(nextMessage));
    const results = workers.map(nextMessage);
    for (const worker of workers) worker.postMessage("go");
    let bytesPerSecond = 0;
    for (const result of await Promise.all(results)) {
      bytesPerSecond += (result as { bytesPerSecond: number }).bytesPerSecond;
    }
    return { bytesPerSecond, threads, sizeBytes: perThread * threads, method: "wasm" };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}
