import { CONTROL } from "./control.ts";
import type { KernelExports } from "./exports.ts";
import { executePlan } from "./interpreter.ts";
import { nodeBuiltin, type WasmMemory } from "./web-assembly.ts";
import type { WorkerMessage, WorkerSetup } from "./worker-protocol.ts";

/** Executes the plan that the control words name; one at a time. */
export interface Runner {
  readonly threads: number;
  /** Resolves when the plan is done or, soon after `cancel` is set, given up. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/** One worker, whichever host made it. */
interface HostWorker {
  onMessage(listener: (message: WorkerMessage) => void): void;
  onError(listener: (error: Error) => void): void;
  /** Whether the worker keeps the process alive. */
  setBusy(busy: boolean): void;
  terminate(): Promise<void>;
}

interface NodeWorker {
  on(event: "message", listener: (message: WorkerMessage) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface BrowserWorker {
  onmessage: (event: { data: WorkerMessage }) => void;
  onerror: (event: { message: string }) => void;
  postMessage(setup: WorkerSetup): void;
  terminate(): void;
}

function startNodeWorker(
  Worker: new (url: URL, options: object) => NodeWorker,
  url: URL,
  setup: WorkerSetup,
): HostWorker {
  const worker = new Worker(url, { workerData: setup, execArgv: [], name: `llamero-wasm-${setup.thread}` });
  return {
    onMessage: (listener) => worker.on("message", listener),
    onError(listener) {
      worker.on("error", listener);
      worker.on("exit", (code) => listener(new Error(`WebAssembly worker exited with code ${code}`)));
    },
    setBusy: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: async () => void (await worker.terminate()),
  };
}

function startBrowserWorker(
  Worker: new (url: URL, options: object) => BrowserWorker,
  url: URL,
  setup: WorkerSetup,
): HostWorker {
  const worker = new Worker(url, { type: "module" });
  worker.postMessage(setup);
  return {
    onMessage(listener) {
      worker.onmessage = ({ data }) => listener(data);
    },
    onError(listener) {
      worker.onerror = ({ message }) => listener(new Error(message || `Cannot start the worker ${url.href}`));
    },
    setBusy: () => {},
    terminate: async () => worker.terminate(),
  };
}

function startWorker(url: URL, setup: WorkerSetup): HostWorker {
  const node = nodeBuiltin<{ Worker: new (url: URL, options: object) => NodeWorker }>("node:worker_threads");
  if (node !== null) return startNodeWorker(node.Worker, url, setup);
  const { Worker } = globalThis as unknown as { Worker: new (url: URL, options: object) => BrowserWorker };
  return startBrowserWorker(Worker, url, setup);
}

/** Workers over the shared memory; the calling thread never computes. Rejects when they cannot start. */
export async function startWorkers(url: URL, setup: Omit<WorkerSetup, "thread">): Promise<Runner> {
  const control = new Int32Array(setup.memory.buffer, 0, 64);
  const { threads } = setup;
  const workers: HostWorker[] = [];
  let broken: Error | null = null;
  let isClosed = false;
  let finish: ((error: Error | null) => void) | null = null;

  const close = async (): Promise<void> => {
    isClosed = true;
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  const fail = (error: Error): void => {
    if (isClosed) return;
    broken = error;
    Atomics.store(control, CONTROL.cancel, 1);
    finish?.(error);
  };

  try {
    const started = Array.from({ length: threads }, (_, thread) => {
      const worker = startWorker(url, { ...setup, thread });
      workers.push(worker);
      return new Promise<void>((ready, cannotStart) => {
        worker.onError((error) => {
          cannotStart(error);
          fail(error);
        });
        worker.onMessage((message) => {
          if (message.kind === "ready") ready();
          else if (message.kind === "failed")
            finish?.(new Error(`WebAssembly kernel failed: ${message.message}`));
          else if (Atomics.load(control, CONTROL.failed) === 0) finish?.(null);
        });
      });
    });
    await Promise.all(started);
  } catch (error) {
    await close();
    throw error;
  }
  for (const worker of workers) worker.setBusy(false);

  return {
    threads,
    run() {
      if (broken !== null)
        return Promise.reject(new Error("WebAssembly workers are gone", { cause: broken }));
      if (isClosed) return Promise.reject(new Error("WebAssembly backend is closed"));
      return new Promise((done, failed) => {
        workers[0]!.setBusy(true);
        finish = (error) => {
          finish = null;
          workers[0]!.setBusy(false);
          if (error === null) done();
          else failed(error);
        };
        Atomics.store(control, CONTROL.failed, 0);
        Atomics.add(control, CONTROL.job, 1);
        Atomics.notify(control, CONTROL.job);
      });
    },
    async close() {
      await close();
      finish?.(new Error("WebAssembly backend is closed"));
    },
  };
}

/** Longest stretch that the inline runner computes before it lets the event loop turn. */
const INLINE_SLICE_MS = 12;

function eventLoopTurn(): Promise<void> {
  const { setImmediate: immediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  if (immediate !== undefined) return new Promise((turn) => immediate(turn));
  return new Promise((turn) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      turn();
    });
    port1.start();
    port2.postMessage(null);
  });
}

/** Computes on the calling thread, in slices, where no worker can share the memory. */
export function createInlineRunner(kernels: KernelExports, memory: WasmMemory): Runner {
  return {
    threads: 1,
    async run() {
      const control = new Int32Array(memory.buffer, 0, 64);
      let until = performance.now() + INLINE_SLICE_MS;
      for (const _ of executePlan(kernels, memory, 0, 1)) {
        if (control[CONTROL.cancel] !== 0) return;
        if (performance.now() < until) continue;
        await eventLoopTurn();
        until = performance.now() + INLINE_SLICE_MS;
      }
    },
    async close() {},
  };
}
