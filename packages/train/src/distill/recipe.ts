import { join, resolve } from "node:path";
import { type Fields, readFields } from "../data/pipeline/fields.ts";
import { withOverrides } from "../recipes/overrides.ts";
import { refuseUnknownNames } from "../synth/nearest-name.ts";
import { parseTuneRecipe, readRecipeTable } from "../tune/parse-recipe.ts";
import type { TuneRecipe } from "../tune/recipe.ts";
import type { StudentShape } from "./student.ts";
import type { AnswerSettings } from "./teacher-answers.ts";

/** A distillation, every default filled in. */
export interface DistillRecipe {
  /** `answers`: fine-tuning on what the teacher writes; `logits`: on its probabilities too. */
  kind: "answers" | "logits";
  /** Any file or folder that `openCheckpoint` opens. */
  teacher: string;
  /** A student that is made from the teacher; null: `tune.model` is one. */
  student: StudentShape | null;
  /** JSONL of questions that the teacher answers first; empty: `tune.data` is learned from as it is. */
  prompts: readonly string[];
  answers: AnswerSettings & { concurrency: number };
  topK: number;
  tailDraws: number;
  temperature: number;
  softWeight: number;
  /** How the student learns; its model and data are those made by the run where there are such. */
  tune: TuneRecipe;
}

type Table = Readonly<Record<string, unknown>>;

const ownNames: readonly string[] = [
  "kind",
  "teacher",
  "student",
  "prompts",
  "answers",
  "topK",
  "tailDraws",
  "temperature",
  "softWeight",
];

/** Reads a recipe of `train distill`. Throws SyntaxError naming what is wrong. */
export function readDistillRecipe(
  text: string,
  path: string,
  options: { folder: string; overrides?: readonly string[] },
): DistillRecipe {
  const table = readRecipeTable(withOverrides(text, path, options.overrides ?? []), path);
  return parseDistillRecipe(table, path, options.folder);
}

/** Checks a recipe and fills in its defaults. */
export function parseDistillRecipe(table: Table, owner: string, folder: string): DistillRecipe {
  const own = readFields(
    owner,
    Object.fromEntries(Object.entries(table).filter(([name]) => ownNames.includes(name))),
  );
  const rest = Object.fromEntries(Object.entries(table).filter(([name]) => !ownNames.includes(name)));
  const kind = own.text("kind", "logits");
  if (kind !== "answers" && kind !== "logits")
    throw new SyntaxError(`${owner}: kind takes answers or logits, not ${kind}`);
  const teacher = resolve(folder, own.text("teacher"));
  const student = readStudent(`${owner}: student`, own.take("student") ?? null);
  const prompts = own.list("prompts", []).map((file) => resolve(folder, String(file)));
  if (typeof rest["out"] !== "string") throw new SyntaxError(`${owner}: out is missing; it takes a folder`);
  const out = resolve(folder, rest["out"]);
  if ((student === null) === (rest["model"] === undefined))
    throw new SyntaxError(
      `${owner}: give either model, a student to go on with, or student, the shape of a new one`,
    );
  if ((prompts.length === 0) === (rest["data"] === undefined))
    throw new SyntaxError(
      `${owner}: give either prompts, which the teacher answers, or data, answers that are there`,
    );
  const tune = parseTuneRecipe(
    {
      // A student that was just made has more to learn than a model that is fine-tuned.
      ...(student !== null && { learningRate: student.init === "random" ? 1e-3 : 2e-4 }),
      ...rest,
      ...(student !== null && { model: join(out, "student") }),
      ...(prompts.length > 0 && { data: [join(out, "answers.jsonl")] }),
    },
    { method: "sft", owner, folder },
  );
  if (student !== null && tune.lora !== null)
    throw new SyntaxError(
      `${owner}: lora trains an adapter of a model that is there; a new student needs all weights`,
    );
  const answers = open(`${owner}: answers`, own.take("answers") ?? {}, [
    "maxTokens",
    "temperature",
    "topP",
    "seed",
    "concurrency",
  ]);
  return {
    kind,
    teacher,
    student,
    prompts,
    answers: {
      maxTokens: whole(`${owner}: answers`, answers, "maxTokens", 256, 1, 8192),
      temperature: answers.number("temperature", 0)!,
      topP: answers.number("topP", 1)!,
      seed: whole(`${owner}: answers`, answers, "seed", tune.seed, 0, 2 ** 31),
      concurrency: whole(`${owner}: answers`, answers, "concurrency", 16, 1, 256),
    },
    topK: whole(owner, own, "topK", 20, 1, 4096),
    tailDraws: whole(owner, own, "tailDraws", 4, 0, 4096),
    temperature: between(owner, own, "temperature", 1, 0.01, 100),
    softWeight: between(owner, own, "softWeight", 0.9, 0, 1),
    tune,
  };
}

function readStudent(owner: string, value: unknown): StudentShape | null {
  if (value === null) return null;
  const sizes = ["layers", "hiddenSize", "intermediateSize", "heads", "kvHeads"] as const;
  const fields = open(owner, value, [...sizes, "init"]);
  const size = (name: (typeof sizes)[number]): number | null => {
    const found = fields.number(name, null);
    return found === null ? null : whole(owner, readFields(owner, { [name]: found }), name, 1, 1, 2 ** 20);
  };
  const [layers, hiddenSize, intermediateSize, heads, kvHeads] = sizes.map(size);
  const isNarrow = [hiddenSize, intermediateSize, heads, kvHeads].some((each) => each !== null);
  const init = fields.text("init", isNarrow ? "random" : "teacher");
  if (init !== "teacher" && init !== "random")
    throw new SyntaxError(`${owner}: init takes teacher or random, not ${init}`);
  return {
    layers: layers!,
    hiddenSize: hiddenSize!,
    intermediateSize: intermediateSize!,
    heads: heads!,
    kvHeads: kvHeads!,
    init,
  };
}

function open(owner: string, value: unknown, known: readonly string[]): Fields {
  const fields = readFields(owner, value);
  refuseUnknownNames(owner, Object.keys(value as object), known);
  return fields;
}

function whole(
  owner: string,
  fields: Fields,
  key: string,
  fallback: number,
  least: number,
  most: number,
): number {
  const found = fields.number(key, fallback)!;
  if (!Number.isSafeInteger(found) || found < least || found > most)
    throw new SyntaxError(`${owner}: ${key} takes a whole number from ${least} to ${most}, not ${found}`);
  return found;
}

function between(
  owner: string,
  fields: Fields,
  key: string,
  fallback: number,
  least: number,
  most: number,
): number {
  const found = fields.number(key, fallback)!;
  if (!(found >= least && found <= most))
    throw new SyntaxError(`${owner}: ${key} takes a number from ${least} to ${most}, not ${found}`);
  return found;
}
