import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { TuneRecipe } from "@llamero/train/tune";
import { type CommandDefinition, defineCommand, type Flag, type Values } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag, switchFlag, textFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";
import { endInterrupted } from "./end-interrupted.ts";
import { runOrExplain } from "./run-or-explain.ts";
import { printTuning, runTuning } from "./run-tuning.ts";
import { resumeFlag, trainBackendFlag } from "./train-flags.ts";
import { printPreview } from "./tune-preview.ts";

const repeated = (flags: string, description: string): Flag<readonly string[]> => ({
  flags,
  description,
  env: null,
  parse: (text, previous) => [...previous, text],
  fallback: [],
});
const count = (flags: string, description: string) =>
  numberFlag(flags, description, null, { min: 1, isInteger: true });

const loraFlag: Flag<Readonly<Record<string, unknown>> | null> = {
  flags: "--lora <settings>",
  description: "train an adapter only, such as rank=8 or rank=16,alpha=32,targets=q_proj+v_proj",
  env: null,
  parse: parseLora,
  fallback: null,
};

function parseLora(text: string): Readonly<Record<string, unknown>> {
  const settings: Record<string, unknown> = {};
  for (const part of text.split(",")) {
    const [key, value, ...rest] = part.split("=");
    if (
      !["rank", "alpha", "targets"].includes(key!) ||
      value === undefined ||
      value === "" ||
      rest.length > 0
    )
      throw new UsageError(`--lora takes rank=N, alpha=N and targets=NAME+NAME, not ${part}`);
    settings[key!] = key === "targets" ? value.split("+") : Number(value);
  }
  return settings;
}

const flags = {
  model: textFlag("-m, --model <model>", "model to fine-tune: a file, a folder or a name of the store"),
  data: repeated("-d, --data <file>", "JSONL to learn from; may be given several times"),
  validation: repeated("--validation <file>", "JSONL that is measured on (default: a twentieth of the data)"),
  out: textFlag("-o, --out <folder>", "the run's folder, with the result in it"),
  lora: loraFlag,
  epochs: count("--epochs <n>", "times through the data"),
  steps: count("--steps <n>", "end after as many optimizer steps"),
  rate: numberFlag("--lr <rate>", "peak learning rate", null, { min: 0 }),
  length: count("--max-length <tokens>", "tokens of the longest conversation (default: 1024)"),
  truncate: switchFlag("--truncate", "cut what is longer instead of refusing it, and say how much"),
  seed: numberFlag("--seed <n>", "same seed, same run", null, { min: 0, isInteger: true }),
  prompt: repeated(
    "--prompt <text>",
    "question to answer before, on the way and after; may be given several times",
  ),
  resume: resumeFlag,
  dryRun: switchFlag("--dry-run", "show what would be learned from, with the first example, and stop"),
  threads: modelFlags.threads,
  backend: trainBackendFlag("compute with"),
  json: jsonFlag,
};

type TuneValues = Values<typeof flags>;

/** The command that fine-tunes by one method. */
export function tuneCommand(
  method: TuneRecipe["method"],
  texts: { details: string; examples: readonly string[] },
): CommandDefinition {
  return defineCommand({
    arguments: "[recipe-and-overrides...]",
    details: texts.details,
    flags,
    examples: texts.examples,
    async run(_, values, words) {
      const recipe = await readRecipe(method, values, words);
      if (values.dryRun) {
        await printPreview(recipe, values.json);
        return exitCodes.ok;
      }
      const { runTune } = await import("@llamero/train/tune");
      const result = await runTuning(recipe, values, runTune);
      if (values.json) printJson(result);
      else if (result.stopped === "finished") printTuning(result, method === "sft" ? "tokens" : "pairs");
      if (result.stopped === "finished") return exitCodes.ok;
      return endInterrupted(`after step ${result.step} of ${result.steps}, which is saved in ${recipe.out}`);
    },
  });
}

/** Recipe file, flags and overrides, in this order. */
async function readRecipe(
  method: TuneRecipe["method"],
  values: TuneValues,
  words: readonly string[],
): Promise<TuneRecipe> {
  const { parseTuneRecipe, readRecipeTable } = await import("@llamero/train/tune");
  const files = words.filter((word) => !word.includes("="));
  const overrides = words.filter((word) => word.includes("="));
  if (files.length > 1) throw new UsageError(`One recipe at a time, not ${files.join(" and ")}`);
  const [path] = files;
  const owner = path ?? `train ${method}`;
  const folder = path === undefined ? process.cwd() : dirname(resolve(path));
  return await runOrExplain(async () => {
    const table = path === undefined ? {} : readRecipeTable(readText(path), path);
    const given = { ...table, ...fromFlags(values) };
    const model = given["model"];
    if (typeof model !== "string") throw new SyntaxError(`${owner}: model is missing; give --model`);
    if (given["data"] === undefined) throw new SyntaxError(`${owner}: data is missing; give --data`);
    if (given["out"] === undefined && !values.dryRun)
      throw new SyntaxError(`${owner}: out is missing; give --out`);
    const base = values.model === null ? folder : process.cwd();
    const settings = { out: "run", ...given, model: await findModel(model, base) };
    const nested = [
      ...(values.length === null ? [] : [`batch.length=${values.length}`]),
      ...(values.validation.length === 0 ? [] : [`validation.files=${json(values.validation)}`]),
      ...(values.prompt.length === 0 ? [] : [`samples.prompts=${JSON.stringify(values.prompt)}`]),
    ];
    return parseTuneRecipe(settings, { method, owner, folder, overrides: [...nested, ...overrides] });
  }, "docs/fine-tuning.md describes the recipe");
}

const json = (paths: readonly string[]): string => JSON.stringify(paths.map((path) => resolve(path)));

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
  }
}

function fromFlags(values: TuneValues): Record<string, unknown> {
  const { model, data, out, lora, epochs, steps, rate, seed, truncate } = values;
  return {
    ...(model !== null && { model }),
    ...(data.length > 0 && { data: data.map((path) => resolve(path)) }),
    ...(out !== null && { out: resolve(out) }),
    ...(lora !== null && { lora }),
    ...(epochs !== null && { epochs }),
    ...(steps !== null && { maxSteps: steps }),
    ...(rate !== null && { learningRate: rate }),
    ...(seed !== null && { seed }),
    ...(truncate && { truncate }),
  };
}

/** A path as it is, else a name of the store. */
export async function findModel(text: string, folder: string): Promise<string> {
  const { existsSync } = await import("node:fs");
  const path = resolve(folder, text);
  if (existsSync(path)) return path;
  const { resolveModel } = await import("../model/resolve-model.ts");
  return resolve((await resolveModel(text)).path);
}
