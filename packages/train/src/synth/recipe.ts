import { dirname, resolve } from "node:path";
import { parseDocument } from "yaml";
import { LANGUAGES } from "../data/language/classes.ts";
import { type Fields, isObject, readFields } from "../data/pipeline/fields.ts";
import { nearestName, refuseUnknownNames } from "./nearest-name.ts";

/** What can be made. */
export type SynthKindName = "instructions" | "question-answer" | "code" | "tools" | "preference";

/** One of the eight languages. */
export type SynthLanguage = (typeof LANGUAGES)[number];

/** By what a preferred answer is told from a rejected one. */
export const preferenceRules = ["format", "length", "language", "execution", "grounded"] as const;
export type PreferenceRule = (typeof preferenceRules)[number];

export type ProgrammingLanguage = "python" | "javascript";

/** Files that a task builds on. */
export interface SynthSource {
  /** Example instructions, texts to ask about, or code to be inspired by. */
  use: "seeds" | "documents" | "snippets";
  files: readonly string[];
  /** Field of the records with the text. */
  field: string;
  license: string;
}

/** One kind of record, and how many to try. */
export interface SynthTask {
  name: string;
  kind: SynthKindName;
  /** Attempts: what filters drop is not made up for. */
  count: number;
  /** Taken in turns. */
  languages: readonly SynthLanguage[];
  /** Example instructions, documents or code; null where the kind does without. */
  source: SynthSource | null;
  programming: readonly ProgrammingLanguage[];
  /** Corrections of a program at most. */
  rounds: number;
  /** Fewest and most calls of a dialogue. */
  steps: readonly [number, number];
  rules: readonly PreferenceRule[];
  /** Answers to choose from, for a preference. */
  samples: number;
}

export interface SynthFilters {
  minPromptCharacters: number;
  maxPromptCharacters: number;
  minAnswerCharacters: number;
  maxAnswerCharacters: number;
  /** Least points of the judge, 1 to 10; null: no judge. */
  minPoints: number | null;
  /** Share of word pairs in common from which prompts are near duplicates; null keeps them. */
  duplicateThreshold: number | null;
}

/** A run, checked and with every default filled in. */
export interface SynthRecipe {
  name: string;
  /** That of the recipe's file. */
  folder: string;
  /** What the model that learns from the records will be called; some teachers' licences have a say in it. */
  modelName: string | null;
  teacher: { model: string | null; license: string | null; seconds: number };
  sampling: { temperature: number; topP: number; maxTokens: number };
  seed: number;
  out: string;
  tasks: readonly SynthTask[];
  filters: SynthFilters;
}

const rootNames = ["name", "model_name", "teacher", "sampling", "seed", "out", "tasks", "filters"] as const;

/** Fields of a task besides kind, name, count and languages; the first three are one source under different names. */
const taskNames: Readonly<Record<SynthKindName, readonly string[]>> = {
  instructions: ["seeds", "field", "license"],
  "question-answer": ["documents", "field", "license"],
  code: ["snippets", "field", "license", "programming", "rounds"],
  tools: ["steps"],
  preference: ["seeds", "documents", "snippets", "field", "license", "rules", "samples", "programming"],
};

const filterNames = [
  "minPromptCharacters",
  "maxPromptCharacters",
  "minAnswerCharacters",
  "maxAnswerCharacters",
  "minPoints",
  "duplicateThreshold",
] as const;

/** Reads a recipe from YAML. Throws SyntaxError naming what is wrong. */
export function parseSynthRecipe(text: string, path: string): SynthRecipe {
  const yaml = parseDocument(text, { prettyErrors: true });
  if (yaml.errors.length > 0) throw new SyntaxError(`${path} is not YAML: ${yaml.errors[0]!.message.trim()}`);
  const root = open(path, yaml.toJS(), rootNames);
  const folder = dirname(resolve(path));
  const tasks = root.list("tasks").map((value, index) => readTask(`${path}: tasks[${index}]`, value));
  if (tasks.length === 0) throw new SyntaxError(`${path}: tasks is empty; name at least one`);
  const twice = tasks.find(({ name }, index) => tasks.findIndex((task) => task.name === name) < index);
  if (twice !== undefined)
    throw new SyntaxError(`${path}: two tasks are called ${twice.name}; give them names of their own`);
  const sampling = open(`${path}: sampling`, root.take("sampling") ?? {}, [
    "temperature",
    "top_p",
    "max_tokens",
  ]);
  return {
    name: root.text("name", "synthetic"),
    folder,
    modelName: root.text("model_name", null),
    teacher: readTeacher(`${path}: teacher`, root.take("teacher")),
    sampling: {
      temperature: sampling.number("temperature", 0.7)!,
      topP: sampling.number("top_p", 0.95)!,
      maxTokens: whole(`${path}: sampling`, sampling, "max_tokens", 1024, 1),
    },
    seed: whole(path, root, "seed", 0, 0),
    out: resolve(folder, root.text("out", "synthetic")),
    tasks,
    filters: readFilters(`${path}: filters`, root.take("filters") ?? {}),
  };
}

function open(owner: string, value: unknown, names: readonly string[]): Fields {
  const fields = readFields(owner, value);
  if (isObject(value)) refuseUnknownNames(owner, Object.keys(value), names);
  return fields;
}

