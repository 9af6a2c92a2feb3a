import type { RunPart, StepColumns } from "../api/runs.ts";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const numberOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** A part with nothing in it. */
export function emptyPart(run: string, at: number): RunPart {
  const steps: StepColumns = { step: [], tokens: [], seconds: [], curves: {} };
  return { type: "part", run, isReset: false, at, steps, evals: [], samples: [], notes: [] };
}

/** Adds a line of `metrics.jsonl` to a part; one that cannot be read is shown as such, not left out. */
export function addLine(part: RunPart, line: string): void {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    event = null;
  }
  const step = isRecord(event) ? numberOf(event["step"]) : null;
  if (!isRecord(event) || step === null) {
    const last = part.steps.step.at(-1) ?? 0;
    part.notes.push({ step: last, text: `A line cannot be read: ${line.slice(0, 120)}`, kind: "error" });
    return;
  }
  switch (event["event"]) {
    case "step":
      addStep(part.steps, step, event);
      return;
    case "eval":
      part.evals.push({ step, values: numbersOf(event["values"]) });
      return;
    case "sample":
      part.samples.push({ step, prompt: textOf(event["prompt"]), text: textOf(event["text"]) });
      return;
    case "checkpoint":
      part.notes.push({ step, text: textOf(event["path"]), kind: "checkpoint" });
      return;
    case "note":
      part.notes.push({ step, text: textOf(event["text"]), kind: "note" });
      return;
    case "done": {
      const why = textOf(event["why"]);
      const text = textOf(event["stopped"]) + (why === "" ? "" : `: ${why}`);
      part.notes.push({ step, text, kind: "done" });
      return;
    }
    default:
      part.notes.push({ step, text: `Unknown event ${String(event["event"])}`, kind: "error" });
  }
}

function numbersOf(values: unknown): Record<string, number | null> {
  if (!isRecord(values)) return {};
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, numberOf(value)]));
}

const ownCurves = ["loss", "learningRate", "gradientNorm", "tokensPerSecond"];

function addStep(columns: StepColumns, step: number, event: Readonly<Record<string, unknown>>): void {
  const before = columns.step.length;
  columns.step.push(step);
  columns.tokens.push(numberOf(event["tokens"]));
  columns.seconds.push(numberOf(event["seconds"]));
  const more = numbersOf(event["more"]);
  for (const name of ownCurves) more[name] = numberOf(event[name]);
  for (const [name, value] of Object.entries(more)) {
    columns.curves[name] ??= new Array<number | null>(before).fill(null);
    columns.curves[name].push(value);
  }
  for (const curve of Object.values(columns.curves)) if (curve.length === before) curve.push(null);
}
