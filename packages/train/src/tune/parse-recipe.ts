import { resolve } from "node:path";
import { parse, parseDocument } from "yaml";
import { type Fields, isObject, readFields } from "../data/pipeline/fields.ts";
import { checkLora, loraTargets } from "../lora/adapter-spec.ts";
import type { LoraOptions } from "../session/session.ts";
import { refuseUnknownNames } from "../synth/nearest-name.ts";
import type { TuneRecipe } from "./recipe.ts";

type Table = Readonly<Record<string, unknown>>;

const rootNames: readonly string[] = [
  "name",
  "model",
  "data",
  "validation",
  "out",
  "lora",
  "seed",
  "epochs",
  "maxSteps",
  "batch",
  "truncate",
  "promptWeight",
  "learningRate",
  "schedule",
  "optimizer",
  "products",
  "beta",
  "nllWeight",
  "checkpointEvery",
  "evalEvery",
  "sampleEvery",
  "keep",
  "samples",
  "format",
];

/** Where the parts of a recipe are from. */
export interface TuneRecipeSource {
  method: TuneRecipe["method"];
  /** Named in errors: the recipe's file, or the command. */
  owner: string;
  /** The recipe's paths are relative to it. */
  folder: string;
  /** `key=value`, the key with dots: `batch.length=512`. */
  overrides?: readonly string[];
}

/** The table that a recipe's YAML says. Throws SyntaxError naming the place. */
export function readRecipeTable(text: string, owner: string): Table {
  const yaml = parseDocument(text, { prettyErrors: true });
  if (yaml.errors.length > 0)
    throw new SyntaxError(`${owner} is not YAML: ${yaml.errors[0]!.message.trim()}`);
  const value: unknown = yaml.toJS();
  if (!isObject(value)) throw new SyntaxError(`${owner} holds no named settings`);
  return value;
}

/** Checks a recipe and fills in its defaults. Throws SyntaxError naming what is wrong. */
export function parseTuneRecipe(table: Table, source: TuneRecipeSource): TuneRecipe {
  const { method, owner, folder } = source;
  const root = open(owner, withOverrides(table, source.overrides ?? []), rootNames);
  const lora = readLora(`${owner}: lora`, root.take("lora") ?? null);
  const batch = open(`${owner}: batch`, root.take("batch") ?? {}, [
    "tokens",
    "pairs",
    "length",
    "microTokens",
  ]);
  const length = wholeOrNull(`${owner}: batch`, batch, "length", 2);
  const tokens = whole(`${owner}: batch`, batch, "tokens", 4096, 1);
  const paths = (values: readonly unknown[]): string[] => values.map((path) => resolve(folder, String(path)));
  const validation = open(`${owner}: validation`, root.take("validation") ?? {}, ["files", "share", "most"]);
  const samples = open(`${owner}: samples`, root.take("samples") ?? {}, ["prompts", "maxTokens"]);
  const share = validation.number("share", 0.05)!;
  if (share >= 1) throw new SyntaxError(`${owner}: validation.share is ${share}; it must be below 1`);
  const model = resolve(folder, root.text("model"));
  const out = resolve(folder, root.text("out"));
  return {
    method,
    name: root.text("name", out.split("/").at(-1) ?? method),
    model,
    data: root.list("data").map((value, index) => readSource(`${owner}: data[${index}]`, value, folder)),
    validation: {
      files: paths(validation.list("files", [])),
      share,
      most: whole(`${owner}: validation`, validation, "most", 256, 1),
    },
    out,
    lora,
    seed: whole(owner, root, "seed", 1),
    epochs: whole(owner, root, "epochs", method === "sft" ? 2 : 1, 1),
    maxSteps: wholeOrNull(owner, root, "maxSteps", 1),
    batch: {
      tokens,
      pairs: whole(`${owner}: batch`, batch, "pairs", 16, 1),
      length,
      microTokens: whole(`${owner}: batch`, batch, "microTokens", 2048, 1),
    },
    truncate: flag(owner, root, "truncate"),
    promptWeight: readPromptWeight(owner, root.number("promptWeight", 0)!),
    learningRate: root.number("learningRate", defaultRate(method, lora))!,
    schedule: readSchedule(`${owner}: schedule`, root.take("schedule") ?? {}),
    optimizer: readOptimizer(`${owner}: optimizer`, root.take("optimizer") ?? {}),
    products: choice(owner, root, "products", ["f32", "bf16"]),
    beta: root.number("beta", 0.1)!,
    nllWeight: root.number("nllWeight", 0.2)!,
    checkpointEvery: wholeOrNull(owner, root, "checkpointEvery", 0),
    evalEvery: wholeOrNull(owner, root, "evalEvery", 0),
    sampleEvery: wholeOrNull(owner, root, "sampleEvery", 0),
    keep: whole(owner, root, "keep", 1, 1),
    samples: {
      prompts: samples.list("prompts", []).map(String),
      maxTokens: whole(`${owner}: samples`, samples, "maxTokens", 64, 1),
    },
    format: choice(owner, root, "format", ["bf16", "f16", "f32"]),
  };
}

