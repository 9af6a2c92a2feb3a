import { dirname, resolve } from "node:path";
import type { RewardRecipe } from "@llamero/train/round";
import { type CommandDefinition, defineCommand, type Values } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag, textFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";
import { endInterrupted } from "../train/end-interrupted.ts";
import { readRecipeText } from "../train/recipe-text.ts";
import { runOrExplain } from "../train/run-or-explain.ts";
import { printTuning, runTuning } from "../train/run-tuning.ts";
import { resumeFlag, trainBackendFlag } from "../train/train-flags.ts";
import { findModel } from "../train/tune.ts";

const flags = {
  model: textFlag("-m, --model <model>", "model to begin with: a file, a folder or a name of the store"),
  data: textFlag("-d, --data <file>", "JSONL of preference pairs"),
  out: textFlag("-o, --out <folder>", "the run's folder, with the result in it"),
  steps: numberFlag("--steps <n>", "end after as many optimizer steps", null, { min: 1, isInteger: true }),
  resume: resumeFlag,
  threads: modelFlags.threads,
  backend: trainBackendFlag("compute with"),
  json: jsonFlag,
};

export const command: CommandDefinition = defineCommand({
  arguments: "[recipe-and-overrides...]",
  details: `Each line of the data is a pair as train dpo takes it; with "grade" only pairs that are significantly better or better are
learned from. The loss is -log sigmoid(chosen - rejected), without a margin, of the scores at the last token. The result is
OUT/model: a Hugging Face folder with the head in score.safetensors and figures in reward.json, which train round takes as a
reward. Settings come from a recipe in YAML, from flags and from key=value words (docs/post-training.md).`,
  flags,
  examples: [
    "llamero train reward --model runs/chat/model --data pairs.jsonl --out runs/reward",
    "llamero train reward reward.yaml epochs=2 --json",
  ],
  async run(_, values, words) {
    const recipe = await readRecipe(values, words);
    const { runReward } = await import("@llamero/train/round");
    const result = await runTuning(recipe, values, runReward);
    if (values.json) printJson(result);
    else if (result.stopped === "finished") printTuning(result, "pairs");
    if (result.stopped === "finished") return exitCodes.ok;
    return endInterrupted(`after step ${result.step} of ${result.steps}, which is saved in ${recipe.out}`);
  },
});

async function readRecipe(values: Values<typeof flags>, words: readonly string[]): Promise<RewardRecipe> {
  const { parseRewardRecipe, readRecipeTable } = await import("@llamero/train/round");
  const files = words.filter((word) => !word.includes("="));
  if (files.length > 1) throw new UsageError(`One recipe at a time, not ${files.join(" and ")}`);
  const [path] = files;
  const owner = path ?? "train reward";
  const folder = path === undefined ? process.cwd() : dirname(resolve(path));
  return await runOrExplain(async () => {
    const { model, data, out, steps } = values;
    const given: Record<string, unknown> = {
      ...(path !== undefined && readRecipeTable(readRecipeText(path), path)),
      ...(model !== null && { model }),
      ...(data !== null && { data: [resolve(data)] }),
      ...(out !== null && { out: resolve(out) }),
      ...(steps !== null && { maxSteps: steps }),
    };
    for (const key of ["model", "data", "out"])
      if (given[key] === undefined) throw new SyntaxError(`${owner}: ${key} is missing; give --${key}`);
    const base = model === null ? folder : process.cwd();
    const table = { ...given, model: await findModel(String(given["model"]), base) };
    return parseRewardRecipe(table, { owner, folder, overrides: words.filter((word) => word.includes("=")) });
  }, "docs/post-training.md describes the recipe");
}
