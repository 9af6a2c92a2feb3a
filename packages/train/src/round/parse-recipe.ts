import { resolve } from "node:path";
import { type Fields, isObject, readFields } from "../data/pipeline/fields.ts";
import { withOverrides } from "../recipes/overrides.ts";
import { parseRewards } from "../reward/reward-set.ts";
import { refuseUnknownNames } from "../synth/nearest-name.ts";
import { parseTuneRecipe, readRecipeTable } from "../tune/parse-recipe.ts";
import type { TuneRecipe } from "../tune/recipe.ts";
import type { Average, Gate, GateCheck, RoundRecipe } from "./recipe.ts";

const rootNames: readonly string[] = [
  "name",
  "model",
  "out",
  "rounds",
  "seed",
  "prompts",
  "promptsPerRound",
  "samples",
  "sampling",
  "rewards",
  "threshold",
  "minMargin",
  "sft",
  "dpo",
  "minPairs",
  "average",
  "gate",
  "batch",
  "context",
];

/** Parts of a stage's recipe that the round fills in. */
const filledIn: readonly string[] = ["model", "out", "name"];

/** Reads a recipe of rounds from YAML. Throws SyntaxError naming what is wrong. */
export function readRoundRecipe(
  text: string,
  source: { owner: string; folder: string; overrides?: readonly string[] },
): RoundRecipe {
  const { owner, overrides = [] } = source;
  const changed = overrides.length === 0 ? text : withOverrides(text, owner, overrides);
  return parseRoundRecipe(readRecipeTable(changed, owner), source);
}

/** Checks a recipe of rounds and fills in its defaults. Throws SyntaxError naming what is wrong. */
export function parseRoundRecipe(
  table: Readonly<Record<string, unknown>>,
  { owner, folder }: { owner: string; folder: string },
): RoundRecipe {
  const root = open(owner, table, rootNames);
  const out = resolve(folder, root.text("out"));
  const prompts = root.list("prompts").map((path) => resolve(folder, String(path)));
  if (prompts.length === 0) throw new SyntaxError(`${owner}: prompts has no file`);
  const sampling = open(`${owner}: sampling`, root.take("sampling") ?? {}, [
    "temperature",
    "topP",
    "maxTokens",
  ]);
  const sft = readStage("sft", `${owner}: sft`, root.take("sft"), folder);
  const dpo = readStage("dpo", `${owner}: dpo`, root.take("dpo"), folder);
  if (sft === null && dpo === null)
    throw new SyntaxError(`${owner}: sft and dpo are both false; a round trains with one of them at least`);
  const rewards = parseRewards(`${owner}: rewards`, root.take("rewards"), folder);
  return {
    name: root.text("name", out.split("/").at(-1) ?? "rounds"),
    model: resolve(folder, root.text("model")),
    out,
    rounds: whole(owner, root, "rounds", 1, 1)!,
    seed: whole(owner, root, "seed", 1, 0)!,
    prompts,
    promptsPerRound: whole(owner, root, "promptsPerRound", null, 1),
    samples: whole(owner, root, "samples", 8, 1)!,
    sampling: {
      temperature: sampling.number("temperature", 0.8)!,
      topP: sampling.number("topP", 0.95)!,
      maxTokens: whole(`${owner}: sampling`, sampling, "maxTokens", 256, 1)!,
    },
    rewards,
    threshold: root.number("threshold", 0.5)!,
    minMargin: root.number("minMargin", 0.1)!,
    sft,
    dpo,
    minPairs: whole(owner, root, "minPairs", 8, 1)!,
    average: readAverage(`${owner}: average`, root.take("average"), { sft, dpo }),
    gate: readGate(`${owner}: gate`, root.take("gate"), folder),
    batch: whole(owner, root, "batch", 16, 1)!,
    context: whole(owner, root, "context", null, 16),
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
  fallback: number | null,
  least: number,
): number | null {
  const found = fields.number(key, fallback);
  if (found !== null && (!Number.isSafeInteger(found) || found < least))
    throw new SyntaxError(`${owner}: ${key} takes a whole number of at least ${least}, not ${found}`);
  return found;
}

/** Settings of fine-tuning, without what the round fills in; false leaves the stage out. */
export function readStage(
  method: TuneRecipe["method"],
  owner: string,
  value: unknown,
  folder: string,
): TuneRecipe | null {
  if (value === false || value === null) return null;
  if (value !== undefined && value !== true && !isObject(value))
    throw new SyntaxError(`${owner} takes named settings or false, not ${JSON.stringify(value)}`);
  const table = isObject(value) ? value : {};
  const stranger = Object.keys(table).find((key) => filledIn.includes(key));
  if (stranger !== undefined)
    throw new SyntaxError(`${owner}.${stranger} is filled in round by round; leave it out`);
  const { data = [], sampleEvery = 0, ...rest } = table;
  return parseTuneRecipe(
    { ...rest, data, sampleEvery, model: "filled-in", out: "filled-in" },
    { method, owner, folder },
  );
}

function readAverage(
  owner: string,
  value: unknown,
  stages: { sft: TuneRecipe | null; dpo: TuneRecipe | null },
): Average | null {
  if (value === undefined || value === null || value === false) return null;
  const fields = open(owner, value === true ? {} : value, ["of", "weights"]);
  const all = (["sft", "dpo"] as const).filter((name) => stages[name] !== null);
  const of = fields.list("of", all).map((word) => {
    if (word === "base" || word === "sft" || word === "dpo") return word;
    throw new SyntaxError(`${owner}: of takes base, sft, dpo, not ${JSON.stringify(word)}`);
  });
  const weights = fields
    .list(
      "weights",
      of.map(() => 1),
    )
    .map(Number);
  if (of.length < 2 || new Set(of).size !== of.length)
    throw new SyntaxError(`${owner}: of names ${of.join(", ") || "nothing"}; it takes two models or three`);
  if (weights.length !== of.length || !weights.every((each) => each > 0))
    throw new SyntaxError(`${owner}: weights takes a number above 0 for each of ${of.join(", ")}`);
  return { of, weights };
}

/** What decides about a round. Throws SyntaxError where there is no task. */
export function readGate(owner: string, value: unknown, folder: string): Gate {
  const fields = open(owner, value ?? {}, ["tasks", "data", "limit", "allowedLoss"]);
  const allowedLoss = fields.number("allowedLoss", 0.01)!;
  const checks = fields.list("tasks").map((each, index): GateCheck => {
    const at = `${owner}.tasks[${index}]`;
    const check = open(at, typeof each === "string" ? { task: each } : each, [
      "task",
      "metric",
      "allowedLoss",
      "required",
    ]);
    const task = check.text("task");
    return {
      task: /\.(jsonl|ya?ml)$/.test(task) ? resolve(folder, task) : task,
      metric: check.text("metric", null),
      allowedLoss: check.number("allowedLoss", allowedLoss)!,
      required: check.number("required", null),
    };
  });
  if (checks.length === 0) throw new SyntaxError(`${owner}: tasks has no task to judge a round by`);
  const data = fields.text("data", null);
  return {
    checks,
    data: data === null ? null : resolve(folder, data),
    limit: whole(owner, fields, "limit", null, 1),
  };
}
