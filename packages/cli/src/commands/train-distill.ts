import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import type { DistillRecipe, DistillResult, RunDistillOptions } from "@llamero/train/distill";
import type { CommandDefinition, Values } from "../define-command.ts";
import { defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { choiceFlag, jsonFlag, modelFlags, numberFlag, textFlag } from "../flags.ts";
import { reportDegradations } from "../model/open-model.ts";
import { formatDuration } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { endInterrupted } from "../train/end-interrupted.ts";
import { runOrExplain } from "../train/run-or-explain.ts";
import { resumeFlag } from "../train/train-flags.ts";
import { TrainProgress } from "../train/train-progress.ts";

const count = (flags: string, description: string) =>
  numberFlag(flags, description, null, { min: 1, isInteger: true });

const flags = {
  teacher: textFlag("--teacher <model>", "model to learn from: a file, a folder or a name of the store"),
  model: textFlag("-m, --model <model>", "student to go on with"),
  studentLayers: count("--student-layers <n>", "make a student of so many of the teacher's layers"),
  studentWidth: count("--student-width <n>", "make a student of this width, with random weights"),
  kind: choiceFlag("--kind <kind>", "what to learn (default: logits)", ["answers", "logits"] as const, null),
  prompts: textFlag("--prompts <file>", "JSONL of questions for the teacher to answer"),
  data: textFlag("-d, --data <file>", "JSONL of conversations, instead of answers of the teacher"),
  out: textFlag("-o, --out <folder>", "the run's folder, with the result in it"),
  temperature: numberFlag("--temperature <t>", "of the soft loss (default: 1)", null, { min: 0.01 }),
  softWeight: numberFlag("--soft-weight <share>", "share of the soft loss (default: 0.9)", null, {
    min: 0,
    max: 1,
  }),
  topK: count("--top-k <n>", "tokens kept with their probability (default: 20)"),
  epochs: count("--epochs <n>", "times through the data"),
  steps: count("--steps <n>", "end after as many optimizer steps"),
  rate: numberFlag("--lr <rate>", "peak learning rate", null, { min: 0 }),
  resume: resumeFlag,
  threads: modelFlags.threads,
  json: jsonFlag,
};

type DistillValues = Values<typeof flags>;

export const command: CommandDefinition = defineCommand({
  arguments: "[recipe-and-overrides...]",
  details: `The teacher answers prompts (or there are answers already), and a student learns them: only the texts (--kind answers, any
student), or also what the teacher thought likely at each position (--kind logits, same tokenizer). A new student has the
teacher's tokenizer, and layers copied from it where only their number is smaller. Every part goes on where it was
stopped; training does so with --resume.`,
  flags,
  examples: [
    "llamero train distill --teacher SmolLM2-135M-Instruct --student-layers 10 --prompts questions.jsonl --out runs/small",
    "llamero train distill distill.yaml softWeight=0.5 --resume",
  ],
  async run(_, values, words) {
    const recipe = await readRecipe(values, words);
    const result = await distill(recipe, values);
    if (values.json) printJson(result);
    else if (result.stopped === "finished") print(result);
    if (result.stopped === "finished") return exitCodes.ok;
    return endInterrupted(
      `after step ${result.step} of ${result.steps}, which is saved in ${recipe.tune.out}`,
    );
  },
});

async function distill(recipe: DistillRecipe, values: DistillValues): Promise<DistillResult> {
  const { runDistill } = await import("@llamero/train/distill");
  let progress: TrainProgress | null = null;
  const bars = {
    answers: new ProgressBar("Teacher answers"),
    targets: new ProgressBar("Teacher's probabilities"),
  };
  const options: RunDistillOptions = {
    resume: values.resume,
    signal: interruptSignal(),
    choice: values.threads === null ? {} : { threads: values.threads },
    listener: (event) => progress?.update(event),
    onTeacher(phase, done, total) {
      if (process.stderr.isTTY) bars[phase].update(done, total);
      else if (done === total || done % 100 === 0)
        process.stderr.write(`Teacher's ${phase}: ${done} of ${total}\n`);
      if (process.stderr.isTTY && done === total) bars[phase].clear();
    },
    onStart: (start) => {
      reportDegradations(start.degradations);
      for (const note of start.notes) process.stderr.write(`Note: ${note}\n`);
      const { trainableCount, backend, threads, examples, validation, steps } = start;
      process.stderr.write(
        `${number(trainableCount)} parameters on ${backend}, ${threads} ${threads === 1 ? "thread" : "threads"}, in ${recipe.tune.out}\n${number(examples)} examples, ${number(validation)} held out, ${number(steps)} steps\n`,
      );
      progress = new TrainProgress(start);
    },
  };
  try {
    return await runOrExplain(() => runDistill(recipe, options));
  } finally {
    (progress as TrainProgress | null)?.[Symbol.dispose]();
  }
}

/** Recipe file, flags and overrides, in this order. */
async function readRecipe(values: DistillValues, words: readonly string[]): Promise<DistillRecipe> {
  const { readDistillRecipe } = await import("@llamero/train/distill");
  const files = words.filter((word) => !word.includes("="));
  const overrides = words.filter((word) => word.includes("="));
  if (files.length > 1) throw new UsageError(`One recipe at a time, not ${files.join(" and ")}`);
  const [path] = files;
  const text = path === undefined ? "{}" : readText(path);
  const folder = path === undefined ? process.cwd() : dirname(resolve(path));
  const given = await overridesOf(values);
  return await runOrExplain(
    () => readDistillRecipe(text, path ?? "train distill", { folder, overrides: [...given, ...overrides] }),
    "docs/distillation.md describes the recipe",
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
  }
}

/** What the flags say, as overrides of the recipe. */
async function overridesOf(values: DistillValues): Promise<string[]> {
  const { resolveLocal } = await import("../model/resolve-model.ts");
  const model = async (name: string): Promise<string> => resolve((await resolveLocal(name)).path);
  const path = (file: string | null): string | null => (file === null ? null : resolve(file));
  const settings: Readonly<Record<string, unknown>> = {
    teacher: values.teacher === null ? null : await model(values.teacher),
    model: values.model === null ? null : await model(values.model),
    "student.layers": values.studentLayers,
    "student.hiddenSize": values.studentWidth,
    kind: values.kind,
    prompts: path(values.prompts),
    data: path(values.data),
    out: path(values.out),
    temperature: values.temperature,
    softWeight: values.softWeight,
    topK: values.topK,
    epochs: values.epochs,
    maxSteps: values.steps,
    learningRate: values.rate,
  };
  return Object.entries(settings).flatMap(([key, value]) =>
    value === null ? [] : [`${key}=${JSON.stringify(value)}`],
  );
}

function print({ before, after, steps, seconds, paths, answers }: DistillResult): void {
  const rows = Object.keys(after).map(
    (name) => `${name}: ${before[name]?.toFixed(3) ?? "-"} before, ${after[name]!.toFixed(3)} after`,
  );
  const said = answers === null ? [] : [`${number(answers.answers)} answers of the teacher`];
  const written = paths.map((path) => relative(process.cwd(), path));
  process.stdout.write(
    `${[...rows, ...said, `${number(steps)} steps in ${formatDuration(seconds)}`, ...written].join("\n")}\n`,
  );
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
