import type { TaskResult } from "@llamero/eval";
import { formatTable } from "../terminal/table.ts";

/** A line for each metric, the main one first, with its 95 % interval. */
export function scoreTable(results: readonly TaskResult[]): string {
  const rows = results.flatMap((result) => {
    const { mainMetric, scores, numItems, numErrors } = result;
    const names = Object.keys(scores).sort((a, b) => Number(b === mainMetric) - Number(a === mainMetric));
    const items = `${numItems - numErrors}${numErrors === 0 ? "" : ` (${numErrors} failed)`}`;
    if (names.length === 0) return [[result.task, mainMetric, "-", "-", "-", shotsOf(result), items]];
    return names.map((name, at) => {
      const { value, standardError, interval } = scores[name]!;
      return [
        at === 0 ? result.task : "",
        name,
        figure(value),
        standardError === null ? "-" : figure(standardError),
        interval === null ? "-" : interval.map(figure).join(" .. "),
        at === 0 ? shotsOf(result) : "",
        at === 0 ? items : "",
      ];
    });
  });
  return formatTable(["TASK", "METRIC", "VALUE", "ERROR", "95 %", "SHOTS", "ITEMS"], rows, [2, 3, 4, 5, 6]);
}

const shotsOf = ({ shots }: TaskResult): string => String(shots.count);

/** Four digits behind the point for shares, four in all for what is larger. */
function figure(value: number): string {
  return Math.abs(value) < 10 ? value.toFixed(4) : value.toPrecision(5);
}
