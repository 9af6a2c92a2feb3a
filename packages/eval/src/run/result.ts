import type { Degradation } from "@llamero/kernels";
import type { GeneratorIdentity, Prompt } from "../generator.ts";
import type { Estimate } from "../stats/estimate.ts";
import type { Outcome, TaskKind } from "../task.ts";
import type { TokenCounts } from "./session.ts";

/** How the shots of an item are chosen: always the first, or drawn for each item by the seed. */
export type ShotChoice = "first" | "seeded";

/** A figure of a metric. */
export interface Score extends Estimate {
  higherIsBetter: boolean;
}

/** A task's scores and everything that they depend on. */
export interface TaskResult {
  task: string;
  version: number;
  kind: TaskKind;
  category: string;
  languages: readonly string[];
  model: GeneratorIdentity;
  judge: GeneratorIdentity | null;
  /** Digest of all records of the set, whatever the limit. */
  dataDigest: string;
  split: string;
  seed: number;
  shots: { count: number; choice: ShotChoice };
  limit: number | null;
  /** Items that should be scored; those in `scores` are fewer where some failed. */
  numItems: number;
  /** Items whose request failed: in no score, each with its error in the samples. */
  numErrors: number;
  mainMetric: string;
  scores: Readonly<Record<string, Score>>;
  degraded: readonly Degradation[];
  tokens: TokenCounts;
  /** Items whose outcome was there from an earlier run. */
  numResumed: number;
  startedAt: string;
  durationMs: number;
}

/** What became of one item. */
export interface Sample {
  task: string;
  /** Place among the records of the split. */
  index: number;
  /** What the model was shown. */
  prompt: Prompt;
  outcome: Outcome | null;
  /** Why there is no outcome. */
  error: string | null;
  tokens: TokenCounts;
}

/** Results of one evaluation, as its file holds them. */
export interface EvalReport {
  format: "llamero-eval";
  formatVersion: 1;
  results: readonly TaskResult[];
}
