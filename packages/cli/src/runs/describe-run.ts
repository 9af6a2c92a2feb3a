import type { RunPart, RunSummary } from "@llamero/stack/runs";
import { formatDuration } from "../terminal/human.ts";
import { safeForTerminal as safeText } from "../terminal/safe-text.ts";
import { formatTable } from "../terminal/table.ts";
import { sparkline } from "./sparkline.ts";

const width = 48;

/** A number of a curve: four digits, or a power of ten where it is small. */
export const figure = (value: number | null | undefined): string => {
  if (value === null || value === undefined) return "-";
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(2);
  return Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(4)));
};

/** How far a run is: `600 / 1,000`. */
export const progress = ({ step, totalSteps }: RunSummary): string =>
  totalSteps === null
    ? step.toLocaleString("en-US")
    : `${step.toLocaleString("en-US")} / ${totalSteps.toLocaleString("en-US")}`;

interface Curve {
  name: string;
  values: (number | null)[];
}

/** Curves of steps and of evaluations, over all parts. */
function curvesOf(parts: readonly RunPart[]): { steps: Curve[]; evals: Curve[] } {
  const steps = new Map<string, (number | null)[]>();
  const evals = new Map<string, (number | null)[]>();
  let before = 0;
  for (const { steps: part, evals: evaluations } of parts) {
    for (const [name, values] of Object.entries(part.curves)) {
      const curve = steps.get(name) ?? [];
      steps.set(name, curve);
      while (curve.length < before) curve.push(null);
      for (const value of values) curve.push(value);
    }
    before += part.step.length;
    for (const { values } of evaluations)
      for (const [name, value] of Object.entries(values))
        evals.set(name, [...(evals.get(name) ?? []), value]);
  }
  const list = (map: Map<string, (number | null)[]>): Curve[] =>
    [...map].map(([name, values]) => ({ name, values }));
  return { steps: list(steps), evals: list(evals) };
}

/** What a run came to so far, for a terminal. */
export function describeRun(run: RunSummary, parts: readonly RunPart[]): string {
  const why = run.why === null ? "" : `: ${run.why}`;
  const tokens = `${run.tokens.toLocaleString("en-US")} tokens`;
  const lines = [
    `${run.name}  ${run.status}${why}`,
    `step ${progress(run)}, ${tokens}, ${formatDuration(run.seconds)} of training`,
    "",
  ];
  const { steps, evals } = curvesOf(parts);
  const rows = [...steps, ...evals].map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const [least, greatest] = known.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    );
    const ends = known.length === 0 ? ["-", "-"] : [figure(least), figure(greatest)];
    return [name, sparkline(values, width), figure(known[0]), figure(known.at(-1)), ...ends];
  });
  lines.push(formatTable(["CURVE", "", "FIRST", "LAST", "LEAST", "GREATEST"], rows, [2, 3, 4, 5]));
  const samples = parts.flatMap((part) => part.samples);
  const last = samples.at(-1)?.step;
  for (const { step, prompt, text } of samples.filter((sample) => sample.step === last))
    lines.push(`sample at step ${step}: ${safeText(prompt)}|${safeText(text)}`);
  const notes = parts.flatMap((part) => part.notes).slice(-8);
  for (const { step, text, kind } of notes) lines.push(`${kind} at step ${step}: ${safeText(text)}`);
  return `${lines.join("\n").trimEnd()}\n`;
}
