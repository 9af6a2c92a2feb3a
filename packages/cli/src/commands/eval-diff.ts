import type { ChangedItem, Comparison, Measured } from "@llamero/eval";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { metricsOf, readMeasured } from "../eval/read-measured.ts";
import { jsonFlag, numberFlag, switchFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<a> <b>",
  details:
    "Both are reports of eval run. Items are compared one by one. Refused is whatever would measure something other than the models: another version of the task, other data, shots, seed or items, another chat template, or results with failed items.",
  flags: {
    items: numberFlag("--items <n>", "show so many items that changed, those that got worse first", 0, {
      min: 0,
      isInteger: true,
    }),
    acrossTemplates: switchFlag("--across-templates", "compare models each with its own chat template"),
    json: jsonFlag,
  },
  examples: [
    "llamero eval diff before.json after.json --items 5",
    "llamero eval diff a.json b.json --across-templates --json",
  ],
  async run([pathA, pathB], { items, acrossTemplates, json }) {
    const { compareResults } = await import("@llamero/eval");
    const [all, others] = [await readMeasured(pathA!), await readMeasured(pathB!)];
    const twin = ({ result }: Measured): Measured | undefined =>
      others.find((each) => each.result.task === result.task);
    const shared = all.filter((each) => twin(each) !== undefined);
    if (shared.length === 0) {
      const names = (list: readonly Measured[]): string => list.map(({ result }) => result.task).join(", ");
      throw new UsageError(`The reports have no task in common: ${names(all)} and ${names(others)}`);
    }
    const comparisons: Comparison[] = [];
    for (const a of shared) {
      const metrics = await metricsOf(a.result);
      try {
        comparisons.push(compareResults(a, twin(a)!, { acrossTemplates, metrics }));
      } catch (cause) {
        if (!(cause instanceof Error && cause.name === "NotComparableError")) throw cause;
        throw new UsageError(cause.message, null, { cause });
      }
    }
    const alone = [...all, ...others].filter(
      ({ result }) => !shared.some((each) => each.result.task === result.task),
    );
    if (alone.length > 0)
      process.stderr.write(`In one report only: ${alone.map(({ result }) => result.task).join(", ")}\n`);
    if (json) printJson(comparisons);
    else process.stdout.write(comparisons.map((each) => describe(each, items)).join("\n"));
    return 0;
  },
});

function describe(comparison: Comparison, numItems: number): string {
  const { task, a, b, metrics, notCompared, differences, changed } = comparison;
  const header = ["METRIC", "A", "B", "B - A", "95 %", "P", "WINS", "LOSSES", "TIES"];
  const rows = metrics.map((each) => [
    each.metric + (each.higherIsBetter ? "" : " (less is better)"),
    figure(each.a),
    figure(each.b),
    signed(each.difference),
    each.interval === null ? "-" : each.interval.map(signed).join(" .. "),
    each.pValue === null ? "-" : each.pValue < 0.0001 ? "< 0.0001" : each.pValue.toFixed(4),
    String(each.numWins),
    String(each.numLosses),
    String(each.numTies),
  ]);
  const lines = [`${task}, ${comparison.numItems} items\nA  ${a.model}\nB  ${b.model}\n`];
  lines.push(formatTable(header, rows, [1, 2, 3, 4, 5, 6, 7, 8]));
  for (const each of differences) lines.push(`Also different: ${each}\n`);
  if (notCompared.length > 0)
    lines.push(`Not compared, since the task that makes them is not known here: ${notCompared.join(", ")}\n`);
  for (const item of changed.slice(0, numItems)) lines.push(describeItem(item));
  const numLeft = changed.length - numItems;
  if (numItems > 0 && numLeft > 0) lines.push(`and ${numLeft} more\n`);
  return lines.join("");
}

function describeItem({ index, a, b, expected }: ChangedItem): string {
  const line = (name: string, side: ChangedItem["a"]): string =>
    `  ${name} ${figure(side.score)}  ${shorten(side.answer)}${side.note === null ? "" : `  (${side.note})`}\n`;
  return `item ${index}, expected ${shorten(expected)}\n${line("A", a)}${line("B", b)}`;
}

const shorten = (text: string): string => {
  const line = JSON.stringify(text).slice(1, -1);
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
};
const figure = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(4) : value.toPrecision(5));
const signed = (value: number): string => (value > 0 ? "+" : "") + figure(value);
