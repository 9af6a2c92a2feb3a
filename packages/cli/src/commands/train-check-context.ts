import type { ExtensionReport } from "@llamero/train/extend";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag, sizeFlag, textFlag } from "../flags.ts";
import { pickBackend, reportDegradations } from "../model/open-model.ts";
import { readTextFile } from "../model/read-text-file.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";
import { runOrExplain } from "../train/run-or-explain.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<before> <after>",
  details: `Compares a model whose context was extended with what it was before, on a text: loss of short windows of both, loss
by position up to the new length, and how well runs of tokens are copied from far back. Exit code 1 where short windows lost
more than they may, or where loss past the old length is higher than within it.`,
  flags: {
    text: textFlag("--text <file>", "text to measure on, longer than one window"),
    length: sizeFlag("--length <tokens>", "tokens of long windows (default: the new model's limit)"),
    shortLength: sizeFlag(
      "--short-length <tokens>",
      "of short windows (default: the old limit, 2048 at most)",
    ),
    maxRise: numberFlag("--max-rise <nats>", "loss per token that may be lost", 0.02, { min: 0 }),
    windows: numberFlag("--windows <n>", "windows of each kind at most", 8, { min: 1, isInteger: true }),
    backend: modelFlags.backend,
    threads: modelFlags.threads,
    json: jsonFlag,
  },
  examples: ["llamero train check-context model runs/extended/model --text book.txt --length 8K"],
  async run([before, after], values) {
    if (values.text === null) throw new UsageError("train check-context needs --text FILE");
    const text = readTextFile(values.text);
    const { openCheckpoint } = await import("@llamero/core");
    const { checkExtension } = await import("@llamero/train/extend");
    const open = async (name: string) => openCheckpoint((await resolveLocal(name)).path);
    const [old, own] = [await open(before!), await open(after!)];
    const { backend, degradations } = await pickBackend(values);
    await using _ = backend;
    reportDegradations(degradations);
    const { length, shortLength, maxRise, windows } = values;
    const report = await runOrExplain(() =>
      checkExtension(old, own, {
        backend,
        text,
        windows,
        maxShortRise: maxRise,
        signal: interruptSignal(),
        ...(length !== null && { length }),
        ...(shortLength !== null && { shortLength }),
      }),
    );
    if (values.json) printJson(report);
    else print(report);
    for (const refusal of report.refusals) process.stderr.write(`Error: ${refusal}\n`);
    return report.refusals.length === 0 ? exitCodes.ok : exitCodes.fault;
  },
});

function print({ short, shortLength, positions, copies }: ExtensionReport): void {
  const rows = [
    ...positions.map(({ from, below, loss, before }) => [
      `positions ${from} to ${below - 1}`,
      before?.toFixed(3) ?? "-",
      loss.toFixed(3),
    ]),
    [`windows of ${shortLength}`, short.before.toFixed(3), short.after.toFixed(3)],
  ];
  process.stdout.write(formatTable(["LOSS", "BEFORE", "AFTER"], rows, [1, 2]));
  const copied = copies.map(({ distance, first, repeated }) => [
    String(distance),
    first.toFixed(3),
    repeated.toFixed(3),
  ]);
  process.stdout.write(`\n${formatTable(["COPY FROM", "FIRST", "REPEATED"], copied, [0, 1, 2])}`);
}
