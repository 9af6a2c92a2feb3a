import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RunCode } from "@llamero/eval";
import type { SynthRecipe, SynthResult } from "@llamero/train/synth";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { type OpenedGenerator, openGenerator, openServer } from "../eval/open-generator.ts";
import { SynthProgressLine } from "../eval/synth-progress.ts";
import { jsonFlag, modelFlags, numberFlag, textFlag } from "../flags.ts";
import { reportDegradations } from "../model/open-model.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";

const count = (flags: string, description: string, min: number) =>
  numberFlag(flags, description, null, { min, isInteger: true });

export const command: CommandDefinition = defineCommand({
  arguments: "<recipe>",
  details:
    "The recipe is YAML: teacher, tasks, filters (docs/synthetic-data.md). The teacher is a model of this machine or the URL of a server that speaks the OpenAI protocol, up to and including /v1, with #NAME behind it for one of its models. Answers and records are kept, so that the same command goes on where an earlier one was stopped or killed; failed items are asked again.",
  flags: {
    ...modelFlags,
    teacher: textFlag("--teacher <model>", "model or URL that writes, instead of the recipe's"),
    out: textFlag("-o, --out <folder>", "write here instead of where the recipe says"),
    limit: count("--limit <n>", "try the first n items of each task only", 1),
    seed: count("--seed <n>", "instead of the recipe's", 0),
    workers: count("-w, --workers <n>", "items under way at once (default: twice the batch)", 1),
    batch: numberFlag("-b, --batch <n>", "requests at once", 16, { min: 1, max: 1024, isInteger: true }),
    judge: textFlag("--judge <url>", "server whose model gives the points, instead of the teacher"),
    apiKey: textFlag("--api-key <key>", "key for the teacher's server"),
    judgeKey: textFlag("--judge-key <key>", "key for the judge's server"),
    json: jsonFlag,
  },
  examples: [
    "llamero data synth recipe.yaml --teacher Llama-3.2-3B-Instruct --limit 20",
    "llamero data synth recipe.yaml --teacher http://127.0.0.1:8321/v1 -o made",
  ],
  async run([path], values) {
    const { runsCode, synthesize } = await import("@llamero/train/synth");
    const recipe = await readRecipe(path!, values);
    const name = values.teacher ?? recipe.teacher.model;
    if (name === null)
      throw new UsageError(`${path} names no teacher`, "Give one with --teacher MODEL or --teacher URL");
    await using opened = await openGenerator(name, values, {
      apiKey: values.apiKey,
      workFolder: join(recipe.out, ".state"),
    });
    await using judge = await openJudge(values);
    const { generator: teacher } = opened;
    reportDegradations(teacher.degraded);
    const languages = new Set(recipe.tasks.filter(runsCode).flatMap(({ programming }) => programming));
    await using sandbox = languages.size === 0 ? null : await openSandbox(languages);
    using progress = new SynthProgressLine();
    let result: SynthResult;
    try {
      result = await synthesize(
        { ...recipe, teacher: { ...recipe.teacher, model: teacher.identity.model } },
        {
          teacher,
          judge: judge?.generator ?? null,
          runCode: sandbox?.runCode ?? null,
          limit: values.limit,
          workers: values.workers,
          signal: interruptSignal(),
          onProgress: progress.update.bind(progress),
        },
      );
    } catch (cause) {
      progress[Symbol.dispose]();
      if (interruptSignal().aborted) {
        process.stderr.write(
          `Interrupted: ${progress.last?.numDone ?? 0} items are kept; the same command goes on from there\n`,
        );
        return exitCodes.interrupted;
      }
      throw explain(cause);
    }
    progress[Symbol.dispose]();
    print(recipe, result, values.json);
    if (result.numFailed === 0) return exitCodes.ok;
    process.stderr.write(
      `Error: ${result.numFailed} items failed, the first ${result.firstFailure}\nThe same command asks them again; the others are kept\n`,
    );
    return exitCodes.fault;
  },
});

interface RecipeValues {
  out: string | null;
  seed: number | null;
}

async function readRecipe(path: string, { out, seed }: RecipeValues): Promise<SynthRecipe> {
  const { parseSynthRecipe } = await import("@llamero/train/synth");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
  }
  try {
    const recipe = parseSynthRecipe(text, path);
    return { ...recipe, ...(out !== null && { out: resolve(out) }), ...(seed !== null && { seed }) };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new UsageError(cause.message, "docs/synthetic-data.md describes the recipe", { cause });
  }
}

async function openJudge(values: {
  judge: string | null;
  judgeKey: string | null;
  batch: number;
}): Promise<OpenedGenerator | null> {
  const { judge, judgeKey, batch } = values;
  return judge === null ? null : await openServer(judge, { apiKey: judgeKey, concurrency: batch });
}

/** A sandbox whose interpreters are there; what is missing is found out before the teacher is asked. */
async function openSandbox(
  languages: ReadonlySet<"python" | "javascript">,
): Promise<AsyncDisposable & { runCode: RunCode }> {
  const { createSandbox, sandboxRunCode } = await import("@llamero/eval/sandbox");
  const sandbox = await createSandbox();
  try {
    for (const language of languages) await sandbox.warm(language);
  } catch (cause) {
    await sandbox[Symbol.asyncDispose]();
    throw new UsageError(
      (cause as Error).message,
      "Or name other languages under programming in the recipe: python, javascript",
      { cause },
    );
  }
  return {
    runCode: sandboxRunCode(sandbox),
    [Symbol.asyncDispose]: async () => await sandbox[Symbol.asyncDispose](),
  };
}

/** What recipe, sources or licence got wrong is the user's to put right. */
function explain(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const isUsers =
    cause instanceof RangeError || cause instanceof SyntaxError || cause.name === "TeacherLicenseError";
  return isUsers ? new UsageError(cause.message, null, { cause }) : cause;
}

function print({ out }: SynthRecipe, { report, ...result }: SynthResult, isJson: boolean): void {
  if (isJson) {
    printJson({ folder: out, ...result, hash: report.lineage.hash });
    return;
  }
  const drops = Object.entries(result.drops).sort((a, b) => b[1] - a[1]);
  const lines = [
    `Tried    ${result.numItems}`,
    `Kept     ${result.numKept}`,
    `Dropped  ${result.numDropped}`,
    ...drops.map(([reason, number]) => `  ${String(number).padStart(6)}  ${reason}`),
    ...result.files.map(({ file, records }) => `${join(out, file)}  ${records} records`),
    join(out, "card.md"),
    join(out, "report.html"),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
