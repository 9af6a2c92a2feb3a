import { basename } from "node:path";
import type { QuantizeOptions, TaskMeasure } from "@llamero/core";
import type { Task, TaskData } from "@llamero/eval";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { choiceFlag, jsonFlag, modeFlag, modelFlags, numberFlag, switchFlag, textFlag } from "../flags.ts";
import { proofRows } from "../model/describe-proof.ts";
import { pickBackend, reportDegradations } from "../model/open-model.ts";
import { withOutputErrors } from "../model/output-errors.ts";
import { readTextFile } from "../model/read-text-file.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { formatBytes } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { formatTable } from "../terminal/table.ts";

const targets = [
  "fp8",
  "int8",
  "q8_0",
  "q6_k",
  "q5_k",
  "q5_k_s",
  "q5_1",
  "q5_0",
  "q4_k",
  "q4_k_s",
  "q4_1",
  "q4_0",
] as const;

export const command: CommandDefinition = defineCommand({
  arguments: "<model> <out>",
  details: `Writes a smaller copy and measures it against its source on a text: perplexity, KL divergence, agreement of the likeliest token. The figures go into the file, and show prints them. A file that loses too much is removed, with exit code 1.
fp8 writes a Hugging Face folder, the others one GGUF file; int8 is another name of q8_0. While it is measured, both models are in memory.`,
  flags: {
    to: choiceFlag("--to <target>", "what to write", targets, null),
    text: textFlag("--text <file>", "text to measure on (default: a text in eight languages)"),
    maxPerplexityCost: numberFlag(
      "--max-perplexity-cost <percent>",
      "perplexity that may be lost (default: by target, 0.5 for 8 bits)",
      null,
      { min: 0 },
    ),
    force: switchFlag("--force", "keep a file that lost more"),
    unproven: switchFlag("--unproven", "write without measuring anything"),
    tasks: textFlag("--tasks <names>", "tasks of eval to score before and after, between commas"),
    limit: numberFlag("--limit <n>", "items of each task", 50, { min: 1, isInteger: true }),
    data: textFlag("--data <folder>", "where data sets of tasks are (default: eval in LLAMERO_HOME)"),
    mode: modeFlag("exact"),
    backend: modelFlags.backend,
    threads: modelFlags.threads,
    json: jsonFlag,
  },
  examples: [
    "llamero quantize Llama-3.2-1B-BF16 model-q4.gguf --to q4_k",
    "llamero quantize ./folder ./folder-fp8 --to fp8 --text book.txt --max-perplexity-cost 0.3",
  ],
  async run([name, out], values) {
    const { to, text, limit, data } = values;
    if (to === null) throw new UsageError(`quantize needs --to TARGET: ${targets.join(", ")}`);
    if (values.unproven && values.tasks !== null) {
      throw new UsageError("--unproven measures nothing, so it goes with no --tasks");
    }
    const content = text === null ? undefined : { name: basename(text), content: readTextFile(text) };
    const { path } = await resolveLocal(name!);
    const { openCheckpoint, quantizeModel } = await import("@llamero/core");
    const source = openCheckpoint(path);
    const tasks = values.tasks === null ? undefined : await measureTasks(values.tasks, { limit, data });
    const { backend, degradations } = await pickBackend(values);
    await using _ = backend;
    reportDegradations(degradations);
    using progress = new StageProgress();
    const options: QuantizeOptions = {
      target: to,
      backend,
      text: content,
      mode: values.mode,
      force: values.force,
      unproven: values.unproven,
      tasks,
      signal: interruptSignal(),
      onProgress: progress.update,
      ...(values.maxPerplexityCost === null ? {} : { maxPerplexityCost: values.maxPerplexityCost / 100 }),
    };
    const result = await withOutputErrors(() => quantizeModel(source, out!, options));
    progress[Symbol.dispose]();
    for (const note of result.notes) process.stderr.write(`Note: ${note}\n`);
    const { proof, isKept } = result;
    if (values.json) printJson(result);
    else if (proof !== null) process.stdout.write(formatTable([], proofRows(proof)));
    if (proof === null) process.stderr.write("Note: nothing was measured; the file holds no proof\n");
    if (!isKept) {
      process.stderr.write(
        `Error: ${to} loses more than it may, so nothing was kept; choose more bits, raise --max-perplexity-cost or say --force\n`,
      );
      return exitCodes.fault;
    }
    if (proof?.isWithinLimit === false) {
      process.stderr.write("Note: kept by --force, though it loses more than it may\n");
    }
    if (!values.json) process.stdout.write(`${result.path}: ${formatBytes(result.sizeBytes)}\n`);
    return exitCodes.ok;
  },
});

class StageProgress implements Disposable {
  #stage: "write" | "measure" | null = null;
  #bar: ProgressBar | null = null;

  readonly update = (stage: "write" | "measure", done: number, total: number): void => {
    if (!process.stderr.isTTY) return;
    if (stage !== this.#stage) {
      this.#bar?.clear();
      this.#bar = new ProgressBar(stage === "write" ? "Writing" : "Measuring");
      this.#stage = stage;
    }
    this.#bar!.update(done, total);
  };

  [Symbol.dispose](): void {
    this.#bar?.clear();
  }
}

/** Scores of tasks by packages/eval: the main metric of each. */
async function measureTasks(
  list: string,
  { limit, data }: { limit: number; data: string | null },
): Promise<TaskMeasure> {
  const { findTasks } = await import("../eval/find-task.ts");
  const { dataFolder, LocalGenerator, readTaskData, runTask } = await import("@llamero/eval");
  const { loadModel, openCheckpoint } = await import("@llamero/core");
  const folder = data ?? dataFolder();
  const jobs: { task: Task; data: TaskData }[] = [];
  for (const task of await findTasks(list)) {
    if (task.kind === "code")
      throw new UsageError(`${task.name} runs code, which quantize does not; leave it out`);
    const needsShots = task.numShots > 0;
    const read = readTaskData(task, folder, { needsShots, generate: {} });
    const taskData = await read.catch((cause: unknown): never => {
      const isMissing = cause instanceof Error && cause.name === "MissingDataError";
      throw isMissing
        ? new UsageError(`${task.name}: ${cause.message}`, "--data names another folder", { cause })
        : cause;
    });
    jobs.push({ task, data: taskData });
  }
  return {
    names: jobs.map(({ task }) => task.name),
    async measure(path) {
      await using model = await loadModel(openCheckpoint(path), { mode: "exact", maxBatch: 8 });
      const generator = await LocalGenerator.create(model, { signal: interruptSignal() });
      const scores: Record<string, number> = {};
      for (const job of jobs) {
        const options = { limit, workFolder: null, signal: interruptSignal() };
        const { result } = await runTask(job.task, job.data, generator, options);
        scores[job.task.name] = result.scores[result.mainMetric]!.value;
      }
      return scores;
    },
  };
}
