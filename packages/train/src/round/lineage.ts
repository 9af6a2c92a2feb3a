import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../data/output/atomic-file.ts";
import type { SelectReport } from "../reject/select.ts";
import type { TuneResult } from "../tune/run-tune.ts";
import type { GateFigure } from "./gate.ts";

/** Parts of a round, in their order. */
export const stageNames = ["sample", "sft", "dpo", "average", "gate"] as const;

/** A part of a round. */
export type StageName = (typeof stageNames)[number];

/** How a model came about, or why it did not. */
export interface TrainedStage {
  skipped: string | null;
  /** The model, an adapter merged in. */
  path: string | null;
  steps: number;
  before: TuneResult["before"];
  after: TuneResult["after"];
}

/** What the stages of a round left; a stage that is there is done. */
export interface StageResults {
  sample?: { seed: number; report: SelectReport; sft: string; pairs: string };
  sft?: TrainedStage;
  dpo?: TrainedStage;
  average?: {
    skipped: string | null;
    of: readonly string[];
    weights: readonly number[];
    path: string | null;
    /** What else was done instead. */
    note?: string;
  };
  gate?: { figures: readonly GateFigure[]; accepted: boolean; reason: string | null };
}

/** One round, from the model that it began with to the verdict. */
export interface RoundRecord {
  round: number;
  base: { path: string; digest: string };
  candidate: { path: string; digest: string } | null;
  verdict: "accepted" | "rolled back" | null;
  reason: string | null;
  stages: StageResults;
}

/** `rounds.json`: where the model of every round is from. */
export interface Lineage {
  format: "llamero-rounds";
  version: 1;
  name: string;
  rounds: readonly RoundRecord[];
  /** The model that all rounds so far lead to. */
  model: { path: string; digest: string };
  /** Figures of the first model and of that one. */
  figures: readonly GateFigure[];
  finished: boolean;
}

/** The file of a run's folder. */
export const lineagePath = (out: string): string => join(out, "rounds.json");

/** The lineage of a folder; null where no run began. */
export function readLineage(out: string): Lineage | null {
  const path = lineagePath(out);
  if (!existsSync(path)) return null;
  const lineage = JSON.parse(readFileSync(path, "utf8")) as Lineage;
  if (lineage.format !== "llamero-rounds" || lineage.version !== 1)
    throw new RangeError(`${path} is of no version that this one reads; take another folder`);
  return lineage;
}

/** Writes the lineage so that a kill leaves the old one or the new one. */
export function writeLineage(out: string, lineage: Lineage): void {
  writeAtomic(lineagePath(out), `${JSON.stringify(lineage, null, 2)}\n`);
}
