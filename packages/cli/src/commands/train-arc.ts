import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { ArcOptions } from "@llamero/train/arc";
import { type CommandDefinition, defineCommand, type Flag } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { modelFlags, numberFlag, textFlag } from "../flags.ts";
import { formatDuration } from "../terminal/human.ts";
import { machineRate } from "../train/machine-rate.ts";
import { runOrExplain } from "../train/run-or-explain.ts";

const texts: Flag<readonly string[]> = {
  flags: "--text <file>",
  description:
    "texts to learn from; may be given several times (default: some speeches in the public domain)",
  env: null,
  parse: (text, previous) => [...previous, text],
  fallback: [],
};

/** Share of the rate of plain matrix products that training is counted on to get. */
const trainingShare = 0.35;
/** Where the rate was not measured. */
const slowRate = 1e9;

/** What a folder of the arc remembers. */
interface ArcState {
  version: 1;
  settings: Omit<ArcOptions, "folder" | "threads">;
  done: Readonly<Record<string, number>>;
}

export const command: CommandDefinition = defineCommand({
  arguments: "",
  details: `A toy of how a model is made, from texts to an answer: curate, tokenizer, pre-training, fine-tuning, preferences,
quantisation with proof, questions, chat. Width, heads, learning rates and batches follow from the depth, steps from the
size, the texts and the minutes. Each step is a command of llamero, which is printed before it runs; the same command
again goes on where it was stopped.`,
  flags: {
    depth: numberFlag("--depth <n>", "layers, from which everything follows", 2, {
      min: 1,
      max: 16,
      isInteger: true,
    }),
    out: textFlag("-o, --out <folder>", "where everything goes"),
    minutes: numberFlag("--minutes <n>", "time for all of it, about", 10, { min: 0.1, max: 10_000 }),
    text: texts,
    seed: numberFlag("--seed <n>", "same seed, same data", 1, { min: 0, isInteger: true }),
    threads: modelFlags.threads,
  },
  examples: [
    "llamero train arc --out toy",
    "llamero train arc --depth 4 --minutes 20 --text book.txt --out book",
  ],
  async run(_, values) {
    const { arcSteps } = await import("@llamero/train/arc");
    const { commands } = await import("../commands.ts");
    if (values.out === null) throw new UsageError("train arc needs --out FOLDER");
    const folder = resolve(values.out);
    const { depth, minutes, seed, threads } = values;
    const settings = { depth, minutes, seed, texts: values.text.map((path) => resolve(path)) };
    let state = openState(folder, settings);
    const steps = await runOrExplain(() => arcSteps({ ...settings, folder, threads }));
    const startedAt = performance.now();
    const machine = {
      operationsPerSecond: async () => ((await machineRate(threads)) ?? slowRate) * trainingShare,
    };
    for (const [index, step] of steps.entries()) {
      const title = `[${index + 1}/${steps.length}] ${step.title}`;
      if (state.done[step.name] !== undefined) {
        process.stderr.write(`${title}: done before\n`);
        continue;
      }
      const words = await step.prepare(machine);
      const entry = commands.find(({ name }) => name === words.slice(0, name.split(" ").length).join(" "))!;
      process.stderr.write(`\n${title}\n  llamero ${words.map(quote).join(" ")}\n`);
      const stepAt = performance.now();
      const { command: own } = await entry.load();
      const code = await own.execute(entry.name, entry.summary, words.slice(entry.name.split(" ").length));
      if (code !== exitCodes.ok) {
        process.stderr.write(`Stopped at ${step.name}; the same command goes on from there\n`);
        return code;
      }
      const seconds = (performance.now() - stepAt) / 1000;
      state = { ...state, done: { ...state.done, [step.name]: seconds } };
      await writeState(folder, state);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    process.stderr.write(
      `\nAll of it in ${formatDuration(seconds)}. Talk to it: llamero chat ${quote(relative(process.cwd(), join(folder, "model.gguf")))}\n`,
    );
    return exitCodes.ok;
  },
});

function openState(folder: string, settings: ArcState["settings"]): ArcState {
  const path = join(folder, "arc.json");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(path)) return { version: 1, settings, done: {} };
  const state = JSON.parse(readFileSync(path, "utf8")) as ArcState;
  for (const name of ["depth", "seed", "texts"] as const)
    if (JSON.stringify(state.settings[name]) !== JSON.stringify(settings[name]))
      throw new UsageError(
        `${folder} holds an arc with ${name} ${JSON.stringify(state.settings[name])}, not ${JSON.stringify(settings[name])}; take another folder`,
      );
  return state;
}

async function writeState(folder: string, state: ArcState): Promise<void> {
  const { renameSync, writeFileSync } = await import("node:fs");
  const path = join(folder, "arc.json");
  writeFileSync(`${path}.partial`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${path}.partial`, path);
}

const quote = (word: string): string =>
  /^[\w./=:,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
