import { setMaxListeners } from "node:events";

let controller: AbortController | null = null;

/** A signal that the first Ctrl-C (or SIGTERM) fires; the second ends the process. */
export function interruptSignal(): AbortSignal {
  if (controller === null) {
    controller = new AbortController();
    // Every sequence of a batch listens.
    setMaxListeners(0, controller.signal);
    const stop = (): void => {
      if (controller?.signal.aborted === true) process.exit(130);
      controller?.abort();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  }
  return controller.signal;
}
