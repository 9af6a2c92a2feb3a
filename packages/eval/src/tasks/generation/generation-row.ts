import type { AnswerPattern } from "../../metrics/answer-pattern.ts";
import type { Row, Source } from "../../task.ts";
import type { ScorerName, ScorerOptions } from "./scorers.ts";

/** What a field of a record must hold; `?` behind it: the record may lack it or hold null. */
export type FieldType =
  | "text"
  | "text?"
  | "number"
  | "boolean"
  | "text or number"
  | "text or list"
  | "texts"
  | "texts?"
  | "list"
  | "list or object"
  | "object"
  | "object?";

/** What every set of this folder says of itself: what its records hold and how they are asked. */
export interface SetRow {
  name: string;
  title: string;
  category: string;
  languages: readonly string[];
  source: Source;
  /** Fields of the published schema by path (`answers.text`), and what they hold. */
  fields: Readonly<Record<string, FieldType>>;
  /** Makes of a checked record what the templates and scores name, where that is more than a field. */
  prepare?: (row: Row) => Row;
  /** `{path}` stands for a field; other braces stay. */
  prompt: string;
  /** Path of the accepted answer or answers. */
  target: string;
  /** How the accepted answer is found in that field; the whole field by default. */
  targetPattern?: AnswerPattern;
  /** What a shot shows behind the prompt; the first accepted answer by default. */
  solution?: string;
  /** `chat`: a conversation whose shots are earlier turns; `text` by default. */
  format?: "text" | "chat";
  /** Stands once before everything: start of the text, or system message. */
  description?: string;
  /** Between a prompt and its answer in a shot; a space by default. */
  answerDelimiter?: string;
  /** Between shots; an empty line by default. */
  shotDelimiter?: string;
  numShots?: number;
  /** Path of what an item and its shots must have in common, such as the subject. */
  shotsShare?: string;
  /** Values (as `prepare` gives them) that are always the shots; those drawn from the data decide only how many. */
  fixedShots?: readonly Row[];
  stop?: readonly string[];
  maxTokens: number;
  version?: number;
}

/** A set whose answer is a text, as data. */
export interface GenerationRow extends SetRow {
  /** How an answer is found; with several, each metric is reported once per name. */
  answer: AnswerPattern | Readonly<Record<string, AnswerPattern>>;
  scorer: ScorerName;
  scorerOptions?: ScorerOptions;
  /** The first metric by default. */
  mainMetric?: string;
}

/** A set whose answer is a program, as data. */
export interface CodeRow extends SetRow {
  language: "python" | "javascript";
  /** How the code is found in the answer. */
  answer: AnswerPattern;
  /** What is run, with `{answer}` (or `{answer_json}`, it as a string literal) in it: right if it ends without an error. */
  program: string;
  /** Path of a list of `{input, output}`: the program must print each output for its input. Absent there: run once. */
  tests?: string;
  seconds?: number;
  /** Greedy and once by default. */
  sampling?: { numSamples: number; k: readonly number[]; temperature: number; topP: number };
}

/** A record as the constructors use it. */
export interface GenerationItem {
  values: Row;
  targets: readonly string[];
  solution: string;
}

/** Where a split lies: `<split>.jsonl` or the hub's `<split>-00000-of-00001.parquet`, in the folder or below it. */
const splitFiles = (folder: string, split: string): readonly string[] =>
  ["", "**/"].flatMap((below) => [`${folder}/${below}${split}.*`, `${folder}/${below}${split}-*`]);

/** Files of a set that a user puts into a folder of the data folder under the names its publisher gives them. */
export function hubSource(
  origin: string,
  license: string,
  folder: string,
  splits: { test: string; shots?: string },
  options: Pick<Source, "columns" | "records"> = {},
): Source {
  const names = splits.shots === undefined ? [splits.test] : [splits.test, splits.shots];
  return {
    splits: Object.fromEntries(names.map((split) => [split, splitFiles(folder, split)])),
    test: splits.test,
    ...(splits.shots === undefined ? {} : { shots: splits.shots }),
    origin,
    license,
    ...options,
  };
}
