import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { GenerateOptions, Generator, Sample, Task, TaskData, TaskResult } from "@llamero/eval";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { findTasks } from "../eval/find-task.ts";
import { openGenerator, openServer } from "../eval/open-generator.ts";
import { openSandbox } from "../eval/open-sandbox.ts";
import { EvalProgress } from "../eval/progress.ts";
import { scoreTable } from "../eval/score-table.ts";
import { choiceFlag, jsonFlag, modeFlag, modelFlags, numberFlag, switchFlag, textFlag } from "../flags.ts";
import { reportDegradations } from "../model/open-model.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";

const count = (flags: string, description: string, min: number) =>
  numberFlag(flags, description, null, { min, isInteger: true });

export const command: CommandDefinition = defineCommand({
  arguments: "<model> <tasks>",
  details:
    "The model is one of this machine or the URL of a server that speaks the OpenAI protocol, up to and including /v1, with #NAME behind it for one of its models. Tasks are names between commas, or beginnings of names with * behind them. Answers and outcomes are kept, so that the same command goes on where an earlier one was stopped or killed.",
  flags: {
    ...modelFlags,
    mode: modeFlag("exact"),
    limit: count("--limit <n>", "score the first n items only", 1),
    shots: count("--shots <n>", "examples before each item (default: the task's own number)", 0),
    shotChoice: choiceFlag("--shot-choice <how>", "which examples", ["first", "seeded"] as const, "first"),
    seed: numberFlag("--seed <n>", "of drawn examples, sampled answers and intervals", 0, {
      min: 0,
      max: 2 ** 32 - 1,
      isInteger: true,
    }),
    data: textFlag("--data <folder>", "where data sets are (default: eval in LLAMERO_HOME)"),
    lengths: textFlag(
      "--lengths <list>",
      "tokens of texts that a set makes itself, between commas, or meta for those of Meta's tables (default: up to the context)",
    ),
    batch: numberFlag("-b, --batch <n>", "requests at once", 16, { min: 1, max: 1024, isInteger: true }),
    out: textFlag("--out <file>", "report to write (default: below eval-runs in LLAMERO_HOME)"),
    fresh: switchFlag("--fresh", "ask everything again and keep nothing but the report"),
    apiKey: textFlag("--api-key <key>", "key for the server"),
    judge: textFlag("--judge <url>", "server whose model judges answers, for tasks that need one"),
    judgeKey: textFlag("--judge-key <key>", "key for that server"),
    json: jsonFlag,
  },
  examples: [
    "llamero eval run Llama-3.2-1B mmlu,gsm8k --limit 100",
    "llamero eval run http://127.0.0.1:8321/v1 ifeval --out ifeval.json",
  ],
  async run([name, list], values) {
    const { dataFolder, writeReport } = await import("@llamero/eval");
    const signal = interruptSignal();
    const workFolder = join(homeFolder(), "eval-runs");
    const found = await findTasks(list!);
    // Everything that may be missing is found out before the model is loaded.
    const lengths = parseLengths(values.lengths);
    const read = { folder: values.data ?? dataFolder(), shots: values.shots };
    const isMade = (task: Task): boolean => task.source.generate !== undefined;
    const jobs = await readAll(
      found.filter((task) => !isMade(task)),
      read,
    );
    await using judge =
      values.judge === null
        ? null
        : await openServer(values.judge, { apiKey: values.judgeKey, concurrency: values.batch });
    await using opened = await openGenerator(name!, values, { apiKey: values.apiKey, workFolder });
    reportDegradations(opened.generator.degraded);
    const { countTokens } = opened;
    const generate = { lengths, contextLimit: opened.generator.contextLimit, countTokens };
    jobs.push(...(await readAll(found.filter(isMade), { ...read, generate })));
    await using sandbox = found.some(({ kind }) => kind === "code") ? await openSandbox() : null;

    reportDegradations(sandbox?.degraded ?? []);

    const results: TaskResult[] = [];
    const samples: Sample[] = [];
    const out = values.out ?? join(workFolder, "reports", `${reportName(opened.generator)}.json`);
    const options = {
      limit: values.limit,
      shotChoice: values.shotChoice,
      seed: values.seed,
      workFolder: values.fresh ? null : workFolder,
      judge: judge?.generator ?? null,
      runCode: sandbox?.runCode ?? null,
      sandboxDegraded: sandbox?.degraded ?? [],
      ...(values.shots !== null && { numShots: values.shots }),
      signal,
    };
    for (const job of jobs) {
      const done = await runOne(job, opened.generator, options);
      if (done === null) {
        if (results.length > 0) await writeReport(out, results, samples);
        return exitCodes.interrupted;
      }
      results.push(done.result);
      samples.push(...done.samples);
      await writeReport(out, results, samples);
    }
    for (const { degraded } of results) reportDegradations(degraded);
    if (values.json) printJson({ report: out, results });
    else process.stdout.write(scoreTable(results));
    process.stderr.write(`Report: ${out}\n`);
    return reportErrors(results, samples);
  },
});

