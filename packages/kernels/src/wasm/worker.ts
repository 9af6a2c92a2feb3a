// Entry of a kernel worker, in Node and in browsers: sleeps on the job word, executes its share, reports.
import { CONTROL } from "./control.ts";
import { instantiateKernels, type KernelExports } from "./exports.ts";
import { executePlan } from "./interpreter.ts";
import { nodeBuiltin } from "./web-assembly.ts";
import type { WorkerMessage, WorkerSetup } from "./worker-protocol.ts";

interface Port {
  post(message: WorkerMessage): void;
}

async function serve(setup: WorkerSetup, port: Port): Promise<void> {
  const { memory } = setup;
  const kernels = await instantiateKernels(setup.module, memory);
  const control = new Int32Array(memory.buffer, 0, 64);
  let job = Atomics.load(control, CONTROL.job);
  port.post({ kind: "ready" });
  for (;;) {
    Atomics.wait(control, CONTROL.job, job);
    const next = Atomics.load(control, CONTROL.job);
    if (next === job) continue;
    job = next;
    Atomics.add(control, CONTROL.active, 1);
    // A worker that wakes late finds its job over and stays out: the host may be preparing the next.
    if (Atomics.load(control, CONTROL.finished) === ((job - 1) | 0)) {
      execute(setup, kernels, control, port);
      Atomics.store(control, CONTROL.finished, job);
    }
    const isLast = Atomics.sub(control, CONTROL.active, 1) === 1;
    const finished = Atomics.load(control, CONTROL.finished);
    if (!isLast || finished !== Atomics.load(control, CONTROL.job)) continue;
    const before = (finished - 1) | 0;
    if (Atomics.compareExchange(control, CONTROL.reported, before, finished) === before)
      port.post({ kind: "done" });
  }
}

function execute(
  { memory, thread, threads }: WorkerSetup,
  kernels: KernelExports,
  control: Int32Array,
  port: Port,
): void {
  try {
    for (const _ of executePlan(kernels, memory, thread, threads)) {
      if (Atomics.load(control, CONTROL.cancel) !== 0) return;
    }
  } catch (error) {
    Atomics.store(control, CONTROL.failed, 1);
    Atomics.store(control, CONTROL.cancel, 1);
    port.post({
      kind: "failed",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

const node = nodeBuiltin<{
  parentPort: { postMessage(message: WorkerMessage): void } | null;
  workerData: WorkerSetup;
}>("node:worker_threads");
if (node?.parentPort) {
  const { parentPort } = node;
  await serve(node.workerData, { post: (message) => parentPort.postMessage(message) });
} else {
  const scope = globalThis as unknown as {
    postMessage(message: WorkerMessage): void;
    onmessage: (event: { data: WorkerSetup }) => void;
  };
  scope.onmessage = ({ data }) => void serve(data, { post: (message) => scope.postMessage(message) });
}
