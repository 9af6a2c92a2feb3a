import { existsSync } from "node:fs";
import { type InputFormat, inspectFile } from "@llamero/train/data";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { choiceFlag, jsonFlag, numberFlag, textFlag } from "../flags.ts";
import { formatBytes } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";

const formats: readonly InputFormat[] = ["jsonl", "parquet", "warc", "html", "text", "tar"];

export const command: CommandDefinition = defineCommand({
  arguments: "<file>",
  details: "Reads the whole file as data curate would, with .gz and .zst unpacked.",
  flags: {
    format: choiceFlag("--format <format>", "format, where the name does not tell it", formats, null),
    text: textFlag("--text <field>", "field or column with the text (default: text)"),
    samples: numberFlag("--samples <n>", "documents to show", 3, { min: 0, max: 100, isInteger: true }),
    limit: numberFlag("--limit <n>", "stop after this many documents", null, { min: 1, isInteger: true }),
    json: jsonFlag,
  },
  examples: ["llamero data inspect crawl.warc.gz", "llamero data inspect rows.parquet --text content --json"],
  async run([path], values) {
    if (!existsSync(path!)) throw new UsageError(`No such file: ${path}`);
    const summary = await inspectFile(path!, {
      ...(values.format === null ? {} : { format: values.format }),
      ...(values.text === null ? {} : { textField: values.text }),
      ...(values.limit === null ? {} : { limit: values.limit }),
      samples: values.samples,
      signal: interruptSignal(),
    });
    if (values.json) {
      printJson(summary);
      return 0;
    }
    const { documents, empty, errors, fields } = summary;
    const lines = [
      `${summary.format}, ${formatBytes(summary.sizeBytes)}${summary.sha256 === null ? "" : `, sha256 ${summary.sha256}`}`,
      `${documents.toLocaleString("en-US")} documents, ${formatBytes(summary.textBytes)} of text${empty > 0 ? `, ${empty} without text` : ""}`,
      `Fields: ${
        Object.entries(fields)
          .map(([name, number]) => (number === documents ? name : `${name} (${number})`))
          .join(", ") || "none"
      }`,
      ...(errors.total > 0 ? [`${errors.total} unreadable:`] : []),
      ...errors.first.map(({ position, message }) => `  ${position === "" ? "" : `${position}: `}${message}`),
      ...summary.samples.flatMap(({ id, text }) => [
        "",
        `--- ${id}, ${text.length} characters`,
        text.slice(0, 400),
      ]),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  },
});