interface Job {
  task: Task;
  data: TaskData;
}

function parseLengths(text: string | null): readonly number[] | "meta" | null {
  if (text === null || text === "meta") return text;
  const lengths = text.split(",").map(Number);
  if (lengths.every((length) => Number.isInteger(length) && length > 200)) return lengths;
  throw new UsageError(`--lengths is ${text}; it must be whole numbers above 200 between commas, or meta`);
}

async function readAll(
  found: readonly Task[],
  options: { folder: string; shots: number | null; generate?: GenerateOptions },
): Promise<Job[]> {
  const { folder, shots, generate = {} } = options;
  const { readTaskData } = await import("@llamero/eval");
  const jobs: Job[] = [];
  for (const task of found) {
    try {
      const needsShots = (shots ?? task.numShots) > 0;
      jobs.push({ task, data: await readTaskData(task, folder, { needsShots, generate }) });
    } catch (cause) {
      const isUsers =
        cause instanceof SyntaxError ||
        cause instanceof RangeError ||
        (cause instanceof Error && cause.name === "MissingDataError");
      if (!isUsers) throw cause;
      const hint =
        options.generate === undefined ? "--data names another folder" : "--lengths names shorter texts";
      throw new UsageError(`${task.name}: ${cause.message}`, hint, { cause });
    }
  }
  return jobs;
}

type Options = NonNullable<Parameters<typeof import("@llamero/eval").runTask>[3]>;

/** Null when the user stopped it. */
async function runOne(
  { task, data }: Job,
  generator: Generator,
  options: Options & { signal: AbortSignal },
): Promise<{ result: TaskResult; samples: Sample[] } | null> {
  const { runTask } = await import("@llamero/eval");
  using progress = new EvalProgress();
  const onProgress = progress.update.bind(progress);
  try {
    return await runTask(task, data, generator, { ...options, onProgress });
  } catch (error) {
    if (!options.signal.aborted) throw error;
    const { numDone = 0, numItems = 0, numErrors = 0 } = progress.last ?? {};
    const kept = options.workFolder === null ? "lost, since --fresh keeps nothing" : "kept";
    const next = options.workFolder === null ? "" : "; the same command goes on from there";
    const line = `Interrupted: ${numDone - numErrors} of ${numItems} items of ${task.name} are ${kept}${next}`;
    process.stderr.write(`${process.stderr.isTTY ? "\r\x1b[K" : ""}${line}\n`);
    return null;
  }
}

function reportName({ identity }: Generator): string {
  const moment = new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-");
  return `${moment}-${identity.model.replace(/[^\w.-]+/g, "_").slice(0, 60)}`;
}

/** Items that failed make the run one that failed: their scores are missing. */
function reportErrors(results: readonly TaskResult[], samples: readonly Sample[]): number {
  const numErrors = results.reduce((sum, each) => sum + each.numErrors, 0);
  if (numErrors === 0) return exitCodes.ok;
  const { task, index, error } = samples.find((each) => each.error !== null)!;
  process.stderr.write(
    `Error: ${numErrors} items failed and are in no score, the first item ${index} of ${task}: ${error}\nThe same command asks them again; the others are kept\n`,
  );
  return exitCodes.fault;
}
