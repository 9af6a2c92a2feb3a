import { statSync } from "node:fs";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { findTasks } from "../eval/find-task.ts";
import { jsonFlag, numberFlag, textFlag } from "../flags.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<tasks> [more-files...]",
  details:
    "Holds every text of the sets against training data: JSONL, text, CSV, JSON or Parquet, also with .gz or .zst. Counted are items with a run of 13 words that the corpus has too, and the share of an item's words that are in runs of 8 words of the corpus.",
  flags: {
    threshold: numberFlag("--threshold <share>", "share of words from which an item counts", 0.7, {
      min: 0,
      max: 1,
    }),
    items: numberFlag("--items <n>", "contaminated items to name", 10, { min: 0, isInteger: true }),
    corpus: textFlag("--corpus <files>", "files of the corpus, with commas or spaces between"),
    data: textFlag("--data <folder>", "where data sets are (default: eval in LLAMERO_HOME)"),
    json: jsonFlag,
  },
  examples: ["llamero eval contamination mmlu,gsm8k --corpus curated/shard-*.jsonl.gz"],
  async run([list], values, words) {
    const { ContaminationCheck, corpusTexts, dataFolder, readTaskData } = await import("@llamero/eval");
    const signal = interruptSignal();
    // A shell puts all files that a pattern matches behind the flag; those after the first are words.
    const more = words.slice(words[0] === list ? 1 : 0);
    const files = [...(values.corpus ?? "").split(",").filter((each) => each !== ""), ...more];
    if (files.length === 0)
      throw new UsageError("There is no corpus to look through", "--corpus names its files");
    for (const file of files)
      if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
        throw new UsageError(`There is no file ${file}`);
    const check = new ContaminationCheck();
    try {
      for (const task of await findTasks(list!)) {
        const { test } = await readTaskData(task, values.data ?? dataFolder(), { needsShots: false });
        check.addSet(task.name, test);
      }
      for (const file of files) {
        for await (const text of corpusTexts(file)) {
          signal.throwIfAborted();
          check.addDocument(text);
        }
      }
    } catch (cause) {
      const isUsers =
        cause instanceof SyntaxError ||
        cause instanceof RangeError ||
        (cause instanceof Error && cause.name === "MissingDataError");
      if (!isUsers) throw cause;
      throw new UsageError(cause.message, null, { cause });
    }
    process.stderr.write(`${check.numDocuments} texts of ${check.numWords} words\n`);
    const reports = check.report({ threshold: values.threshold });
    if (values.json) {
      printJson(reports);
      return 0;
    }
    const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;
    const rows = reports.map((each) => {
      const numLong = each.numItems - each.numTooShort;
      return [
        each.task,
        String(each.numItems),
        String(each.numTooShort),
        `${each.numWithLongGram} (${percent(each.numWithLongGram / Math.max(1, numLong))})`,
        `${each.numAboveThreshold} (${percent(each.numAboveThreshold / Math.max(1, numLong))})`,
        percent(each.meanShare),
      ];
    });
    const header = [
      "TASK",
      "ITEMS",
      "TOO SHORT",
      "13 WORDS",
      `FROM ${percent(values.threshold)}`,
      "MEAN SHARE",
    ];
    process.stdout.write(formatTable(header, rows, [1, 2, 3, 4, 5]));
    for (const { task, contaminated } of reports) {
      if (contaminated.length === 0 || values.items === 0) continue;
      const named = contaminated
        .slice(0, values.items)
        .map((each) => `${each.index} (${percent(each.share)})`);
      const left = contaminated.length - named.length;
      process.stdout.write(`${task}: items ${named.join(", ")}${left > 0 ? ` and ${left} more` : ""}\n`);
    }
    return 0;
  },
});
