import { type LoadInWorker, WorkerHost } from "./host.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** What a thread's port looks like in Node (`worker_threads`) and in a browser (`self` of a dedicated worker). */
export interface ThreadPort {
  postMessage(message: FromWorker): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  /** Browsers' ports start when asked; a worker's own needs no start. */
  start?(): void;
  close(): void;
}

/** Makes a thread a worker: the other end of the port speaks the protocol. */
export function hostThread(port: ThreadPort, loadEngine: LoadInWorker): void {
  const host = new WorkerHost(
    { send: (message) => port.postMessage(message), close: () => port.close() },
    loadEngine,
  );
  port.addEventListener("message", ({ data }) => host.receive(data as ToWorker));
  port.start?.();
}

/** The port of this thread to whoever started it. */
export async function ownPort(): Promise<ThreadPort> {
  if (typeof process === "undefined") return globalThis as unknown as ThreadPort;
  const { parentPort } = await import("node:worker_threads");
  if (parentPort === null) throw new Error("This file is the entry of a worker thread; start it as one");
  return parentPort as unknown as ThreadPort;
}
