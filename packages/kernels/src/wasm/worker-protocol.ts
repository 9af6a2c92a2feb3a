import type { WasmMemory, WasmModule } from "./web-assembly.ts";

/** What a worker is given when it starts. */
export interface WorkerSetup {
  module: WasmModule;
  memory: WasmMemory;
  thread: number;
  threads: number;
}

/** What a worker tells its host. */
export type WorkerMessage = { kind: "ready" } | { kind: "done" } | { kind: "failed"; message: string };
