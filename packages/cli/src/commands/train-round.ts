import { dirname, relative, resolve } from "node:path";
import type { GateFigure, RoundRecipe, RoundsResult } from "@llamero/train/round";
import { type CommandDefinition, defineCommand, type Values } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { openSandbox } from "../eval/open-sandbox.ts";
import { jsonFlag, modelFlags } from "../flags.ts";
import { reportDegradations } from "../model/open-model.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { endInterrupted } from "../train/end-interrupted.ts";
import { readRecipeText } from "../train/recipe-text.ts";
import { RoundProgress } from "../train/round-progress.ts";
import { runOrExplain } from "../train/run-or-explain.ts";
import { resumeFlag, trainBackendFlag } from "../train/train-flags.ts";
import { findModel } from "../train/tune.ts";

const flags = {
  resume: resumeFlag,
  threads: modelFlags.threads,
  backend: trainBackendFlag("train with"),
  json: jsonFlag,
};

export const command: CommandDefinition = defineCommand({
  arguments: "<recipe-and-overrides...>",
  details: `Each round samples answers from the model, scores them by rules or a reward model, fine-tunes on the best, prefers the
best over the worst, averages where the recipe says so, and evaluates the result: it becomes the base of the next round, or is
rolled back with the reason. OUT/rounds.json says where every model is from, with figures before and after. A run that was
stopped or killed goes on with --resume; docs/post-training.md describes the recipe.`,
  flags,
  examples: [
    "llamero train round rounds.yaml",
    "llamero train round rounds.yaml rounds=3 samples=16 --resume",
  ],
  async run(_, values, words) {
    const recipe = await readRecipe(words);
    const result = await train(recipe, values);
    if (values.json) printJson({ stopped: result.stopped, path: result.path, ...result.lineage });
    else if (result.stopped === "finished") print(result);
    if (result.stopped === "finished") return exitCodes.ok;
    return endInterrupted(
      `in round ${result.lineage.rounds.length} of ${recipe.rounds}; what is done is in ${recipe.out}`,
    );
  },
});

async function readRecipe(words: readonly string[]): Promise<RoundRecipe> {
  const { readRoundRecipe } = await import("@llamero/train/round");
  const files = words.filter((word) => !word.includes("="));
  if (files.length !== 1)
    throw new UsageError(
      `train round takes one recipe, not ${files.length === 0 ? "none" : files.join(" and ")}`,
    );
  const path = files[0]!;
  const folder = dirname(resolve(path));
  const text = readRecipeText(path);
  return await runOrExplain(async () => {
    const overrides = words.filter((word) => word.includes("="));
    const recipe = readRoundRecipe(text, { owner: path, folder, overrides });
    // A name of the store was taken for a path beside the recipe.
    return { ...recipe, model: await findModel(relative(folder, recipe.model), folder) };
  }, "docs/post-training.md describes the recipe");
}

async function train(recipe: RoundRecipe, values: Values<typeof flags>): Promise<RoundsResult> {
  const { roundsRunCode, runRounds } = await import("@llamero/train/round");
  using progress = new RoundProgress();
  await using sandbox = (await runOrExplain(() => roundsRunCode(recipe))) ? await openSandbox() : null;
  reportDegradations(sandbox?.degraded ?? []);
  return await runOrExplain(() =>
    runRounds(recipe, {
      resume: values.resume,
      signal: interruptSignal(),
      runCode: sandbox?.runCode ?? null,
      choice: {
        ...(values.backend !== null && { backend: values.backend }),
        ...(values.threads !== null && { threads: values.threads }),
      },
      onNotes: (notes, degradations) => {
        reportDegradations(degradations);
        for (const note of notes) process.stderr.write(`Note: ${note}\n`);
      },
      listener: (event) => progress.update(event),
    }),
  );
}

function print({ lineage, path }: RoundsResult): void {
  const rounds = lineage.rounds.map(
    ({ round, verdict, reason }) => `round ${round}: ${verdict}${reason === null ? "" : `, ${reason}`}`,
  );
  const figures = lineage.figures.map(describeFigure);
  const written = [lineage.model.path, path].map((each) => relative(process.cwd(), each));
  process.stdout.write(`${[...rounds, ...figures, ...written].join("\n")}\n`);
}

function describeFigure({ task, metric, figure, before, after }: GateFigure): string {
  const name = figure === null ? `${task} ${metric}` : `${figure} (${task})`;
  return `${name}: ${before.toFixed(3)} before, ${after.toFixed(3)} after`;
}
