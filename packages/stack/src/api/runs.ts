/** Where a training run stands. `silent`: neither ended nor written to for a while. */
export type RunStatus = "running" | "silent" | "finished" | "interrupted" | "failed";

/** A run in the list. */
export interface RunSummary {
  /** Path of its folder below that of all runs, with `/` between. */
  name: string;
  status: RunStatus;
  /** Why it ended, where it says so. */
  why: string | null;
  step: number;
  /** Steps that it is to have; null where it does not say. */
  totalSteps: number | null;
  loss: number | null;
  tokens: number;
  tokensPerSecond: number | null;
  /** Seconds of training. */
  seconds: number;
  /** When its file was written last, in milliseconds since 1970. */
  updatedAt: number;
}

/** Steps as columns of the same length; a number that a step lacks, or that is none, is null. */
export interface StepColumns {
  step: number[];
  tokens: (number | null)[];
  seconds: (number | null)[];
  /** `loss`, `learningRate`, `gradientNorm`, `tokensPerSecond` and further curves of the method. */
  curves: Record<string, (number | null)[]>;
}

/** What a run has told since the last part. */
export interface RunPart {
  type: "part";
  run: string;
  /** True where what came before no longer holds: the run went back, or began anew. */
  isReset: boolean;
  /** Bytes of the file that all parts so far stand for. */
  at: number;
  steps: StepColumns;
  evals: { step: number; values: Record<string, number | null> }[];
  samples: { step: number; prompt: string; text: string }[];
  notes: { step: number; text: string; kind: "note" | "checkpoint" | "done" | "error" }[];
}

/** One event of `GET /runs/events`. */
export type RunsMessage = { type: "runs"; runs: RunSummary[] } | RunPart;
