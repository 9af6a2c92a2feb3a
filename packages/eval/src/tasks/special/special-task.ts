import type { Generation, GenerationRequest, Prompt } from "../../generator.ts";
import type { GradedAnswer, Metric, Outcome, Row, Session, Source, Task } from "../../task.ts";
import { anyTask } from "../any-task.ts";

/** What a judge or a model is asked with. */
export type Ask = (request: Partial<GenerationRequest> & { prompt: Prompt }) => Promise<Generation>;

/** A set whose score needs one answer; the rest of the task follows from it. */
export interface SpecialRow<Item>
  extends Pick<
    Task<Item>,
    "name" | "title" | "kind" | "category" | "languages" | "source" | "parse" | "reference"
  > {
  /** Names of metrics that are means over items; the first is the main one. */
  means: readonly string[];
  /** Metrics of the whole set. */
  corpus?: Readonly<Record<string, Metric>>;
  mainMetric?: string;
  /** Means that are better low. */
  lowerIsBetter?: readonly string[];
  numShots?: number;
  maxTokens: number;
  stop?: readonly string[];
  version?: number;
  prompt(item: Item, shots: readonly Item[]): Prompt;
  grade(item: Item, answer: GradedAnswer, session: Session): Promise<Outcome> | Outcome;
}

/** Metrics that are means over items. */
export function meanMetrics(
  names: readonly string[],
  lowerIsBetter: readonly string[] = [],
): Record<string, Metric> {
  return Object.fromEntries(
    names.map((name) => [name, { aggregate: "mean", higherIsBetter: !lowerIsBetter.includes(name) }]),
  );
}

/** A share of those items that a metric applies to: parts are [hits, items that count]. Zero where none does. */
export function rateMetric(higherIsBetter: boolean): Metric {
  return {
    aggregate: "corpus",
    higherIsBetter,
    combine(parts) {
      const all = parts.reduce((sum, [, count]) => sum + count!, 0);
      return all === 0 ? 0 : parts.reduce((sum, [hits]) => sum + hits!, 0) / all;
    },
  };
}

/** The task of a row, among tasks of other item types. */
export function specialTask<Item>(row: SpecialRow<Item>): Task {
  const { means, corpus = {}, maxTokens, stop = [] } = row;
  const task: Task<Item> = {
    name: row.name,
    title: row.title,
    kind: row.kind,
    category: row.category,
    languages: row.languages,
    source: row.source,
    numShots: row.numShots ?? 0,
    metrics: { ...meanMetrics(means, row.lowerIsBetter), ...corpus },
    mainMetric: row.mainMetric ?? means[0] ?? Object.keys(corpus)[0]!,
    version: row.version ?? 1,
    parse: row.parse,
    prompt: row.prompt,
    reference: row.reference,
    async ask(item, shots, session) {
      const answer = await session.generate({ prompt: row.prompt(item, shots), maxTokens, stop });
      return await row.grade(item, answer, session);
    },
    grade: row.grade,
  };
  return anyTask(task);
}

/** One message of the user. */
export function userPrompt(content: string, system?: string): Prompt {
  const user = { role: "user", content } as const;
  return {
    kind: "chat",
    messages: system === undefined ? [user] : [{ role: "system", content: system }, user],
  };
}

/** Files of a set in a folder of the data folder, under the names its publisher gives them. */
export function filesOf(
  origin: string,
  license: string,
  files: readonly string[],
  more: Partial<Source> = {},
): Source {
  return { splits: { test: files }, test: "test", origin, license, ...more };
}

/** A field of a record as a text. Throws a SyntaxError that names it. */
export function textField(set: string, row: Row, name: string): string {
  const value = row[name];
  if (typeof value === "string") return value;
  throw fieldError(set, name, "a text", value);
}

/** A field of a record as a number; numbers of CSV files are texts. Throws a SyntaxError that names it. */
export function numberField(set: string, row: Row, name: string): number {
  const value = row[name];
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "bigint") return Number(number);
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw fieldError(set, name, "a number", value);
}

/** A field of a record as a list of texts. Throws a SyntaxError that names it. */
export function textsField(set: string, row: Row, name: string): readonly string[] {
  const value = row[name];
  if (Array.isArray(value) && value.every((part) => typeof part === "string")) return value as string[];
  throw fieldError(set, name, "a list of texts", value);
}

/** A field of a record as a list of objects. Throws a SyntaxError that names it. */
export function objectsField(set: string, row: Row, name: string): readonly Row[] {
  const value = row[name];
  if (Array.isArray(value) && value.every(isRow)) return value;
  throw fieldError(set, name, "a list of objects", value);
}

/** Whether a value is an object with fields. */
export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a record lacks. */
export function fieldError(set: string, name: string, holds: string, value: unknown): SyntaxError {
  const found = value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value)).slice(0, 80);
  return new SyntaxError(
    `A record of ${set} must hold ${holds} in the field "${name}", not ${found}; check that the file is the one that is published for this set`,
  );
}
