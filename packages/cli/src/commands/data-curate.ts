import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type CurateConfig,
  type CurateProgress,
  type CurateReport,
  curate,
  parseCurateConfig,
} from "@llamero/train/data";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, numberFlag, switchFlag, textFlag } from "../flags.ts";
import { formatBytes } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<config>",
  details: `The configuration is YAML: sources, stages, mix, output (docs/data.md). A run that was stopped goes on at its last
full shard when the same command runs again, and ends with the same bytes as one that was not; a changed configuration or
input is refused. The number of workers changes nothing in the output.`,
  flags: {
    out: textFlag("-o, --out <folder>", "write here instead of where the configuration says"),
    workers: numberFlag(
      "-w, --workers <n>",
      "threads besides the main one (default: processors less one)",
      null,
      {
        min: 0,
        max: 256,
        isInteger: true,
      },
    ),
    limit: numberFlag("--limit <n>", "stop after this many documents of input", null, {
      min: 1,
      isInteger: true,
    }),
    strict: switchFlag("--strict", "stop at the first input that cannot be read"),
    json: jsonFlag,
  },
  examples: [
    "llamero data curate pretrain.yaml --workers 8",
    "llamero data curate pretrain.yaml --limit 1000 -o try",
  ],
  async run([path], values) {
    const config = withFolder(readConfig(path!), values.out);
    const bar = new ProgressBar("Curating");
    const startedAt = performance.now();
    let first: CurateProgress | null = null;
    let last: CurateProgress | null = null;
    const report = await runOrExplain(config, {
      ...(values.workers === null ? {} : { workers: values.workers }),
      limit: values.limit,
      isStrict: values.strict,
      signal: interruptSignal(),
      onProgress(progress) {
        if (first === null && progress.isContinued)
          process.stderr.write(`Going on after ${progress.documents.toLocaleString("en-US")} documents\n`);
        first ??= progress;
        last = progress;
        bar.update(progress.doneBytes, progress.totalBytes);
      },
    });
    bar.clear();
    const seconds = (performance.now() - startedAt) / 1000;
    const { folder } = config.output;
    if (values.json) {
      const { tally, output, lineage } = report;
      const { read, kept, errors } = tally;
      printJson({ folder, read, kept, output, errors: errors.total, hash: lineage.hash, seconds });
      return 0;
    }
    for (const { file, position, message } of report.tally.errors.first.slice(0, 5))
      process.stderr.write(`${file}${position === "" ? "" : `, ${position}`}: ${message}\n`);
    const { read, kept, errors } = report.tally;
    const done =
      last === null
        ? 0
        : (last as CurateProgress).textBytes -
          ((first as CurateProgress | null)?.isContinued === true ? first!.textBytes : 0);
    const lines = [
      `Read     ${count(read.documents)} documents, ${formatBytes(read.textBytes)} of text`,
      `Kept     ${count(kept.documents)} documents, ${formatBytes(kept.textBytes)}`,
      `Written  ${count(report.output.documents)} documents, ${formatBytes(report.output.textBytes)} in ${report.output.shards} shards`,
      ...(errors.total > 0 ? [`Unreadable  ${count(errors.total)} inputs; the report names them`] : []),
      last === null
        ? "The run was complete already"
        : `${seconds.toFixed(1)} s, ${(done / 1e6 / seconds).toFixed(1)} MB/s of text`,
      join(folder, "report.html"),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  },
});

/** What the configuration or the input got wrong is the user's to put right. */
async function runOrExplain(...[config, options]: Parameters<typeof curate>): Promise<CurateReport> {
  try {
    return await curate(config, options);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    throw new UsageError(cause.message, null, { cause });
  }
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function readConfig(path: string): CurateConfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
  }
  try {
    return parseCurateConfig(text, path);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new UsageError(cause.message, "docs/data.md describes the configuration", { cause });
  }
}

function withFolder(config: CurateConfig, folder: string | null): CurateConfig {
  return folder === null ? config : { ...config, output: { ...config.output, folder: resolve(folder) } };
}
