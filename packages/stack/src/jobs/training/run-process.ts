import { fork } from "node:child_process";
import { JobCrash, JobError } from "../job.ts";
import type { TrainingAsk, TrainingTell } from "./child-protocol.ts";

/** Time to write a checkpoint after a stop; then the process is killed. */
const graceMs = 20_000;

/** Error text of a process that is kept. */
const maxStderr = 4000;

const entry = new URL(
  import.meta.url.endsWith(".ts") ? "./training-process.ts" : "./training-process.js",
  import.meta.url,
);

/** Trains in a process of its own until it is done or the signal stops it; gives the paths of what was made. */
export async function runTrainingProcess(
  ask: Extract<TrainingAsk, { ask: "run" }>,
  { signal, onTell }: { signal: AbortSignal; onTell: (message: TrainingTell) => void },
): Promise<string[]> {
  signal.throwIfAborted();
  const child = fork(entry, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let last: Extract<TrainingTell, { tell: "done" | "failed" }> | null = null;
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = `${stderr}${chunk}`.slice(-maxStderr);
  });
  child.on("message", (message: TrainingTell) => {
    if (message.tell === "done" || message.tell === "failed") last = message;
    else onTell(message);
  });
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    if (child.connected) child.send({ ask: "stop" } satisfies TrainingAsk, () => {});
    timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  };
  signal.addEventListener("abort", onAbort);
  try {
    const ending = new Promise<string>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, killedBy) => resolve(killedBy ?? `exit code ${code}`));
    });
    child.send(ask, () => {});
    const how = await ending;
    signal.throwIfAborted();
    const end = last as Extract<TrainingTell, { tell: "done" | "failed" }> | null;
    if (end?.tell === "done") return end.paths;
    if (end?.tell === "failed") {
      if (end.isUsers) throw new JobError("invalid_value", end.message);
      throw new Error(`Training failed: ${end.message}`);
    }
    throw new JobCrash("process_ended", `The training process ended with ${how}`, {
      cause: new Error(stderr === "" ? "It said nothing" : stderr),
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
