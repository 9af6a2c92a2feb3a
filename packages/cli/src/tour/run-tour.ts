import { exitCodeOf } from "../errors.ts";
import type { Tour } from "./step.ts";
import type { TourEntry } from "./steps.ts";

/** What became of a step. */
export interface StepReport {
  name: string;
  title: string;
  commands: readonly (readonly string[])[];
  seconds: number;
  /** Figures of the step, or why there are none. */
  result: Readonly<Record<string, unknown>> | null;
  error: string | null;
}

/** Runs steps one after the other; one that fails says so and the next begins. Throws AbortError when interrupted. */
export async function runTour(
  entries: readonly (TourEntry & { number: number })[],
  count: number,
  tour: Tour,
): Promise<StepReport[]> {
  const { screen, signal } = tour;
  const reports: StepReport[] = [];
  for (const { number, name, title, load } of entries) {
    signal.throwIfAborted();
    screen.heading(`${number} of ${count} · ${title}`);
    const started = performance.now();
    const report: StepReport = { name, title, commands: [], seconds: 0, result: null, error: null };
    try {
      const { step } = await load();
      report.commands = step.commands(tour);
      for (const command of report.commands) screen.command(command);
      screen.line();
      report.result = await step.run(tour);
    } catch (error) {
      screen.clear();
      if (signal.aborted || exitCodeOf(error) === 130) throw error;
      report.error = error instanceof Error ? error.message : String(error);
      screen.line();
      screen.text(`Failed: ${report.error}`, screen.colors.red);
    }
    report.seconds = (performance.now() - started) / 1000;
    reports.push(report);
  }
  return reports;
}
