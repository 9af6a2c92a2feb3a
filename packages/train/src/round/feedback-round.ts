import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertModel, openCheckpoint, readAdapter } from "@llamero/core";
import { writeAtomic } from "../data/output/atomic-file.ts";
import { lineageFile, writeLineageRecord } from "../lineage/record.ts";
import { joinAdapters } from "../lora/join-adapters.ts";
import { mergeAdapter } from "../lora/merge-adapter.ts";
import { writeGgufAdapter } from "../lora/write-adapter.ts";
import type { LoraOptions } from "../session/session.ts";
import { endIds, openTuneModel } from "../tune/tune-model.ts";
import type { GateFigure } from "./gate.ts";
import { readGate, readStage } from "./parse-recipe.ts";
import type { RoundRecipe } from "./recipe.ts";
import { type RunRoundsOptions, runRounds } from "./run-rounds.ts";

/** A round that learns from what people thought of answers, as an adapter beside the model. */
export interface FeedbackRound {
  model: string;
  /** Through which the model is served now; null for none. */
  adapter: string | null;
  /** Records as `train sft` and `train dpo` read them. */
  sft: readonly object[];
  pairs: readonly object[];
  out: string;
  lora: Partial<LoraOptions>;
  /** As the gate of a recipe of rounds: tasks, allowedLoss, limit, data. */
  gate: Readonly<Record<string, unknown>>;
  /** Of the stages, such as epochs and learningRate. */
  settings?: Readonly<Record<string, unknown>>;
  minPairs: number;
  seed: number;
  context?: number | null;
}

export interface FeedbackRoundResult {
  stopped: "finished" | "interrupted";
  accepted: boolean;
  /** Why not. */
  reason: string | null;
  figures: readonly GateFigure[];
  /** Does what the adapter before did too; null where none was accepted. */
  adapter: { name: string; path: string; sha256: string } | null;
  /** `rounds.json` of the run. */
  path: string;
}

const linesOf = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

/** Recipe of the round. Throws SyntaxError for settings that are wrong. */
export function feedbackRecipe(round: FeedbackRound, base: string): RoundRecipe {
  const owner = "round";
  const stage = (method: "sft" | "dpo", has: boolean) =>
    readStage(method, `${owner}: ${method}`, has && { ...round.settings, lora: round.lora }, round.out);
  return {
    name: "feedback",
    model: base,
    out: join(round.out, "training"),
    rounds: 1,
    seed: round.seed,
    prompts: [],
    promptsPerRound: null,
    samples: 1,
    sampling: { temperature: 1, topP: 1, maxTokens: 1 },
    rewards: { rules: [], model: null, spec: null },
    threshold: 0,
    minMargin: 0,
    sft: stage("sft", round.sft.length > 0),
    dpo: stage("dpo", round.pairs.length >= round.minPairs),
    minPairs: round.minPairs,
    average: null,
    gate: readGate(`${owner}: gate`, round.gate, process.cwd()),
    batch: 16,
    context: round.context ?? null,
  };
}

/**
 * Learns from ratings: fine-tunes on what was liked, prefers the better of pairs, and holds the result to the gate beside
 * the model as it is served. What passes is one adapter for the model's own file.
 */
export async function runFeedbackRound(
  round: FeedbackRound,
  options: Omit<RunRoundsOptions, "given"> = {},
): Promise<FeedbackRoundResult> {
  const { model, adapter, out, sft, pairs, minPairs } = round;
  if (sft.length === 0 && pairs.length < minPairs)
    throw new RangeError(
      `There is nothing to learn from: no answer to learn and ${pairs.length} pairs, of which a round takes ${minPairs} at least`,
    );
  const original = openTuneModel(model);
  const base = adapter === null ? model : join(out, "base");
  const recipe = feedbackRecipe(round, base);
  mkdirSync(join(out, "data"), { recursive: true });
  const files = { sft: join(out, "data", "sft.jsonl"), pairs: join(out, "data", "pairs.jsonl") };
  if (options.resume !== true || !existsSync(files.sft)) {
    writeAtomic(files.sft, linesOf(sft));
    writeAtomic(files.pairs, linesOf(pairs));
  }
  const { checkpoint } = original;
  if (adapter !== null && !existsSync(join(base, "config.json"))) {
    const merged = mergeAdapter(checkpoint, readAdapter(adapter, checkpoint, "served"));
    await convertModel({ ...merged, eosTokenIds: endIds(original) }, base, {
      container: "safetensors",
      format: "f32",
      ...(options.signal && { signal: options.signal }),
    });
  }
  const { stopped, lineage, path } = await runRounds(recipe, {
    ...options,
    given: {
      sft: { file: files.sft, count: sft.length },
      pairs: { file: files.pairs, count: pairs.length },
    },
  });
  const [record] = lineage.rounds;
  const figures = record?.stages.gate?.figures ?? [];
  const accepted = stopped === "finished" && record?.verdict === "accepted";
  const reason = record?.reason ?? null;
  if (!accepted) return { stopped, accepted, reason, figures, adapter: null, path };
  const trained = (["sft", "dpo"] as const)
    .filter((stage) => record.stages[stage]?.path != null)
    .map((stage) => join(recipe.out, "round-01", stage, "adapter"));
  const all = [...(adapter === null ? [] : [adapter]), ...trained];
  const target = openCheckpoint(model);
  const joined = joinAdapters(
    "feedback",
    all.map((each) => readAdapter(each, target, each)),
  );
  const file = join(out, "adapter.gguf");
  const { ropeLayout, config, name: baseModel } = target;
  writeGgufAdapter(file, joined, { ropeLayout, headDim: config.headDim, baseModel });
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  const result = { name: `round-${sha256.slice(0, 12)}`, path: file, sha256 };
  writeLineageRecord(out, {
    made: "feedback",
    model: { path: model, digest: original.digest },
    tokenizer: original.tokenizerDigest,
    adapter,
    data: [lineageFile(files.sft), lineageFile(files.pairs)],
    outputs: [file],
  });
  return { stopped, accepted, reason, figures, adapter: result, path };
}
