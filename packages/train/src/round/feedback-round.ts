import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, convertModel, openCheckpoint, readAdapter } from "@llamero/core";
import { writeAtomic } from "../data/output/atomic-file.ts";
import { lineageFile, writeLineageRecord } from "../lineage/record.ts";
import { joinAdapters } from "../lora/join-adapters.ts";
import { limitRank } from "../lora/limit-rank.ts";
import { mergeAdapter } from "../lora/merge-adapter.ts";
import { writeGgufAdapter } from "../lora/write-adapter.ts";
import type { LoraOptions } from "../session/session.ts";
import { endIds, openTuneModel } from "../tune/tune-model.ts";
import type { GateFigure } from "./gate.ts";
import { readGate, readStage } from "./parse-recipe.ts";
import type { RoundRecipe } from "./recipe.ts";
import { type RunRoundsOptions, runRounds } from "./run-rounds.ts";
import type { Settle } from "./stages.ts";

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
  /** Of the adapter that comes out, of however many rounds it is made. */
  maxRank: number;
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
 * the model as it is served. What passes is one adapter for the model's own file, whose rank does not grow with the rounds.
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
  const target = openCheckpoint(model);
  const base = adapter === null ? model : join(out, "base");
  const recipe = feedbackRecipe(round, base);
  mkdirSync(join(out, "data"), { recursive: true });
  const files = { sft: join(out, "data", "sft.jsonl"), pairs: join(out, "data", "pairs.jsonl") };
  if (options.resume !== true || !existsSync(files.sft)) {
    writeAtomic(files.sft, linesOf(sft));
    writeAtomic(files.pairs, linesOf(pairs));
  }
  const { checkpoint } = original;
  const write = async (merged: Checkpoint, folder: string, signal?: AbortSignal): Promise<void> =>
    void (await convertModel({ ...merged, eosTokenIds: endIds(original) }, folder, {
      container: "safetensors",
      format: "f32",
      ...(signal && { signal }),
    }));
  if (adapter !== null && !existsSync(join(base, "config.json"))) {
    await write(mergeAdapter(checkpoint, readAdapter(adapter, checkpoint, "served")), base, options.signal);
  }
  const file = join(out, "adapter.gguf");
  const settle: Settle = async (folder, signal) => {
    const trained = (["sft", "dpo"] as const)
      .map((stage) => join(folder, "..", stage, "adapter"))
      .filter((each) => existsSync(each));
    if (trained.length === 0) return null;
    const all = [...(adapter === null ? [] : [adapter]), ...trained];
    const joined = joinAdapters(
      "feedback",
      all.map((each) => readAdapter(each, target, each)),
    );
    const { adapter: limited, kept } = limitRank(joined, round.maxRank);
    const { ropeLayout, config, name: baseModel } = target;
    writeGgufAdapter(file, limited, { ropeLayout, headDim: config.headDim, baseModel });
    if (kept === 1) return null;
    // What is served is what is judged.
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await write(
      mergeAdapter(checkpoint, readAdapter(file, target, "feedback")),
      join(folder, "model"),
      signal,
    );
    const [rank, was] = [round.maxRank, joined.targets[0]!.rank];
    return {
      path: join(folder, "model"),
      note: `rank ${was} cut to ${rank}, which keeps ${(100 * kept).toFixed(2)} % of the squared changes`,
    };
  };
  const { stopped, lineage, path } = await runRounds(recipe, {
    ...options,
    settle,
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
