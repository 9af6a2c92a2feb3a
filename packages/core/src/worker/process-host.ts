import { type LoadInWorker, WorkerHost } from "./host.ts";
import type { ToWorker } from "./protocol.ts";

/** Makes this process a worker of the one that forked it. */
export function hostProcess(loadEngine: LoadInWorker): void {
  const end = (): void => {
    // The kernel takes everything back; nothing of this process is worth waiting for.
    process.kill(process.pid, "SIGKILL");
  };
  const host = new WorkerHost(
    {
      send: (message) => {
        if (process.connected) process.send?.(message, undefined, {}, () => {});
      },
      close: () => process.disconnect(),
    },
    loadEngine,
  );
  process.on("message", (message) => host.receive(message as ToWorker));
  process.on("disconnect", end);
  // The parent decides when workers end; Ctrl-C in a terminal reaches them too.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {});
}
