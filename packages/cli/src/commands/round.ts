import { resolve } from "node:path";
import type { FeedbackRoundResult } from "@llamero/train/round";
import { type CommandDefinition, defineCommand, type Flag, type Values } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { choiceFlag, jsonFlag, modelFlags, numberFlag, switchFlag, textFlag } from "../flags.ts";
import { reportDegradations } from "../model/open-model.ts";
import { openPlace, placeFlags } from "../round/server-or-store.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { endInterrupted } from "../train/end-interrupted.ts";
import { RoundProgress } from "../train/round-progress.ts";
import { runOrExplain } from "../train/run-or-explain.ts";
import { resumeFlag, trainBackendFlag } from "../train/train-flags.ts";
import { findModel } from "../train/tune.ts";

const gateFlag: Flag<readonly string[]> = {
  flags: "--gate <task>",
  description:
    "set of questions that the result must not be worse on, a name or a file; may be given several times",
  env: null,
  parse: (text, previous) => [...previous, text],
  fallback: [],
};

const flags = {
  from: choiceFlag(
    "--from <source>",
    "what to learn from: stored answers with ratings, and arena votes",
    ["traces"],
    null,
  ),
  ...placeFlags,
  file: textFlag(
    "--file <path>",
    "file or folder of the model (default: the one of this name in the model store)",
  ),
  out: textFlag("-o, --out <folder>", "the round's folder (default: rounds/MODEL-TIME)"),
  gate: gateFlag,
  allowedLoss: numberFlag("--allowed-loss <n>", "how much worse each figure may be", 0.01, { min: 0 }),
  gateLimit: numberFlag("--gate-limit <n>", "first items of each task only", null, {
    min: 1,
    isInteger: true,
  }),
  all: switchFlag("--all", "learn from all ratings, not only from those since the adapter that is served"),
  rank: numberFlag(
    "--rank <n>",
    "rank of the adapter of each stage; what is served has twice as much at most",
    8,
    { min: 1, isInteger: true },
  ),
  epochs: numberFlag("--epochs <n>", "times through the data", null, { min: 1, isInteger: true }),
  rate: numberFlag("--lr <rate>", "peak learning rate", null, { min: 0 }),
  length: numberFlag("--max-length <tokens>", "tokens of the longest conversation", null, {
    min: 2,
    isInteger: true,
  }),
  minPairs: numberFlag("--min-pairs <n>", "with fewer pairs there is no preference training", 8, {
    min: 1,
    isInteger: true,
  }),
  seed: numberFlag("--seed <n>", "same seed, same round", 1, { min: 0, isInteger: true }),
  dryRun: switchFlag("--dry-run", "say what would be learned from, and stop"),
  resume: resumeFlag,
  threads: modelFlags.threads,
  backend: trainBackendFlag("compute with"),
  json: jsonFlag,
};

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details: `Takes the stored answers of a served model that somebody rated, and the votes of the arena; trains a LoRA adapter on what
was liked and on what was preferred; evaluates it beside the model as it is served. When no figure of the gate is worse, the
running server serves the model through the adapter from then on: requests under way are not disturbed, and
llamero round rollback restores what was before. Otherwise nothing changes and the exit code is 1. With --store, for a server
that does not run, the next start serves the adapter.`,
  flags,
  examples: [
    "llamero round Llama-3.2-1B --from traces --gate ifeval",
    "llamero round mine --from traces --gate mine.jsonl --allowed-loss 0 --server http://127.0.0.1:8321",
    "llamero round mine --from traces --dry-run",
  ],
  async run([model], values) {
    if (values.from === null) throw new UsageError("--from is missing: --from traces");
    const { gate, dryRun } = values;
    if (gate.length === 0 && !dryRun)
      throw new UsageError(
        "--gate is missing: a round needs a set of questions to judge it by",
        "See: llamero eval ls",
      );
    const place = await openPlace(values);
    try {
      return await round(model!, values, place);
    } finally {
      await place.close();
    }
  },
});

async function round(
  model: string,
  values: Values<typeof flags>,
  place: Awaited<ReturnType<typeof openPlace>>,
): Promise<number> {
  const { current } = await place.served(model);
  const since = values.all ? null : (current?.learned_until ?? null);
  const data = await place.data(model, since);
  const left = Object.entries(data.left_out).map(([why, count]) => `${count} left out: ${why}`);
  process.stderr.write(
    `${[`${data.sft.length} answers to learn, ${data.pairs.length} pairs, served through ${current?.name ?? "no adapter"}`, ...left].join("\n")}\n`,
  );
  if (values.dryRun) {
    if (values.json) printJson({ served: current, ...data });
    return exitCodes.ok;
  }
  const file = await findModel(values.file ?? model, process.cwd());
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const out = resolve(values.out ?? `rounds/${model.replaceAll(/[^\w.-]/g, "-")}-${stamp}`);
  const result = await train(values, { model: file, adapter: current?.path ?? null, data, out });
  const { accepted, adapter, reason, stopped } = result;
  const served =
    adapter === null
      ? null
      : await place.register({
          model,
          ...adapter,
          ...(data.learned_until !== null && { learned_until: data.learned_until }),
        });
  if (values.json) printJson({ ...result, served });
  else {
    const figures = result.figures
      .filter(({ allowedLoss }) => allowedLoss !== null)
      .map(
        ({ task, metric, before, after }) =>
          `${task} ${metric}: ${before.toFixed(3)} before, ${after.toFixed(3)} after`,
      );
    const verdict = accepted
      ? `${model} is served through ${adapter!.name}`
      : `${model} stays as it is: ${reason ?? stopped}`;
    process.stdout.write(`${[...figures, verdict, out].join("\n")}\n`);
  }
  if (stopped === "interrupted")
    return endInterrupted(
      `in the round; what is done is in ${out}`,
      `The same command with --out ${out} --resume goes on`,
    );
  return accepted ? exitCodes.ok : exitCodes.fault;
}

interface Training {
  model: string;
  adapter: string | null;
  data: { sft: readonly object[]; pairs: readonly object[] };
  out: string;
}

async function train(
  values: Values<typeof flags>,
  { model, adapter, data, out }: Training,
): Promise<FeedbackRoundResult> {
  const { runFeedbackRound } = await import("@llamero/train/round");
  using progress = new RoundProgress();
  const { rank, epochs, rate, length, gate, allowedLoss, gateLimit, minPairs, seed } = values;
  return await runOrExplain(() =>
    runFeedbackRound(
      {
        model,
        adapter,
        sft: data.sft,
        pairs: data.pairs,
        out,
        lora: { rank },
        // Room for what both stages of a first round train.
        maxRank: 2 * rank,
        gate: {
          tasks: gate.map((task) => ({
            task: /\.(jsonl|ya?ml)$/.test(task) ? resolve(task) : task,
            allowedLoss,
          })),
          ...(gateLimit !== null && { limit: gateLimit }),
        },
        settings: {
          ...(epochs !== null && { epochs }),
          ...(rate !== null && { learningRate: rate }),
          ...(length !== null && { batch: { length } }),
        },
        minPairs,
        seed,
      },
      {
        resume: values.resume,
        signal: interruptSignal(),
        choice: {
          ...(values.backend !== null && { backend: values.backend }),
          ...(values.threads !== null && { threads: values.threads }),
        },
        onNotes: (notes, degradations) => {
          reportDegradations(degradations);
          for (const note of notes) process.stderr.write(`Note: ${note}\n`);
        },
        listener: (event) => progress.update(event),
      },
    ),
  );
}
