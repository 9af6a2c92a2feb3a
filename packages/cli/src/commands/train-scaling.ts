import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ScalingLaw, SweepRun, SweepSize } from "@llamero/train/scaling";
import { type CommandDefinition, defineCommand, type Flag } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag, switchFlag, textFlag } from "../flags.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";
import { readPretrainFile } from "../train/read-recipe.ts";
import { runOrExplain } from "../train/run-or-explain.ts";

const listFlag = <T>(flags: string, description: string, parse: (word: string) => T): Flag<readonly T[]> => ({
  flags,
  description,
  env: null,
  parse: (text) => text.split(",").map((word) => parse(word.trim())),
  fallback: [],
});

const parseBudget = (word: string): number => {
  const value = word === "" ? Number.NaN : Number(word);
  if (!(value > 0 && Number.isFinite(value)))
    throw new UsageError(`--budgets takes operations such as 1e14, not ${word}`);
  return value;
};

const parseSweepSize = (word: string): SweepSize => {
  const match = /^(\d+)x(\d+)$/.exec(word);
  if (match === null) throw new UsageError(`--sizes takes width x layers such as 128x4, not ${word}`);
  return { hiddenSize: Number(match[1]), numHiddenLayers: Number(match[2]) };
};

export const command: CommandDefinition = defineCommand({
  arguments: "<recipe> [overrides...]",
  details: `Every size is trained at every budget (IsoFLOP), with the data, batch and optimizer of a recipe of train pretrain; its
model gives the width of heads and the ratios. Parabolas over log tokens give the best size of each budget, power laws
go through those. Writes points.json, law.json and scaling.html; a sweep that was stopped goes on when the same command
runs again.`,
  flags: {
    budgets: listFlag(
      "--budgets <list>",
      "operations of training, such as 1e14,3e14,1e15 (required)",
      parseBudget,
    ),
    sizes: listFlag(
      "--sizes <list>",
      "widths and layers, such as 64x3,96x4,128x5 (required)",
      parseSweepSize,
    ),
    rateExponent: numberFlag(
      "--rate-exponent <x>",
      "learning rate falls with width to this power, from the recipe's at its own width",
      0.5,
      { min: 0, max: 2 },
    ),
    minSteps: numberFlag("--min-steps <n>", "refuse runs of fewer steps", 50, { min: 1, isInteger: true }),
    plan: switchFlag("--plan", "print the runs and their cost, and train nothing"),
    out: textFlag("-o, --out <folder>", "write here (required)"),
    threads: modelFlags.threads,
    json: jsonFlag,
  },
  examples: [
    "llamero train scaling base.yaml --budgets 1e13,3e13,1e14 --sizes 64x3,96x4,128x5,192x6 -o sweep --plan",
    "llamero train scaling base.yaml --budgets 1e13,3e13,1e14 --sizes 64x3,96x4,128x5,192x6 -o sweep",
  ],
  async run(_args, values, [path, ...overrides]) {
    const { out, budgets, sizes, minSteps } = values;
    if (out === null) throw new UsageError("--out is missing: the folder of the sweep");
    if (budgets.length === 0 || sizes.length === 0)
      throw new UsageError(
        "--budgets and --sizes are both needed",
        "llamero train scaling --help has an example",
      );
    const { planSweep, runSweep, fitScalingLaw, scalingPage } = await import("@llamero/train/scaling");
    const recipe = await readPretrainFile(path!, overrides);
    if (recipe.model === null)
      throw new UsageError(`${path} goes on with a model; a sweep trains from nothing`);
    const { configOf } = await import("@llamero/train/plan");
    const runs = await runOrExplain(() =>
      planSweep({
        base: configOf(recipe),
        sizes,
        budgets,
        length: recipe.batch.length,
        stepTokens: recipe.batch.tokens,
        minSteps,
      }),
    );
    if (values.plan) {
      if (values.json) printJson({ runs });
      else printRuns(runs);
      return exitCodes.ok;
    }
    const folder = resolve(out);
    const signal = interruptSignal();
    const trainOne = async (run: SweepRun): Promise<number> => {
      const changed = await readPretrainFile(path!, [...overrides, ...overridesOf(run)]);
      const { pretrain } = await import("@llamero/train/pretrain");
      const learningRate =
        recipe.learningRate * (recipe.model!.hiddenSize / run.config.hiddenSize) ** values.rateExponent;
      const result = await pretrain(
        { ...changed, learningRate },
        {
          folder: join(folder, "runs", run.id),
          resume: true,
          signal,
          ...(values.threads === null ? {} : { threads: values.threads }),
        },
      );
      if (result.stopped !== "finished") signal.throwIfAborted();
      const loss = result.after["validationLoss"];
      if (loss === undefined)
        throw new RangeError(
          "No text is held out to measure the loss on; set data.validation.share in the recipe",
        );
      return loss;
    };
    try {
      const points = await runOrExplain(() =>
        runSweep(runs, {
          folder,
          trainOne,
          signal,
          onRun: (run, loss, index) =>
            process.stderr.write(
              `${index + 1} of ${runs.length}  ${run.id}  ${run.parameters.toLocaleString("en-US")} parameters, ${run.steps.toLocaleString("en-US")} steps${loss === null ? "" : `: loss ${loss.toFixed(4)}`}\n`,
            ),
        }),
      );
      const law = await runOrExplain(() => fitScalingLaw(points));
      writeFileSync(join(folder, "law.json"), `${JSON.stringify(law)}\n`);
      writeFileSync(join(folder, "scaling.html"), scalingPage(points, law));
      noteDoubts(law, new Set(budgets).size);
      if (values.json) printJson({ folder, points, ...law, replicas: undefined });
      else printLaw(law, folder);
      return exitCodes.ok;
    } catch (error) {
      if (!signal.aborted) throw error;
      process.stderr.write("Stopped; the same command goes on\n");
      return exitCodes.interrupted;
    }
  },
});

