import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../data/output/atomic-file.ts";
import type { SweepPoint } from "./fit-law.ts";
import type { SweepRun } from "./plan-sweep.ts";

/** Trains one run and gives its loss on held-out text, in nats per token. */
export type TrainOne = (run: SweepRun, signal?: AbortSignal) => Promise<number>;

/** How to run a sweep. */
export interface RunSweepOptions {
  /** `points.json` of finished runs lies here; those are not run again. */
  folder: string;
  trainOne: TrainOne;
  signal?: AbortSignal | undefined;
  onRun?(run: SweepRun, loss: number | null, index: number): void;
}

/** Runs what is not done yet, one run after another, and keeps every loss as soon as it is known. */
export async function runSweep(runs: readonly SweepRun[], options: RunSweepOptions): Promise<SweepPoint[]> {
  const { folder, trainOne, signal } = options;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "points.json");
  const known = new Map(readPoints(path).map((point) => [point.id, point]));
  const points: SweepPoint[] = [];
  for (const [index, run] of runs.entries()) {
    const { id, budget, parameters, flopsPerToken, tokens } = run;
    const found = known.get(id);
    if (found !== undefined && (found.tokens !== tokens || found.parameters !== parameters))
      throw new RangeError(
        `${path} has ${id} with ${found.parameters} parameters and ${found.tokens} tokens, not ${parameters} and ${tokens}: ` +
          "the sweep has changed; write it to another folder",
      );
    if (found === undefined) {
      signal?.throwIfAborted();
      options.onRun?.(run, null, index);
      const loss = await trainOne(run, signal);
      if (!Number.isFinite(loss))
        throw new RangeError(`Run ${id} ended with loss ${loss}; lower its learning rate`);
      known.set(id, { id, budget, parameters, tokens, flops: flopsPerToken * tokens, loss });
      writeAtomic(path, `${JSON.stringify([...known.values()], null, 1)}\n`);
    }
    const point = known.get(id)!;
    options.onRun?.(run, point.loss, index);
    points.push(point);
  }
  return points;
}

/** Points of finished runs; none where the file is not there. */
export function readPoints(path: string): SweepPoint[] {
  if (!existsSync(path)) return [];
  const value: unknown = JSON.parse(readFileSync(path, "utf8"));
  const isPoint = (one: unknown): one is SweepPoint =>
    typeof one === "object" &&
    one !== null &&
    typeof (one as SweepPoint).id === "string" &&
    (["budget", "parameters", "tokens", "flops", "loss"] as const).every((key) =>
      Number.isFinite((one as SweepPoint)[key]),
    );
  if (!Array.isArray(value) || !value.every(isPoint))
    throw new SyntaxError(`${path} is not a list of finished runs; delete it to run the sweep anew`);
  return value;
}
