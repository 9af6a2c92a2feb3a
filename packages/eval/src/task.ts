import type { ToolCall } from "@llamero/core";
import type { Generation, GenerationRequest, Loglikelihood, Overflow, Prompt } from "./generator.ts";

/**
 * One record of a data set, as its file holds it. Lines of a text file have the field `text`, fields of CSV and TSV are
 * strings, and every record has `_file`: the path of its file below the data folder.
 */
export type Row = Readonly<Record<string, unknown>>;

/** Where the records of a set are, and where to get them. */
export interface Source {
  /** Where the files are in place of the data folder: beside a user's own task. */
  folder?: string;
  /**
   * Files of each split below the data folder, with `*` for any part of a name: JSONL, JSON, CSV, Parquet or plain text,
   * with `.zst` or `.gz` behind or not.
   */
  splits: Readonly<Record<string, readonly string[]>>;
  /** The split that is scored. */
  test: string;
  /** The split that shots are taken from; the scored one without the item itself where there is no other. */
  shots?: string;
  /** Where a user gets the files: a Hugging Face data set or an address, for the error when they are missing. */
  origin: string;
  /** SPDX name, or the words of the data set's card. */
  license: string;
  /** Names of the columns of CSV and TSV files whose first line is a record already. Absent: it names them. */
  columns?: readonly string[];
  /**
   * Where the records of a JSON document are that is no array: names of the arrays, each inside the one before
   * (`["data", "paragraphs", "qas"]`). A record also has the plain fields of the objects around it.
   */
  records?: readonly string[];
  /** Files whose records belong to those of the splits: their fields are added where `on` has the same value. */
  join?: { files: readonly string[]; on: string };
  /** Makes the records by rule; files, where there are any, come first. */
  generate?: (options: GenerateOptions) => Row[];
}

/** What made records are fitted to. */
export interface GenerateOptions {
  /** Tokens of each text; null: whatever the set has below the limit. `meta`: lengths of Meta's tables. */
  lengths?: readonly number[] | "meta" | null;
  /** Tokens that the model takes; null where that is not known. */
  contextLimit?: number | null;
  /** The model's own tokenizer; null where it is not known. */
  countTokens?: ((text: string) => number) | null;
}

/** How numbers of single items become one figure. */
export interface Metric {
  /** `mean` of the items; `corpus`: all items at once by `combine`, as BLEU is. */
  aggregate: "mean" | "corpus";
  higherIsBetter: boolean;
  /** Of what all items stored for this metric (`Outcome.parts`), for `corpus` only. */
  combine?: (parts: readonly (readonly number[])[]) => number;
}

/** What an item came to. */
export interface Outcome {
  /** A number per metric. For a `corpus` metric it is the item's own value, shown but not averaged. */
  scores: Readonly<Record<string, number>>;
  /** Sufficient statistics of `corpus` metrics: sums and counts. */
  parts?: Readonly<Record<string, readonly number[]>>;
  /** What was taken as the answer, for the report and for `eval diff`. */
  answer: string;
  /** What the answer was held against. */
  expected: string;
  /** Why an answer was not counted, where it was not: no pattern found, invalid JSON, code timed out. */
  note?: string;
}

/** Runs code that a model wrote, apart from this process; see `sandbox`. */
export type RunCode = (
  language: "python" | "javascript",
  code: string,
  options?: { stdin?: string; seconds?: number; signal?: AbortSignal },
) => Promise<{
  ok: boolean;
  stdout: string;
  stderr: string;
  reason: "done" | "error" | "time" | "memory" | "output";
}>;

/** What a task may use while it asks about one item. Answers come from the cache where they are known. */
export interface Session {
  generate(request: Partial<GenerationRequest> & { prompt: Prompt }): Promise<Generation>;
  /** Throws where the model gives no log-probabilities of a prompt. */
  loglikelihood(
    context: string,
    continuation: string,
    options?: { overflow?: Overflow },
  ): Promise<Loglikelihood>;
  runCode: RunCode;
  /** A second model that judges; null where none was given. */
  judge: ((request: Partial<GenerationRequest> & { prompt: Prompt }) => Promise<Generation>) | null;
  signal: AbortSignal;
}

export type TaskKind = "choice" | "generation" | "multi-turn" | "tool-call" | "code" | "perplexity";

/**
 * A set and how it is asked and scored. Evaluation runs `ask`; training takes `prompt` and `reference`; rejection sampling
 * asks many times and keeps what `grade` scores best.
 */
export interface Task<Item = unknown> {
  name: string;
  /** One sentence: what it measures. */
  title: string;
  kind: TaskKind;
  /** Field of the announcement's tables: general, code, math, reasoning, tool-use, long-context, multilingual, safety, steerability. */
  category: string;
  /** ISO 639-1. */
  languages: readonly string[];
  source: Source;
  numShots: number;
  metrics: Readonly<Record<string, Metric>>;
  /** The metric that stands for the task in tables. */
  mainMetric: string;
  /** Goes up when prompts or scores change, so that results of two versions are not compared. */
  version: number;
  /** Checks a record; throws a SyntaxError that names the field and what it should hold. */
  parse(row: Row): Item;
  /** Those of the records that may be shots of the item, such as those of its subject; absent: all. */
  shotPool?(item: Item, candidates: readonly Item[]): readonly Item[];
  /** What a model is shown for the item: shots first, then the item without its answer. */
  prompt(item: Item, shots: readonly Item[]): Prompt;
  /** The answer to learn, as an assistant would write it; null where the set has none. */
  reference(item: Item): string | null;
  /** Puts the item to a model and scores what comes back. */
  ask(item: Item, shots: readonly Item[], session: Session): Promise<Outcome>;
  /** Scores one answer that is there already; null where a score needs more than one answer (log-likelihoods, turns). */
  grade: ((item: Item, answer: GradedAnswer, session: Session) => Promise<Outcome> | Outcome) | null;
}

export interface GradedAnswer {
  text: string;
  toolCalls: readonly ToolCall[];
}
