import { relative } from "node:path";
import type { RunTuneOptions, TuneRecipe, TuneResult, TuneStart } from "@llamero/train/tune";
import { reportDegradations } from "../model/open-model.ts";
import { formatDuration, formatNumber } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { runOrExplain } from "./run-or-explain.ts";
import { TrainProgress } from "./train-progress.ts";

/** What the flags of a command say of its run. */
interface TuningFlags {
  resume: boolean;
  backend: "native" | "reference" | null;
  threads: number | null;
}

/** Trains as a recipe says, with its start told and its progress shown; Ctrl-C ends it after a step. */
export async function runTuning<R extends Pick<TuneRecipe, "out">>(
  recipe: R,
  { resume, backend, threads }: TuningFlags,
  run: (recipe: R, options: RunTuneOptions) => Promise<TuneResult>,
): Promise<TuneResult> {
  let progress: TrainProgress | null = null;
  const options: RunTuneOptions = {
    resume,
    signal: interruptSignal(),
    choice: { ...(backend !== null && { backend }), ...(threads !== null && { threads }) },
    listener: (event) => progress?.update(event),
    onStart: (start) => {
      describeStart(start, recipe);
      progress = new TrainProgress(start);
    },
  };
  try {
    return await runOrExplain(() => run(recipe, options));
  } finally {
    (progress as TrainProgress | null)?.[Symbol.dispose]();
  }
}

/** Says what is about to be trained. */
function describeStart(start: TuneStart, { out }: Pick<TuneRecipe, "out">): void {
  reportDegradations(start.degradations);
  for (const note of start.notes) process.stderr.write(`Note: ${note}\n`);
  const { trainableCount, parameterCount, backend, threads, examples, validation, steps } = start;
  process.stderr.write(
    `${number(trainableCount)} of ${number(parameterCount)} parameters on ${backend}, ${threads} ${threads === 1 ? "thread" : "threads"}, in ${out}\n${number(examples)} examples, ${number(validation)} held out, ${number(steps)} steps\n`,
  );
}

/** Says what came of it: figures of held-out data before and after, and what was written. */
export function printTuning(
  { before, after, steps, tokens, seconds, paths }: TuneResult,
  unit: "tokens" | "pairs",
): void {
  const rows = Object.keys(after).map(
    (name) => `${name}: ${before[name]?.toFixed(3) ?? "-"} before, ${after[name]!.toFixed(3)} after`,
  );
  const written = paths.map((path) => relative(process.cwd(), path));
  process.stdout.write(
    `${[...rows, `${number(steps)} steps, ${number(tokens)} ${unit} in ${formatDuration(seconds)} (${formatNumber(tokens / seconds)} ${unit}/s)`, ...written].join("\n")}\n`,
  );
}

const number = (value: number): string => value.toLocaleString("en-US");
