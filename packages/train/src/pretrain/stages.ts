import type { LlamaConfig } from "@llamero/core";
import type { MixPhase } from "./mix-plan.ts";
import { type PretrainCorpora, withReplay } from "./open-data.ts";
import type { MixShares, PretrainRecipe } from "./recipe.ts";

/** A stretch of the run with one length of sequences and one rope base. */
export interface LengthStage {
  from: number;
  length: number;
  /** Rows computed at once. */
  rows: number;
  config: LlamaConfig;
}

/** The stages by length; the second is that of long context. */
export function lengthStages(recipe: PretrainRecipe, config: LlamaConfig): LengthStage[] {
  const { batch, long } = recipe;
  const stage = (from: number, length: number, ropeTheta: number): LengthStage => ({
    from,
    length,
    rows: Math.max(batch.microTokens, length),
    config: {
      ...config,
      ropeTheta,
      maxPositionEmbeddings: Math.max(config.maxPositionEmbeddings, length),
    },
  });
  const first = stage(0, batch.length, config.ropeTheta);
  return long === null
    ? [first]
    : [first, stage(long.fromStep, long.length, long.ropeTheta ?? config.ropeTheta)];
}

/** The stage of a step. */
export function stageIndexOf(stages: readonly LengthStage[], step: number): number {
  return stages.findLastIndex(({ from }) => from <= step);
}

/** Phases of the mix: they change where the length or the shares do. */
export function mixPhases(
  recipe: PretrainRecipe,
  stages: readonly LengthStage[],
  data: PretrainCorpora,
): { phases: MixPhase[]; shares: MixShares } {
  const { anneal, batch } = recipe;
  const tokensOf = (source: string): number => data.corpora.get(source)!.index.tokens;
  const main = withReplay(recipe.data.mix, recipe.data.replay, tokensOf);
  const last = anneal?.mix == null ? main : withReplay(anneal.mix, recipe.data.replay, tokensOf);
  const annealFrom = anneal === null ? batch.steps : batch.steps - anneal.steps;
  const tables = stages.map(({ length }) => data.tables("train", length));
  const starts = [...new Set([0, annealFrom, ...stages.map(({ from }) => from)])];
  const phases = starts
    .filter((from) => from < batch.steps)
    .sort((a, b) => a - b)
    .map((from): MixPhase => {
      const stage = stageIndexOf(stages, from);
      return { from, stage, tables: tables[stage]!, shares: from >= annealFrom ? last : main };
    });
  return { phases, shares: main };
}

/** Tokens of a step's batch. */
export function batchTokens({ batch }: PretrainRecipe, step: number): number {
  return batch.ramp.find(({ until }) => step < until)?.tokens ?? batch.tokens;
}
