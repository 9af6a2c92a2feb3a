import type { Row, Source } from "../../task.ts";
import type { FieldType } from "../generation/generation-row.ts";

export type ChoiceMetric =
  | "acc"
  | "acc_norm"
  | "acc_bytes"
  | "acc_char"
  | "acc_macro"
  | "mc2"
  | "mrr"
  | "f1"
  | "mcc";

/** A set whose answers are compared by their likelihood, as data. `{path}` in a template stands for a field. */
export interface ChoiceRow {
  name: string;
  title: string;
  category: string;
  languages: readonly string[];
  source: Source;
  /** Fields of the published schema by path, and what they hold. */
  fields: Readonly<Record<string, FieldType>>;
  /** Makes of a checked record what the templates name, where that is more than a field. */
  prepare?: (row: Row) => Row;
  /** Stands once before the shots. */
  description?: string;
  /** What stands before the answer. */
  context: string;
  /** Path of the list of choices, or a template for each. */
  choices: string | readonly string[];
  /** Path of the right choice; with several right ones (mc2) a list of 0 and 1. */
  answer: string;
  /** What `answer` counts: from 0 (default), from 1, or the labels of the choices in their order. */
  answerFrom?: 0 | 1 | readonly string[];
  /** Winogrande's way: the choices are contexts, and this follows each of them. */
  continuation?: string;
  /** Between context and choice; a space by default. */
  delimiter?: string;
  /** Records with the same value may be shots of each other; `acc_macro` is the mean over its values. */
  subject?: string;
  metrics: readonly ChoiceMetric[];
  mainMetric?: ChoiceMetric;
  numShots?: number;
  version?: number;
}

/** A record as the constructor uses it. */
export interface ChoiceItem {
  description: string;
  context: string;
  choices: readonly string[];
  /** What follows every choice where choices are contexts. */
  continuation: string | null;
  /** The right choice, the first of them where several are. */
  right: number;
  /** Which choices are true, for `mc2`. */
  labels: readonly number[];
  subject: string;
}
