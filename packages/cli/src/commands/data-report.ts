import { join } from "node:path";
import { type CurateReport, readReport, writeReports } from "@llamero/train/data";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag } from "../flags.ts";
import { formatBytes } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<folder>",
  flags: { json: jsonFlag },
  examples: ["llamero data report curated", "llamero data report curated --json"],
  async run([folder], values) {
    let report: CurateReport;
    try {
      report = readReport(folder!);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new UsageError(cause.message, null, { cause });
    }
    writeReports(folder!, report);
    if (values.json) {
      printJson(report);
      return 0;
    }
    const { tally, output } = report;
    const lines = [`${count(tally.read.documents)} documents read, ${formatBytes(tally.read.textBytes)}`];
    for (const { name, drops } of tally.stages) {
      for (const [reason, { documents, textBytes }] of Object.entries(drops).sort(
        (a, b) => b[1].documents - a[1].documents,
      ))
        lines.push(`  ${name}: ${reason}: ${count(documents)} dropped, ${formatBytes(textBytes)}`);
    }
    lines.push(`${count(tally.kept.documents)} kept, ${formatBytes(tally.kept.textBytes)}`);
    for (const { name, target, epochs, written } of report.mix?.groups ?? [])
      lines.push(
        `  mix: ${name}: target ${(target * 100).toFixed(1)} %, ${epochs.toFixed(2)} epochs, ${formatBytes(written.textBytes)}`,
      );
    lines.push(
      `${count(output.documents)} written in ${output.shards} shards, ${formatBytes(output.sizeBytes)} on the disk`,
    );
    if (tally.errors.total > 0) lines.push(`${count(tally.errors.total)} inputs could not be read`);
    lines.push(join(folder!, "report.html"));
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  },
});

function count(value: number): string {
  return value.toLocaleString("en-US");
}
