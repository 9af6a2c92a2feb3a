import { Worker } from "node:worker_threads";
import type { FromWorker, StartWorker, ToWorker } from "./protocol.ts";

const defaultEntry = new URL(
  import.meta.url.endsWith(".ts") ? "./thread-entry.ts" : "./thread-entry.js",
  import.meta.url,
);

/** Starts workers as threads of this process: no second address space, and no protection against a native crash. */
export function threadWorkers(entry: URL = defaultEntry): StartWorker {
  return ({ onMessage, onExit }) => {
    const thread = new Worker(entry);
    let why = "ended";
    thread.on("message", (message) => onMessage(message as FromWorker));
    thread.on("error", (error) => {
      why = error.message;
    });
    thread.once("exit", () => onExit(why));
    return {
      pid: null,
      send: (message: ToWorker) => thread.postMessage(message),
      kill: () => void thread.terminate(),
    };
  };
}
