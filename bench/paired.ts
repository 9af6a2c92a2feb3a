import { execFileSync } from "node:child_process";
import { cpus, loadavg, release } from "node:os";
import { fileURLToPath } from "node:url";

/** Tokens per second by test, one for each round. */
export type Samples = Map<string, number[]>;

/** Adds one run. */
export function record(samples: Samples, test: string, rate: number): void {
  samples.set(test, [...(samples.get(test) ?? []), rate]);
}

/** Runs a program; its standard output. */
export function run(file: string, args: readonly string[], env: Record<string, string> = {}): string {
  return execFileSync(file, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 26,
    env: { ...process.env, ...env },
  });
}

/** The command. */
export const llamero: string = fileURLToPath(new URL("../packages/cli/bin/llamero.mjs", import.meta.url));

/** One run of `llamero bench --json`. */
export interface OwnRun {
  backend: string;
  threads: number;
  degraded: readonly unknown[];
  results: readonly { test: string; tokens: number; batch: number; best: number }[];
}

/** Runs `llamero bench` once, with a Node of choice. */
export function runLlamero(
  args: readonly string[],
  { node = process.execPath, env = {} }: { node?: string; env?: Record<string, string> } = {},
): OwnRun {
  return JSON.parse(run(node, [llamero, "bench", ...args, "--json"], env)) as OwnRun;
}

/** The largest. */
export const best = (list: readonly number[]): number => Math.max(...list);

/** The middle one. */
export const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;

/** A rate with three or four digits. */
export const showRate = (rate: number): string => (rate >= 100 ? rate.toFixed(0) : rate.toFixed(1));

/** Where this was measured. */
export function machineLine(): string {
  const commit = run("git", ["rev-parse", "--short", "HEAD"]).trim();
  return `Machine: ${cpus()[0]!.model}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}; commit ${commit}; load at start ${loadavg()[0]!.toFixed(1)}`;
}

/** A table of two sides and, under it, every sample in the order it was taken. */
export function comparison(
  [nameA, a]: readonly [string, Samples],
  [nameB, b]: readonly [string, Samples],
): string {
  const lines = [
    `| test | ${nameA} best / median | ${nameB} best / median | ratio best / median |`,
    "|---|---|---|---|",
  ];
  for (const [test, left] of a) {
    const right = b.get(test);
    if (right === undefined) continue;
    const pair = (list: readonly number[]): string => `${showRate(best(list))} / ${showRate(median(list))}`;
    lines.push(
      `| ${test} | ${pair(left)} | ${pair(right)} | ${(best(right) / best(left)).toFixed(2)} / ${(median(right) / median(left)).toFixed(2)} |`,
    );
  }
  for (const [test, left] of a) {
    const right = b.get(test) ?? [];
    lines.push(
      "",
      `${test}: ${nameA} ${left.map(showRate).join(" ")}; ${nameB} ${right.map(showRate).join(" ")}`,
    );
  }
  return lines.join("\n");
}
