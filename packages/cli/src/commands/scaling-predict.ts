import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, textFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";
import { readPretrainFile } from "../train/read-recipe.ts";
import { runOrExplain } from "../train/run-or-explain.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<sweep> <recipe> [overrides...]",
  details: `The sweep is a folder of train scaling; the recipe is the larger run. The prediction is written to a file with its time
and never overwritten, so that scaling compare can tell that it came before the run.`,
  flags: {
    out: textFlag("-o, --out <file>", "write here (default: prediction.json in the sweep's folder)"),
    json: jsonFlag,
  },
  examples: ["llamero scaling predict sweep base.yaml batch.steps=8000"],
  async run(_args, values, [sweep, recipePath, ...overrides]) {
    const { fitScalingLaw, predict, readPoints } = await import("@llamero/train/scaling");
    const { describeRecipeRun } = await import("@llamero/train/plan");
    const out = values.out ?? join(sweep!, "prediction.json");
    if (existsSync(out))
      throw new UsageError(
        `${out} is there already, and a prediction is not changed`,
        "--out names another file",
      );
    const points = await runOrExplain(() => readPoints(join(sweep!, "points.json")));
    if (points.length === 0)
      throw new UsageError(`${sweep} has no finished runs; llamero train scaling makes them`);
    const recipe = await readPretrainFile(recipePath!, overrides);
    const prediction = await runOrExplain(() => predict(fitScalingLaw(points), describeRecipeRun(recipe)));
    writeFileSync(out, `${JSON.stringify(prediction, null, 2)}\n`, { flag: "wx" });
    if (values.json) {
      printJson({ file: out, ...prediction });
      return 0;
    }
    const { run, loss, interval, best, confidence } = prediction;
    const count = (value: number): string => Math.round(value).toLocaleString("en-US");
    if (interval.high - interval.low < 1e-9)
      process.stderr.write(
        "The sweep leaves no residuals, so the interval says nothing: it takes four sizes or more\n",
      );
    process.stdout.write(`${count(run.parameters)} parameters, ${count(run.tokens)} tokens, ${run.flops.toExponential(2)} operations
Loss ${loss.toFixed(4)}, ${interval.low.toFixed(4)} to ${interval.high.toFixed(4)} (${Math.round(100 * confidence)} %)
Best for these operations: ${count(best.parameters)} parameters, ${count(best.tokens)} tokens, loss ${best.loss.toFixed(4)}
${out}
`);
    return 0;
  },
});
