import { type ChildProcess, fork } from "node:child_process";
import type { FromWorker, StartWorker, ToWorker } from "./protocol.ts";

/** The entry of a worker process, beside this file whether that is source or built. */
const defaultEntry = new URL(
  import.meta.url.endsWith(".ts") ? "./process-entry.ts" : "./process-entry.js",
  import.meta.url,
);

/** Flags of this process that would make a worker debug, test or watch as well, or run the text given to `-e`. */
const ownFlags = /^--(inspect|debug|test|watch|experimental-test|cpu-prof|heap-prof|input-type)/;
const evalFlags = new Set(["-e", "--eval", "-p", "--print", "-pe"]);

function workerFlags(): string[] {
  const { execArgv } = process;
  return execArgv.filter((flag, i) => {
    const isEval = evalFlags.has(flag) || evalFlags.has(execArgv[i - 1] ?? "");
    return !isEval && !ownFlags.test(flag);
  });
}

const children = new Set<ChildProcess>();
let isHooked = false;

/** Workers end with this process; should it be killed, they notice that the connection is gone. */
function killWithParent(child: ChildProcess): void {
  children.add(child);
  child.once("exit", () => children.delete(child));
  if (isHooked) return;
  isHooked = true;
  process.on("exit", () => {
    for (const each of children) each.kill("SIGKILL");
  });
}

const exitReason = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === "SIGKILL"
    ? "killed by SIGKILL, as the system does when memory runs out"
    : signal !== null
      ? `killed by ${signal}`
      : `exit code ${code}`;

/** Starts workers as processes of their own. What they print goes to this process's standard error. */
export function processWorkers(entry: URL = defaultEntry): StartWorker {
  return ({ onMessage, onExit }) => {
    const child = fork(entry, {
      execArgv: workerFlags(),
      serialization: "advanced",
      stdio: ["ignore", 2, 2, "ipc"],
    });
    killWithParent(child);
    child.on("message", (message) => onMessage(message as FromWorker));
    child.once("error", (error) => {
      // A process that never started has no exit.
      if (child.pid === undefined) onExit(error.message);
    });
    child.once("exit", (code, signal) => {
      const end = (): void => onExit(exitReason(code, signal));
      // What the worker said last may still be in the pipe.
      if (child.connected) child.once("disconnect", end);
      else end();
    });
    return {
      pid: child.pid ?? null,
      send: (message: ToWorker) => {
        // A worker that is dying cannot be told; its exit follows.
        if (child.connected) child.send(message, () => {});
      },
      kill: () => void child.kill("SIGKILL"),
    };
  };
}