function whole(owner: string, fields: Fields, key: string, fallback: number, min: number): number {
  const value = fields.number(key, fallback)!;
  if (!Number.isSafeInteger(value) || value < min)
    throw new SyntaxError(`${owner}: ${key} takes a whole number of at least ${min}, not ${value}`);
  return value;
}

function readTeacher(owner: string, value: unknown): SynthRecipe["teacher"] {
  if (typeof value === "string") return { model: value, license: null, seconds: 600 };
  const fields = open(owner, value ?? {}, ["model", "license", "seconds"]);
  return {
    model: fields.text("model", null),
    license: fields.text("license", null),
    seconds: whole(owner, fields, "seconds", 600, 1),
  };
}

function readFilters(owner: string, value: unknown): SynthFilters {
  const fields = open(owner, value, filterNames);
  const isOff = isObject(value) && value["duplicateThreshold"] === null;
  if (isOff) fields.take("duplicateThreshold");
  const filters: SynthFilters = {
    minPromptCharacters: fields.number("minPromptCharacters", 8)!,
    maxPromptCharacters: fields.number("maxPromptCharacters", 20_000)!,
    minAnswerCharacters: fields.number("minAnswerCharacters", 1)!,
    maxAnswerCharacters: fields.number("maxAnswerCharacters", 20_000)!,
    minPoints: fields.number("minPoints", null),
    duplicateThreshold: isOff ? null : fields.number("duplicateThreshold", 0.5),
  };
  const { minPoints, duplicateThreshold } = filters;
  if (minPoints !== null && (minPoints < 1 || minPoints > 10))
    throw new SyntaxError(`${owner}: minPoints takes a number from 1 to 10, not ${minPoints}`);
  if (duplicateThreshold !== null && duplicateThreshold > 1)
    throw new SyntaxError(`${owner}: duplicateThreshold takes a number up to 1, not ${duplicateThreshold}`);
  return filters;
}

function readTask(owner: string, value: unknown): SynthTask {
  const kinds = Object.keys(taskNames) as SynthKindName[];
  const kindGiven = isObject(value) ? value["kind"] : undefined;
  const kind = kinds.find((each) => each === kindGiven);
  if (kind === undefined) {
    const near = typeof kindGiven === "string" ? nearestName(kindGiven, kinds) : null;
    const hint = near === null ? "" : `; did you mean ${near}?`;
    throw new SyntaxError(
      `${owner}: kind takes ${kinds.join(", ")}, not ${JSON.stringify(kindGiven)}${hint}`,
    );
  }
  const fields = open(owner, value, ["kind", "name", "count", "languages", ...taskNames[kind]]);
  const rules = choices(owner, fields, "rules", preferenceRules, preferenceRules.slice(0, 3));
  const task: SynthTask = {
    name: fields.text("name", kind),
    kind,
    count: whole(owner, fields, "count", 100, 1),
    languages: choices(owner, fields, "languages", LANGUAGES, ["en"]),
    source: readSource(owner, fields),
    programming: choices(owner, fields, "programming", ["python", "javascript"], ["python"]),
    rounds: whole(owner, fields, "rounds", 2, 0),
    steps: readSteps(owner, fields),
    rules,
    samples: whole(owner, fields, "samples", 4, 2),
  };
  const needsDocuments = kind === "question-answer" || (kind === "preference" && rules.includes("grounded"));
  if (needsDocuments && task.source?.use !== "documents")
    throw new SyntaxError(`${owner}: documents is missing; name the files that questions are asked about`);
  if (!/^[\w.-]+$/.test(task.name))
    throw new SyntaxError(`${owner}: name takes letters, digits, ".", "_" and "-", not ${task.name}`);
  return task;
}

function readSource(owner: string, fields: Fields): SynthSource | null {
  const given = (["seeds", "documents", "snippets"] as const).flatMap((key) => {
    const files = fields.list(key, null);
    return files === null ? [] : [{ key, files: files.map(String) }];
  });
  const field = fields.text("field", null);
  const license = fields.text("license", null);
  if (given.length > 1)
    throw new SyntaxError(
      `${owner}: ${given[0]!.key} and ${given[1]!.key} exclude each other; make two tasks`,
    );
  const [source] = given;
  if (source === undefined) return null;
  if (license === null)
    throw new SyntaxError(
      `${owner}: license is missing; give that of ${source.key}, or "unknown" if you do not know`,
    );
  return {
    use: source.key,
    files: source.files,
    field: field ?? (source.key === "seeds" ? "instruction" : "text"),
    license,
  };
}

function readSteps(owner: string, fields: Fields): readonly [number, number] {
  const [first, last = first, ...more] = fields.list("steps", [1, 3]);
  const isWhole = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1;
  if (!isWhole(first) || !isWhole(last) || last < first || last > 8 || more.length > 0)
    throw new SyntaxError(`${owner}: steps takes the fewest and most calls, such as [1, 3], at most 8`);
  return [first, last];
}

function choices<T extends string>(
  owner: string,
  fields: Fields,
  key: string,
  known: readonly T[],
  fallback: readonly T[],
): readonly T[] {
  const given = fields.list(key, null);
  if (given === null) return fallback;
  const found = given.map((value) => {
    const choice = known.find((each) => each === value);
    if (choice === undefined)
      throw new SyntaxError(`${owner}: ${key} takes ${known.join(", ")}, not ${JSON.stringify(value)}`);
    return choice;
  });
  if (found.length === 0) throw new SyntaxError(`${owner}: ${key} is empty; name at least one`);
  return found;
}
