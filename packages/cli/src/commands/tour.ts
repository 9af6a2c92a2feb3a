import { resolve } from "node:path";
import { type CommandDefinition, defineCommand, type Flag } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, switchFlag, textFlag } from "../flags.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { defaultModel, shippedModel } from "../model/shipped-model.ts";
import { formatBytes } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { openTour } from "../tour/open-tour.ts";
import { runTour, type StepReport } from "../tour/run-tour.ts";
import { Screen } from "../tour/screen.ts";
import type { Tour } from "../tour/step.ts";
import { tourSteps } from "../tour/steps.ts";

const stepFlag: Flag<readonly string[]> = {
  flags: "--step <step>",
  description: `only this one, by number or name: ${tourSteps.map(({ name }) => name).join(", ")}`,
  env: null,
  parse(text, previous) {
    if (tourSteps.some(({ name }, i) => text === name || text === `${i + 1}`)) return [...previous, text];
    throw new UsageError(
      `--step takes 1 to ${tourSteps.length} or ${tourSteps.map(({ name }) => name).join(", ")}, not ${text}`,
    );
  },
  fallback: [],
};

export const command: CommandDefinition = defineCommand({
  arguments: "",
  details: `Runs every step for real and prints the command that does the same. Nothing goes over a network. Files are temporary;
--keep leaves those that the printed commands read. A step that fails says so, the others
follow, and the exit code is 1.`,
  flags: {
    model: {
      ...textFlag("-m, --model <model>", "model to show (default: the one that ships, else the newest)"),
      env: "LLAMERO_TOUR_MODEL",
    },
    step: stepFlag,
    fast: switchFlag("--fast", "smaller amounts of everything"),
    keep: {
      ...textFlag("--keep <folder>", "leave the files that the printed commands read in this folder"),
      env: null,
    },
    threads: modelFlags.threads,
    backend: modelFlags.backend,
    json: jsonFlag,
  },
  examples: [
    "llamero tour",
    "llamero tour --step lora --keep ./tour",
    "llamero tour --model model.gguf --json",
  ],
  async run(_, { model: called, step, fast, keep, threads, backend, json }) {
    process.env["LLAMERO_OFFLINE"] = "1";
    const stored = called === null ? (shippedModel() ?? (await defaultModel())) : await resolveLocal(called);
    if (stored === null) throw new UsageError("No model given and none in the store", "Use: --model FILE");
    const screen = new Screen(json ? null : process.stdout);
    const entries = tourSteps
      .map((entry, i) => ({ ...entry, number: i + 1 }))
      .filter(({ name, number }) => step.length === 0 || step.includes(name) || step.includes(`${number}`));
    const values = { context: null, threads, backend, mode: "fast", kv: "f16" } as const;
    const kept = keep === null ? null : resolve(keep);
    using tour = await openTour(stored, { called, screen, isFast: fast, keep: kept, values });
    introduce(tour, entries.length);
    const started = performance.now();
    try {
      const reports = await runTour(entries, tourSteps.length, tour);
      const seconds = (performance.now() - started) / 1000;
      if (json) printJson({ model: tour.model.name, fast, seconds, steps: reports });
      else conclude(tour, reports, seconds, keep !== null);
      return reports.every(({ error }) => error === null) ? exitCodes.ok : exitCodes.fault;
    } finally {
      screen.clear();
    }
  },
});

function introduce({ screen, model }: Tour, steps: number): void {
  const { bold, dim } = screen.colors;
  const { checkpoint, title, numWeights } = model;
  screen.line();
  screen.line(
    `${bold("Llamero, a short tour")}  ${dim(`${title}, ${(numWeights / 1e6).toFixed(1)} M weights, ${formatBytes(checkpoint.sizeBytes)}`)}`,
  );
  screen.text(
    `${steps === 1 ? "One step" : `${steps} steps`}, run here and now, offline; each names the command that does it.`,
    dim,
  );
}

function conclude(
  { screen, given }: Tour,
  reports: readonly StepReport[],
  seconds: number,
  isKept: boolean,
): void {
  const { bold, dim } = screen.colors;
  const failed = reports.filter(({ error }) => error !== null);
  const [done, all] = [reports.length - failed.length, reports.length];
  screen.heading(`${done === all ? "Done" : `${done} of ${all} steps worked`}, ${seconds.toFixed(0)} s`);
  for (const { name, error } of failed) screen.text(`${name} failed: ${error}`, screen.colors.red);
  if (!isKept && given.length > 0)
    screen.text(
      `The commands read ${given.join(" and ")}: llamero tour --keep FOLDER leaves them there.`,
      dim,
    );
  screen.line(`Next: ${bold("llamero chat")}, or llamero --help for everything else.`);
  screen.line();
}
