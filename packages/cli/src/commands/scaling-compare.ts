import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Prediction } from "@llamero/train/scaling";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";
import { runOrExplain } from "../train/run-or-explain.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<prediction> <run>",
  details: `The run is a finished folder of train pretrain. A run that began before the prediction was written is refused. The loss is
that of held-out text after the last step, of the averaged weights where there are some.`,
  flags: { json: jsonFlag },
  examples: ["llamero scaling compare sweep/prediction.json runs/base"],
  async run(_args, { json }, [file, folder]) {
    const { comparePrediction } = await import("@llamero/train/scaling");
    const prediction = readJson<Prediction>(file!);
    if (prediction.version !== 1 || typeof prediction.loss !== "number")
      throw new UsageError(`${file} is not a prediction; llamero scaling predict writes one`);
    const result = join(folder!, "result.json");
    if (!existsSync(result)) throw new UsageError(`${folder} has no result.json: the run is not finished`);
    type Losses = Readonly<Record<string, number>>;
    const { after, average } = readJson<{ after?: Losses; average?: Losses | null }>(result);
    const { startedAt = "" } = readJson<{ startedAt?: string }>(join(folder!, "run.json"));
    const loss = average?.["validationLoss"] ?? after?.["validationLoss"];
    if (loss === undefined) throw new UsageError(`${result} has no validationLoss; the run held no text out`);
    const comparison = await runOrExplain(() => comparePrediction(prediction, { loss, startedAt }));
    if (json) {
      printJson({ ...comparison, writtenAt: prediction.writtenAt, startedAt });
      return 0;
    }
    const { predicted, measured, error, isInInterval } = comparison;
    const { low, high } = prediction.interval;
    process.stdout.write(`Predicted ${predicted.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)}), measured ${measured.toFixed(4)}
${error < 0 ? "" : "+"}${(100 * error).toFixed(2)} %, ${isInInterval ? "within" : "outside"} the interval
`);
    return 0;
  },
});

function readJson<T>(path: string): T {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
  }
}