function readPromptWeight(owner: string, weight: number): number {
  if (weight >= 0 && weight <= 1) return weight;
  throw new SyntaxError(`${owner}: promptWeight is ${weight}; it is between 0 (answers only) and 1`);
}

function readSource(owner: string, value: unknown, folder: string): TuneRecipe["data"][number] {
  const fields = open(owner, typeof value === "string" ? { file: value } : value, ["file", "repeat"]);
  const repeat = fields.number("repeat", 1)!;
  if (repeat > 100) throw new SyntaxError(`${owner}: repeat is ${repeat}; it is 100 at most`);
  return { file: resolve(folder, fields.text("file")), repeat };
}

/** 1e-5 is the paper's for all weights; an adapter starts from zero and needs more. */
function defaultRate(method: TuneRecipe["method"], lora: LoraOptions | null): number {
  if (lora === null) return method === "sft" ? 1e-5 : 1e-6;
  return method === "sft" ? 2e-4 : 2e-5;
}

/** The table with `key=value` set; values are YAML. */
function withOverrides(table: Table, overrides: readonly string[]): Table {
  const copy = structuredClone(table) as Record<string, unknown>;
  for (const override of overrides) {
    const cut = override.indexOf("=");
    const keys = override.slice(0, Math.max(0, cut)).split(".");
    if (cut <= 0 || keys.includes("") || keys.includes("__proto__"))
      throw new SyntaxError(`${override} is not an override; write key=value, such as batch.length=512`);
    let owner = copy;
    for (const key of keys.slice(0, -1)) {
      owner[key] ??= {};
      if (!isObject(owner[key])) throw new SyntaxError(`${override}: ${key} has no fields`);
      owner = owner[key] as Record<string, unknown>;
    }
    owner[keys.at(-1)!] = parse(override.slice(cut + 1)) as unknown;
  }
  return copy;
}

function open(owner: string, value: unknown, known: readonly string[]): Fields {
  const fields = readFields(owner, value);
  refuseUnknownNames(owner, Object.keys(value as object), known);
  return fields;
}

function whole(owner: string, fields: Fields, key: string, fallback: number, least = 0): number {
  const found = fields.number(key, fallback)!;
  if (!Number.isSafeInteger(found) || found < least)
    throw new SyntaxError(`${owner}: ${key} takes a whole number of at least ${least}, not ${found}`);
  return found;
}

function wholeOrNull(owner: string, fields: Fields, key: string, least: number): number | null {
  const found = fields.number(key, null);
  if (found === null) return null;
  if (!Number.isSafeInteger(found) || found < least)
    throw new SyntaxError(`${owner}: ${key} takes a whole number of at least ${least}, not ${found}`);
  return found;
}

function flag(owner: string, fields: Fields, key: string): boolean {
  const found = fields.take(key) ?? false;
  if (typeof found !== "boolean")
    throw new SyntaxError(`${owner}: ${key} takes true or false, not ${JSON.stringify(found)}`);
  return found;
}

/** The first is the default. */
function choice<T extends string>(owner: string, fields: Fields, key: string, words: readonly T[]): T {
  const found = fields.text(key, words[0]!);
  const word = words.find((each) => each === found);
  if (word === undefined)
    throw new SyntaxError(`${owner}: ${key} takes ${words.join(", ")}, not ${JSON.stringify(found)}`);
  return word;
}

function readLora(owner: string, value: unknown): LoraOptions | null {
  if (value === null || value === false) return null;
  const fields = open(owner, value === true ? {} : value, ["rank", "alpha", "targets"]);
  const rank = whole(owner, fields, "rank", 8, 1);
  const alpha = fields.number("alpha", 2 * rank)!;
  const lora = { rank, alpha, targets: fields.list("targets", loraTargets).map(String) };
  try {
    checkLora(lora);
  } catch (cause) {
    throw new SyntaxError(`${owner}: ${(cause as Error).message}`, { cause });
  }
  return lora;
}

function readSchedule(owner: string, value: unknown): TuneRecipe["schedule"] {
  const fields = open(owner, value, ["shape", "warmupSteps", "finalRatio", "decaySteps"]);
  return {
    shape: choice(owner, fields, "shape", ["cosine", "linear", "constant", "wsd"]),
    warmupSteps: wholeOrNull(owner, fields, "warmupSteps", 0),
    finalRatio: fields.number("finalRatio", 0.1)!,
    decaySteps: whole(owner, fields, "decaySteps", 0),
  };
}

function readOptimizer(owner: string, value: unknown): TuneRecipe["optimizer"] {
  const fields = open(owner, value, ["beta1", "beta2", "eps", "weightDecay", "clipNorm"]);
  return {
    beta1: fields.number("beta1", 0.9)!,
    beta2: fields.number("beta2", 0.95)!,
    eps: fields.number("eps", 1e-8)!,
    weightDecay: fields.number("weightDecay", 0)!,
    clipNorm: fields.number("clipNorm", 1)!,
  };
}
