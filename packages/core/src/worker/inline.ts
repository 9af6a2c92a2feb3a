import { type LoadInWorker, WorkerHost } from "./host.ts";
import type { FromWorker, StartWorker, ToWorker } from "./protocol.ts";

/**
 * Workers inside this thread, for where there is no other: the same protocol, without the isolation. Messages are
 * copied and arrive in a later task, as from anywhere else.
 */
export function inlineWorkers(loadEngine: LoadInWorker): StartWorker {
  return ({ onMessage, onExit }) => {
    let isOpen = true;
    const later = <T>(message: T, receive: (message: T) => void): void => {
      const copy = structuredClone(message);
      setTimeout(() => isOpen && receive(copy), 0);
    };
    const end = (why: string): void => {
      if (!isOpen) return;
      isOpen = false;
      onExit(why);
    };
    const host = new WorkerHost(
      {
        send: (message: FromWorker) => later(message, onMessage),
        close: () => void setTimeout(() => end("closed"), 0),
      },
      loadEngine,
    );
    return {
      pid: null,
      send: (message: ToWorker) => later(message, (each) => host.receive(each)),
      kill: () => {
        host.receive({ type: "close" });
        end("killed");
      },
    };
  };
}
