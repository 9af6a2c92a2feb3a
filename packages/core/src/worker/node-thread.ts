import { Worker } from "node:worker_threads";
import type { FromWorker, StartWorker, ToWorker } from "./protocol.ts";

const defaultEntry = new URL(
  import.meta.url.endsWith(".ts") ? "./thread-entry.ts" : "./thread-entry.js",
  import.meta.url,
);

/** Threads do not inherit what translates TypeScript, so a checkout's sources bring it along. */
function sourceEntry(entry: URL): URL {
  const api = import.meta.resolve("tsx/esm/api");
  const text = `import { register } from ${JSON.stringify(api)}; register(); await import(${JSON.stringify(entry.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

/** Starts workers as threads of this process: no second address space, and no protection against a native crash. */
export function threadWorkers(entry: URL = defaultEntry): StartWorker {
  return ({ onMessage, onExit }) => {
    const thread = new Worker(entry.href.endsWith(".ts") ? sourceEntry(entry) : entry);
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
