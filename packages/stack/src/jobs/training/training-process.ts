/** The process that trains for a server, so that whatever happens to it leaves the server alone. */
import { readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { RunEvent } from "@llamero/train";
import type { TrainingAsk, TrainingTell } from "./child-protocol.ts";

const stop = new AbortController();

const tell = (message: TrainingTell): void => {
  // A server that is gone hears nothing; its run is still brought to a checkpoint.
  if (process.connected) process.send?.(message, undefined, {}, () => {});
};

function onEvent(event: RunEvent): void {
  if (event.event === "step") {
    const { step, tokens, seconds, loss, tokensPerSecond } = event;
    tell({ tell: "step", step, tokens, seconds, loss, tokensPerSecond });
  } else if (event.event === "eval") tell({ tell: "eval", step: event.step, values: { ...event.values } });
  else if (event.event === "checkpoint") tell({ tell: "checkpoint", step: event.step, path: event.path });
}

type Run = Extract<TrainingAsk, { ask: "run" }>;

/** A killed server's process writes a last checkpoint before it goes, under this lock of the run. */
async function earlierProcessGone(folder: string): Promise<void> {
  const mostWaits = 240;
  for (let numWaits = 0; numWaits < mostWaits && isHeld(join(folder, ".lock")); numWaits++) {
    await setTimeout(250, undefined, { signal: stop.signal });
  }
}

function isHeld(path: string): boolean {
  try {
    const id = Number(readFileSync(path, "utf8"));
    return id > 0 && id !== process.pid && process.kill(id, 0);
  } catch {
    return false;
  }
}

async function tune({ method, recipe: table, folder }: Run): Promise<void> {
  const { parseTuneRecipe, runTune } = await import("@llamero/train/tune");
  const recipe = parseTuneRecipe(table, {
    method: method === "dpo" ? "dpo" : "sft",
    owner: "recipe",
    folder,
  });
  const result = await runTune(recipe, {
    resume: true,
    signal: stop.signal,
    listener: onEvent,
    onStart: ({ steps, backend, threads, trainableCount, parameterCount, examples, validation }) => {
      const resources = { backend, threads, trainableCount, parameterCount, examples, validation };
      tell({ tell: "start", steps, resources });
    },
  });
  tell({ tell: "done", stopped: result.stopped, paths: [...result.paths] });
}

async function pretrainMore({ recipe: table, folder, tokensFolder }: Run): Promise<void> {
  const { parsePretrainRecipe, pretrain } = await import("@llamero/train/pretrain");
  const recipe = parsePretrainRecipe(table, { owner: "recipe", folder });
  const result = await pretrain(recipe, {
    folder,
    tokensFolder,
    resume: true,
    signal: stop.signal,
    listener: onEvent,
    onStart: ({ parameters, backend, threads }) =>
      tell({ tell: "start", steps: recipe.batch.steps, resources: { parameters, backend, threads } }),
  });
  tell({ tell: "done", stopped: result.stopped, paths: result.model === null ? [] : [result.model] });
}

process.on("message", (message: TrainingAsk) => {
  if (message.ask === "stop") {
    stop.abort();
    return;
  }
  earlierProcessGone(message.folder)
    .then(() => (message.method === "pretrain" ? pretrainMore(message) : tune(message)))
    .catch((error: unknown) => {
      if (stop.signal.aborted) return tell({ tell: "done", stopped: "interrupted", paths: [] });
      const isUsers =
        error instanceof RangeError ||
        error instanceof SyntaxError ||
        Reflect.get(Object(error), "code") === "ENOENT";
      const text =
        error instanceof Error ? (isUsers ? error.message : (error.stack ?? error.message)) : String(error);
      tell({ tell: "failed", isUsers, message: text });
    })
    .finally(() => {
      if (process.connected) process.disconnect();
    });
});

// A server that is gone needs no model.
process.on("disconnect", () => stop.abort());

try {
  // Answers come before training.
  setPriority(10);
} catch {
  // Some systems do not let a process change it.
}
