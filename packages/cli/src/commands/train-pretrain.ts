import { accessSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { PretrainOptions, PretrainRecipe, PretrainResult, PretrainStart } from "@llamero/train/pretrain";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag, textFlag } from "../flags.ts";
import { reportDegradations } from "../model/open-model.ts";
import { formatDuration, formatNumber } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { endInterrupted } from "../train/end-interrupted.ts";
import { machineRate } from "../train/machine-rate.ts";
import { runOrExplain } from "../train/run-or-explain.ts";
import { resumeFlag, trainBackendFlag } from "../train/train-flags.ts";
import { TrainProgress } from "../train/train-progress.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<recipe> [overrides...]",
  details: `The recipe is YAML: tokenizer, model or init, data, batch, schedule (docs/pre-training.md); a folder or file of
texts stands for a recipe with these texts. key=value behind it changes a field, such as batch.steps=100. A run that was interrupted or killed goes on from its last checkpoint with
--resume, and ends with the same bytes as one that was not. With init (or --init) it goes on with the weights of a model.`,
  flags: {
    out: textFlag("-o, --out <folder>", "the run's folder (default: runs/NAME in LLAMERO_HOME)"),
    init: textFlag("--init <model>", "go on with the weights of this model, instead of the recipe's"),
    old: textFlag("--old <files>", "text of the kind that the model should not forget"),
    replay: numberFlag(
      "--replay <share>",
      "share of old text in what is learned (default: the recipe's, 0.1)",
      null,
      {
        min: 0,
        max: 0.99,
      },
    ),
    resume: resumeFlag,
    threads: modelFlags.threads,
    backend: trainBackendFlag("compute with"),
    json: jsonFlag,
  },
  examples: [
    "llamero train pretrain base.yaml",
    "llamero train pretrain base.yaml batch.steps=2000 learningRate=3e-3 --resume",
    "llamero train pretrain news/ --init SmolLM2-135M-Instruct --old wiki.jsonl --replay 0.2 batch.steps=500",
  ],
  async run(_, values, [path, ...overrides]) {
    const { pretrain, runFolder } = await import("@llamero/train/pretrain");
    const more = await overridesOf(values);
    const recipe = await readRecipe(path!, [...more, ...overrides]);
    const folder = values.out === null ? runFolder(recipe) : resolve(values.out);
    const operationsPerSecond = values.backend === "reference" ? null : await machineRate(values.threads);
    let progress: TrainProgress | null = null;
    const options: PretrainOptions = {
      folder,
      resume: values.resume,
      signal: interruptSignal(),
      ...(values.threads === null ? {} : { threads: values.threads }),
      ...(values.backend === null ? {} : { backend: values.backend }),
      listener: (event) => progress?.update(event),
      onTokenize: ({ source, files, totalFiles, tokens }) =>
        process.stderr.write(`${source}: ${files} of ${totalFiles} files, ${count(tokens)} tokens\n`),
      onStart: (start) => {
        describeStart(start);
        progress = new TrainProgress({
          steps: recipe.batch.steps,
          operationsPerToken: 6 * start.parameters,
          operationsPerSecond,
        });
      },
    };
    let result: PretrainResult;
    try {
      result = await runOrExplain(() => pretrain(recipe, options));
    } finally {
      (progress as TrainProgress | null)?.[Symbol.dispose]();
    }
    if (values.json) printJson(result);
    else if (result.stopped === "finished") print(result);
    if (result.stopped === "finished") return exitCodes.ok;
    return endInterrupted(
      `after step ${result.step}, which is saved in ${result.checkpoint}`,
      `Go on: ${resumeCommand([path!, ...overrides], values, folder)}`,
    );
  },
});

interface OverrideValues {
  init: string | null;
  old: string | null;
  replay: number | null;
}

/** What the flags say, as overrides of the recipe. */
async function overridesOf({ init, old, replay }: OverrideValues): Promise<string[]> {
  const overrides: string[] = [];
  if (init !== null) {
    const { resolveLocal } = await import("../model/resolve-model.ts");
    const { path } = await resolveLocal(init);
    overrides.push(`init=${JSON.stringify(resolve(path))}`, "model=null");
  }
  if (old !== null)
    overrides.push(`data.sources.old=${JSON.stringify(resolve(old))}`, "data.replay.sources=[old]");
  if (replay !== null) overrides.push(`data.replay.share=${replay}`);
  return overrides;
}

function resumeCommand(words: readonly string[], values: OverrideValues, folder: string): string {
  const flags = (["init", "old", "replay"] as const).flatMap((name) =>
    values[name] === null ? [] : [`--${name}`, String(values[name])],
  );
  const all = [...words, ...flags, "--out", folder, "--resume"];
  const quote = (word: string): string =>
    /^[\w./=:,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return `llamero train pretrain ${all.map(quote).join(" ")}`;
}

async function readRecipe(path: string, overrides: readonly string[]): Promise<PretrainRecipe> {
  const { readPretrainRecipe } = await import("@llamero/train/pretrain");
  let text: string;
  try {
    // Texts themselves stand for a recipe of them; JSON is YAML.
    text = /\.ya?ml$/i.test(path) ? readFileSync(path, "utf8") : JSON.stringify(recipeOfTexts(path));
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
  }
  return runOrExplain(
    () => readPretrainRecipe(text, path, overrides),
    "docs/pre-training.md describes the recipe",
  );
}

function recipeOfTexts(path: string): object {
  const texts = resolve(path);
  accessSync(texts);
  const name = basename(texts).replace(/[^\w-]+/g, "_");
  return { name, data: { sources: { [name]: texts } } };
}

function describeStart({ parameters, backend, threads, degradations, sources, folder }: PretrainStart): void {
  reportDegradations(degradations);
  const lines = Object.entries(sources).map(
    ([name, { tokens, epochs }]) => `  ${name}: ${count(tokens)} tokens, ${epochs.toFixed(2)} times through`,
  );
  process.stderr.write(
    `${count(parameters)} parameters on ${backend}, ${threads} ${threads === 1 ? "thread" : "threads"}, in ${folder}\n${lines.join("\n")}\n`,
  );
}

function print({ model, step, tokens, seconds, before, after, average }: PretrainResult): void {
  const rows = Object.keys(after).map((name) => {
    const averaged = average?.[name];
    const mean = averaged === undefined ? "" : `, averaged ${averaged.toFixed(3)}`;
    return `${name}: ${before[name]?.toFixed(3) ?? "-"} before, ${after[name]!.toFixed(3)} after${mean}`;
  });
  process.stdout.write(
    `${[...rows, `${count(step)} steps, ${count(tokens)} tokens in ${formatDuration(seconds)} (${formatNumber(tokens / seconds)} tokens/s)`, model].join("\n")}\n`,
  );
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
