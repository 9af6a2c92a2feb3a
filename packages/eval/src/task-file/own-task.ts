import { basename, dirname } from "node:path";
import type { AnswerPattern } from "../metrics/answer-pattern.ts";
import type { Row, Source, Task } from "../task.ts";
import { anyTask } from "../tasks/any-task.ts";
import { choiceMetrics } from "../tasks/choice/choice-metrics.ts";
import type { ChoiceMetric } from "../tasks/choice/choice-row.ts";
import { choiceTask } from "../tasks/choice/choice-task.ts";
import { likelihoodTask } from "../tasks/choice/likelihood-task.ts";
import type { FieldType } from "../tasks/generation/generation-row.ts";
import { generationTask } from "../tasks/generation/generation-task.ts";
import { type ScorerName, scorers } from "../tasks/generation/scorers.ts";
import { keyHint } from "./closest-key.ts";
import type { YamlFile } from "./yaml-file.ts";

type Check = { holds: string; test: (value: unknown) => boolean };
const text: Check = { holds: "a text", test: (value) => typeof value === "string" };
const number: Check = {
  holds: "a whole number",
  test: (value) => Number.isInteger(value) && Number(value) >= 0,
};
const texts: Check = {
  holds: "a list of texts",
  test: (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
};
const textOrTexts: Check = {
  holds: "a text or a list of texts",
  test: (value) => text.test(value) || texts.test(value),
};
const oneOf = (words: readonly string[]): Check => ({
  holds: `one of ${words.join(", ")}`,
  test: (value) => words.includes(String(value)),
});
const mapping: Check = {
  holds: "a mapping of texts",
  test: (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(text.test),
};
const patterns = ["verbatim", "whole", "first-line", "boxed", "fenced-code"] as const;

/** Every key of a task file; see docs/adding-a-task.md. */
const keys: Readonly<Record<string, Check>> = {
  name: text,
  title: text,
  kind: oneOf(["choice", "generation", "perplexity"]),
  category: text,
  languages: texts,
  data: textOrTexts,
  shots_data: textOrTexts,
  fields: mapping,
  prompt: text,
  description: text,
  choices: textOrTexts,
  answer: text,
  answer_from: {
    holds: "0, 1 or the labels",
    test: (value) => value === 0 || value === 1 || texts.test(value),
  },
  pattern: { holds: "a text", test: (value) => typeof value === "string" },
  pick: oneOf(["first", "last"]),
  metric: textOrTexts,
  shots: number,
  format: oneOf(["text", "chat"]),
  delimiter: text,
  stop: texts,
  max_tokens: number,
  version: number,
};

const needed: Readonly<Record<string, readonly string[]>> = {
  choice: ["prompt", "choices", "answer"],
  generation: ["prompt", "answer"],
  perplexity: ["prompt"],
};

/** The task that a user's YAML file describes. Throws SyntaxError that names the line and key. */
export function ownTask(file: YamlFile): Task {
  const { path, values } = file;
  for (const [key, value] of Object.entries(values)) {
    const where = `${path}, line ${file.lineOf(key)}`;
    const check = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (check === undefined)
      throw new SyntaxError(`${where}: unknown key ${key}; ${keyHint(key, Object.keys(keys))}`);
    if (!check.test(value))
      throw new SyntaxError(`${where}: ${key} must be ${check.holds}, not ${JSON.stringify(value)}`);
  }
  const kind = String(values["kind"] ?? "generation");
  for (const key of ["name", "data", ...needed[kind]!])
    if (values[key] === undefined)
      throw new SyntaxError(`${path}: the key ${key} is missing; ${kind} needs it`);
  const get = (key: string): string | undefined => values[key] as string | undefined;
  const list = (key: string): readonly string[] => [values[key] ?? []].flat() as string[];
  const shotFiles = list("shots_data");
  const source: Source = {
    splits: { test: list("data"), ...(shotFiles.length > 0 ? { shots: shotFiles } : {}) },
    test: "test",
    ...(shotFiles.length > 0 ? { shots: "shots" } : {}),
    folder: dirname(path),
    origin: basename(path),
    license: "unknown",
  };
  const base = {
    name: get("name")!,
    title: get("title") ?? `Own task of ${basename(path)}`,
    category: get("category") ?? "own",
    languages: list("languages"),
    source,
    fields: (values["fields"] ?? {}) as Readonly<Record<string, FieldType>>,
    numShots: Number(values["shots"] ?? 0),
    version: Number(values["version"] ?? 1),
  };
  const optional = <T extends object>(part: T): Partial<T> =>
    Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as Partial<T>;
  if (kind === "choice") {
    const { numShots, ...rest } = base;
    const metrics = metricsOf(file, list("metric"), Object.keys(choiceMetrics), ["acc", "acc_norm"]);
    return anyTask(
      choiceTask({
        ...rest,
        numShots,
        context: get("prompt")!,
        choices: values["choices"] as string | readonly string[],
        answer: get("answer")!,
        metrics: metrics as readonly ChoiceMetric[],
        ...(optional({
          description: get("description"),
          delimiter: get("delimiter"),
          answerFrom: values["answer_from"] as 0 | 1 | readonly string[] | undefined,
        }) as object),
      }),
    );
  }
  if (kind === "perplexity") {
    const { version: _, ...rest } = base;
    return anyTask(likelihoodTask({ ...rest, text: get("prompt")! }));
  }
  const [scorer = "exact"] = metricsOf(file, list("metric"), Object.keys(scorers), ["exact"]);
  const task = generationTask({
    ...base,
    prompt: get("prompt")!,
    target: get("answer")!,
    answer: patternOf(file),
    scorer: scorer as ScorerName,
    maxTokens: Number(values["max_tokens"] ?? 256),
    stop: list("stop"),
    format: (get("format") ?? "text") as "text" | "chat",
    ...(optional({ description: get("description"), answerDelimiter: get("delimiter") }) as object),
  });
  // A path that leads nowhere would be an empty answer otherwise.
  const parse = (row: Row): unknown => {
    const item = task.parse(row);
    if (item.targets.every((target) => target === ""))
      throw new SyntaxError(
        `The record has nothing in its field ${get("answer")}; it has ${Object.keys(row).join(", ")}`,
      );
    return item;
  };
  return { ...anyTask(task), parse };
}

function metricsOf(
  file: YamlFile,
  wanted: readonly string[],
  known: readonly string[],
  fallback: readonly string[],
): readonly string[] {
  for (const name of wanted)
    if (!known.includes(name))
      throw new SyntaxError(
        `${file.path}, line ${file.lineOf("metric")}: unknown metric ${name}; ${keyHint(name, known)}`,
      );
  return wanted.length === 0 ? fallback : wanted;
}

function patternOf(file: YamlFile): AnswerPattern {
  const { pattern = "whole", pick = "first" } = file.values;
  const named = patterns.find((each) => each === pattern);
  if (named !== undefined) return named;
  try {
    return { regex: new RegExp(String(pattern)), pick: pick as "first" | "last" };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(
      `${file.path}, line ${file.lineOf("pattern")}: pattern must be one of ${patterns.join(", ")} or a regular expression: ${why}`,
      { cause },
    );
  }
}
