import type { Measured, Task, TaskResult } from "@llamero/eval";
import { UsageError } from "../errors.ts";

/** Each result of a report with its samples. */
export async function readMeasured(path: string): Promise<Measured[]> {
  const { readReport, readSamples } = await import("@llamero/eval");
  try {
    const { results } = readReport(path);
    const samples = readSamples(path);
    return results.map((result) => ({ result, samples: samples.filter(({ task }) => task === result.task) }));
  } catch (cause) {
    const isMissing = cause instanceof Error && Reflect.get(cause, "code") === "ENOENT";
    if (isMissing)
      throw new UsageError(
        `There is no file ${String(Reflect.get(cause, "path"))}; a report is FILE.json with FILE.samples.jsonl beside it`,
        null,
        { cause },
      );
    if (cause instanceof SyntaxError) throw new UsageError(cause.message, null, { cause });
    throw cause;
  }
}

/** How the metrics of a result's task are made; nothing for a task that is not named here. */
export async function metricsOf({ task, version }: TaskResult): Promise<Task["metrics"]> {
  const { tasks } = await import("@llamero/eval");
  const found = tasks.get(task);
  return found?.version === version ? found.metrics : {};
}
