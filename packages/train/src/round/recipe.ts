import type { Sampling } from "../reject/sample.ts";
import type { RewardSet } from "../reward/reward-set.ts";
import type { TuneRecipe } from "../tune/recipe.ts";

/** A figure that a new model is held to. */
export interface GateCheck {
  /** Name of a task or a group of tasks, or the path of one's own. */
  task: string;
  /** null: the main metric of the task and what Cria is promised of it, such as false refusals. */
  metric: string | null;
  /** How much worse than the model before it may be. */
  allowedLoss: number;
  /** Least value, or greatest where less is better; null for none. */
  required: number | null;
}

/** What decides whether a round's model is taken. */
export interface Gate {
  checks: readonly GateCheck[];
  /** Folder of data sets; null for that of `llamero eval`. */
  data: string | null;
  /** The first items of each task only. */
  limit: number | null;
}

/** Models of a round whose mean is what the gate sees. */
export interface Average {
  of: readonly ("base" | "sft" | "dpo")[];
  weights: readonly number[];
}

/** Rounds of post-training, every default filled in. */
export interface RoundRecipe {
  name: string;
  model: string;
  out: string;
  rounds: number;
  seed: number;
  prompts: readonly string[];
  /** Prompts of each round, drawn anew; null for all. */
  promptsPerRound: number | null;
  /** Answers to each prompt. */
  samples: number;
  sampling: Sampling;
  rewards: RewardSet;
  threshold: number;
  minMargin: number;
  /** Their `model`, `out` and what was sampled are filled in round by round; `data` is learned beside it. */
  sft: TuneRecipe | null;
  dpo: TuneRecipe | null;
  /** With fewer pairs a round has no preference training. */
  minPairs: number;
  average: Average | null;
  gate: Gate;
  /** Requests at once. */
  batch: number;
  /** Tokens of a sequence when sampling and evaluating; null: the model's limit, 2,048 at most. */
  context: number | null;
}
