// Entry of a kernel worker, in Node and in browsers: sleeps on the job word, executes its share, reports.
import { CONTROL } from "./control.ts";
import { instantiateKernels } from "./exports.ts";
import { executePlan } from "./interpreter.ts";
import { nodeBuiltin } from "./web-assembly.ts";
import type { WorkerMessage, WorkerSetup } from "./worker-protocol.ts";

interface Port {
  post(message: WorkerMessage): void;
}

async function serve(setup: WorkerSetup, port: Port): Promise<void> {
  const { memory, thread, threads } = setup;
  const kernels = await instantiateKernels(setup.module, memory);
  const control = new Int32Array(memory.buffer, 0, 64);
  let job = Atomics.load(control, CONTROL.job);
  port.post({ kind: "ready" });
  for (;;) {
    Atomics.wait(control, CONTROL.job, job);
    const next = Atomics.load(control, CONTROL.job);
    if (next === job) continue;
    job = next;
    try {
      for (const _ of executePlan(kernels, memory, thread, threads)) {
        if (Atomics.load(control, CONTROL.cancel) !== 0) break;
      }
    } catch (error) {
      Atomics.store(control, CONTROL.failed, 1);
      Atomics.store(control, CONTROL.cancel, 1);
      port.post({
        kind: "failed",
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
    if (Atomics.add(control, CONTROL.done, 1) === threads - 1) port.post({ kind: "done", job });
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