/** What a run of the sweep changes in the recipe. The rest of the recipe's stages has no place in a short run. */
function overridesOf({ id, config, steps }: SweepRun): string[] {
  const fields = [
    "hiddenSize",
    "intermediateSize",
    "numHiddenLayers",
    "numAttentionHeads",
    "numKeyValueHeads",
    "headDim",
  ] as const;
  return [
    `name=${JSON.stringify(id)}`,
    ...fields.map((field) => `model.${field}=${config[field]}`),
    `batch.steps=${steps}`,
    "batch.ramp=[]",
    `schedule.warmupSteps=${Math.min(200, Math.round(steps / 20))}`,
    "schedule.shape=cosine",
    "anneal=null",
    "long=null",
    "samples.prompts=[]",
    "sampleEvery=0",
    `evalEvery=${steps}`,
    `checkpointEvery=${Math.max(50, Math.round(steps / 4))}`,
    "keep=1",
  ];
}

function printRuns(runs: readonly SweepRun[]): void {
  const rows = runs.map(({ id, parameters, steps, tokens, flopsPerToken }) => [
    id,
    parameters.toLocaleString("en-US"),
    steps.toLocaleString("en-US"),
    tokens.toLocaleString("en-US"),
    (tokens / parameters).toFixed(1),
    (flopsPerToken * tokens).toExponential(2),
  ]);
  const total = runs.reduce((sum, { flopsPerToken, tokens }) => sum + flopsPerToken * tokens, 0);
  const header = ["RUN", "PARAMETERS", "STEPS", "TOKENS", "PER PARAMETER", "OPERATIONS"];
  process.stdout.write(
    `${formatTable(header, rows, [1, 2, 3, 4, 5])}\n${runs.length} runs, ${total.toExponential(2)} operations in all\n`,
  );
}

/** Says where the law rests on less than the sweep was meant to give. */
function noteDoubts(law: ScalingLaw, numBudgets: number): void {
  const without = numBudgets - law.optima.length;
  if (without > 0)
    process.stderr.write(
      `${without} of ${numBudgets} budgets have no best size near their runs and are left out of the law\n`,
    );
  const outside = law.optima.filter(({ isInside }) => !isInside).length;
  if (outside > 0)
    process.stderr.write(
      `At ${outside} of ${law.optima.length} budgets the best size lies outside the runs: add smaller or larger sizes\n`,
    );
  if (law.noise < 1e-9)
    process.stderr.write(
      "Three sizes fit the parabola of their budget exactly, so the intervals say nothing: give four sizes or more\n",
    );
}

function printLaw(law: ScalingLaw, folder: string): void {
  const { parameterExponent, tokenExponent, lossExponent } = law.intervals;
  const range = ({ low, high }: { low: number; high: number }): string =>
    `${low.toFixed(3)} to ${high.toFixed(3)}`;
  const floor = law.loss.floor === 0 ? "" : `${law.loss.floor.toFixed(3)} + `;
  process.stdout.write(`N*(C) = ${law.parameters.coefficient.toPrecision(3)} C^${law.parameters.exponent.toFixed(3)} (${range(parameterExponent)})
D*(C) = ${law.tokens.coefficient.toPrecision(3)} C^${law.tokens.exponent.toFixed(3)} (${range(tokenExponent)})
L(C)  = ${floor}${law.loss.coefficient.toPrecision(3)} C^${law.loss.exponent.toFixed(4)} (${range(lossExponent)})
Intervals hold ${Math.round(100 * law.confidence)} % of ${law.resamples} resamples
${join(folder, "scaling.html")}
`);
}
