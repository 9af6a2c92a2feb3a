import { existsSync } from "node:fs";
import { type QualityTraining, trainQuality } from "@llamero/train/data";
import { type CommandDefinition, defineCommand, type Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, numberFlag, textFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";

const badFlag: Flag<readonly string[]> = {
  flags: "--bad <file>",
  description: "texts to tell them from; may be given several times",
  env: null,
  parse: (text, previous) => [...previous, text],
  fallback: [],
};

export const command: CommandDefinition = defineCommand({
  arguments: "<good...>",
  details: `Trains the classifier of the stage "quality" on files of good and of bad texts (JSON lines with a text, or plain text, packed
or not), and writes a model for the stage's option "model". All texts are held in memory.`,
  flags: {
    bad: badFlag,
    out: textFlag("-o, --out <file>", "write the model here (required)"),
    epochs: numberFlag("--epochs <n>", "passes over the texts", 5, { min: 1, max: 1000, isInteger: true }),
    seed: numberFlag("--seed <n>", "order of the texts", 1, { min: 0, isInteger: true }),
    json: jsonFlag,
  },
  examples: ["llamero data train-quality encyclopedia.jsonl.zst --bad crawl.jsonl --out quality.bin"],
  async run(_args, values, good) {
    const { bad, out, epochs, seed } = values;
    if (out === null) throw new UsageError("--out is missing: the file to write the model to");
    if (bad.length === 0)
      throw new UsageError("--bad is missing: a file of texts to tell the good ones from");
    const missing = [...good, ...bad].find((path) => !existsSync(path));
    if (missing !== undefined) throw new UsageError(`No such file: ${missing}`);
    const training = await train(good, bad, out, { epochs, seed });
    if (values.json) {
      printJson({ out, ...training });
      return 0;
    }
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    const { content, order } = training;
    process.stdout.write(`${out}
${training.good.toLocaleString("en-US")} good and ${training.bad.toLocaleString("en-US")} bad texts
Of its own texts it tells ${percent(content.accuracy)} by their words, ${percent(order.accuracy)} of shuffled ones by their order
`);
    return 0;
  },
});

/** What the files got wrong is the user's to put right. */
async function train(...input: Parameters<typeof trainQuality>): Promise<QualityTraining> {
  try {
    return await trainQuality(...input);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    throw new UsageError(cause.message, null, { cause });
  }
}
