import { setMaxListeners } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AppendLog, digestOf, type Generator, type RunCode } from "@llamero/eval";
import type { Json } from "../data/document.ts";
import { writeAtomic } from "../data/output/atomic-file.ts";
import { findDifference } from "../data/pipeline/settings.ts";
import type { Scorer } from "../reward/reward-model.ts";
import { checkRewards, type RewardSet, rewardOf } from "../reward/reward-set.ts";
import type { SamplePrompt } from "./prompts.ts";
import { isSample, type Sample, type Sampling, samplePrompts } from "./sample.ts";
import { type ScoredSample, type SelectOptions, type SelectReport, selectSamples } from "./select.ts";

export interface RejectOptions extends SelectOptions {
  prompts: readonly SamplePrompt[];
  /** Answers to each prompt. */
  samples: number;
  sampling: Sampling;
  seed: number;
  generator: Generator;
  rewards: RewardSet;
  /** The reward model of `rewards`, opened when there is something to score. */
  openScorer?: (() => Scorer | Promise<Scorer>) | undefined;
  runCode?: RunCode | null | undefined;
  /** Logs and results; the same call goes on where one was killed. */
  folder: string;
  signal?: AbortSignal | undefined;
  onProgress?: ((stage: "sample" | "score", done: number, total: number) => void) | undefined;
}

export interface RejectResult {
  report: SelectReport;
  /** JSONL for `train sft` and `train dpo`. */
  sft: string;
  pairs: string;
}

interface ScoreEntry {
  prompt: number;
  sample: number;
  score: number;
  why: string | null;
}

const isScore = (value: unknown): value is ScoreEntry =>
  typeof value === "object" &&
  value !== null &&
  Number.isInteger(Reflect.get(value, "prompt")) &&
  Number.isInteger(Reflect.get(value, "sample")) &&
  typeof Reflect.get(value, "score") === "number";

/** Samples that are scored between two writes of the log. */
const scoreBatch = 64;

/** Samples answers, scores them and keeps the best: rejection sampling. Writes sft.jsonl, pairs.jsonl, report.json. */
export async function rejectionSample(options: RejectOptions): Promise<RejectResult> {
  const { prompts, samples: count, folder, generator, rewards, signal, onProgress } = options;
  if (prompts.length === 0) throw new RangeError("There is no prompt to sample answers to");
  if (!(Number.isInteger(count) && count >= 1))
    throw new RangeError(`samples is ${count}; it must be 1 or more`);
  for (const { source, expect } of prompts) checkRewards(rewards, source, expect);
  if (rewards.rules.some(({ verifier }) => verifier.usesCode) && (options.runCode ?? null) === null)
    throw new RangeError("The reward runs code, but there is no sandbox here");
  // Every request under way listens.
  if (signal !== undefined) setMaxListeners(0, signal);
  mkdirSync(folder, { recursive: true });
  checkSettings(options);
  await using log = await AppendLog.open(join(folder, "samples.jsonl"), isSample);
  const found = await samplePrompts(prompts, {
    generator,
    count,
    sampling: options.sampling,
    seed: options.seed,
    log,
    signal,
    onProgress: (done, total) => onProgress?.("sample", done, total),
  });
  const scored = await scoreSamples(found, options);
  const { sft, pairs, report } = selectSamples(prompts, scored, options);
  const paths = { sft: join(folder, "sft.jsonl"), pairs: join(folder, "pairs.jsonl") };
  writeAtomic(paths.sft, sft.map((record) => `${JSON.stringify(record)}\n`).join(""));
  writeAtomic(paths.pairs, pairs.map((record) => `${JSON.stringify(record)}\n`).join(""));
  writeAtomic(join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  return { report, ...paths };
}

async function scoreSamples(found: readonly Sample[], options: RejectOptions): Promise<ScoredSample[]> {
  const { samples: count, folder, prompts, rewards, signal, openScorer, onProgress } = options;
  await using log = await AppendLog.open(join(folder, "scores.jsonl"), isScore);
  const known = new Map(log.entries.map((entry) => [entry.prompt * count + entry.sample, entry]));
  const waiting = found.filter(({ prompt, sample }) => !known.has(prompt * count + sample));
  if (rewards.model !== null && openScorer === undefined)
    throw new TypeError("The reward has a model, so openScorer is needed");
  await using scorer = rewards.model !== null && waiting.length > 0 ? await openScorer!() : null;
  const means = { runCode: options.runCode ?? null, signal };
  for (let from = 0; from < waiting.length; from += scoreBatch) {
    signal?.throwIfAborted();
    onProgress?.("score", known.size, found.length);
    const batch = waiting.slice(from, from + scoreBatch);
    const usable = batch.filter(
      ({ error, isCut, text, toolCalls }) =>
        error === null && !isCut && (text !== "" || toolCalls.length > 0),
    );
    const scores = await scorer?.score(
      usable.map(({ prompt, text, toolCalls }) => {
        const { messages, tools } = prompts[prompt]!;
        return { messages: [...messages, { role: "assistant", content: text, toolCalls }], tools };
      }),
      signal,
    );
    for (const sample of batch) {
      const { prompt, error, isCut, text, toolCalls } = sample;
      const place = usable.indexOf(sample);
      const { messages, expect } = prompts[prompt]!;
      const judged = { prompt: messages, answer: text, toolCalls, expect };
      const verdict =
        place < 0
          ? { score: 0, why: error !== null ? "no answer" : isCut ? "cut off" : "empty" }
          : await rewardOf(rewards, judged, scores?.[place] ?? null, means);
      const entry = { prompt, sample: sample.sample, ...verdict };
      known.set(prompt * count + sample.sample, entry);
      log.append(entry);
    }
    await log.flush();
  }
  onProgress?.("score", known.size, found.length);
  return found.map((sample) => {
    const { score, why } = known.get(sample.prompt * count + sample.sample)!;
    return { ...sample, score, why };
  });
}

/** A folder goes on with the same prompts, model and rewards only; the threshold may change. */
function checkSettings(options: RejectOptions): void {
  const { prompts, samples, sampling, seed, generator, rewards, folder } = options;
  const rules = rewards.rules.map(({ verifier, weight, required }) => ({
    kind: verifier.kind,
    weight,
    required,
  }));
  const { model, modelHash } = generator.identity;
  const settings = JSON.parse(
    JSON.stringify({
      version: 1,
      prompts: digestOf(prompts.map(({ source: _, ...rest }) => rest)),
      samples,
      sampling,
      seed,
      model: { model, modelHash },
      rules,
      rewardModel: rewards.model,
      spec: rewards.spec ?? null,
    }),
  ) as Json;
  const path = join(folder, "settings.json");
  if (!existsSync(path)) {
    writeAtomic(path, `${JSON.stringify(settings, null, 2)}\n`);
    return;
  }
  const difference = findDifference(JSON.parse(readFileSync(path, "utf8")) as Json, settings);
  if (difference !== null)
    throw new RangeError(
      `The samples in ${folder} cannot be continued: ${difference} has changed since. Put it back, or take another folder`,
    );
}
