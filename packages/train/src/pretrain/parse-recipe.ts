import { dirname, resolve } from "node:path";
import { parse, parseDocument } from "yaml";
import { type Fields, isObject, readFields } from "../data/pipeline/fields.ts";
import { refuseUnknownNames } from "../synth/nearest-name.ts";
import type {
  AnnealPlan,
  BatchPlan,
  CorpusSource,
  LongPlan,
  MixShares,
  PretrainData,
  PretrainRecipe,
  SamplePlan,
  SchedulePlan,
} from "./recipe.ts";

const rootNames: readonly string[] = [
  "name",
  "seed",
  "tokenizer",
  "init",
  "model",
  "data",
  "batch",
  "learningRate",
  "schedule",
  "optimizer",
  "products",
  "anneal",
  "long",
  "checkpointEvery",
  "evalEvery",
  "sampleEvery",
  "keep",
  "samples",
  "license",
];

/** Reads a recipe from YAML. `overrides` are `key=value`, the key with dots: `batch.steps=100`. */
export function readPretrainRecipe(
  text: string,
  path: string,
  overrides: readonly string[] = [],
): PretrainRecipe {
  const yaml = parseDocument(text, { prettyErrors: true });
  if (yaml.errors.length > 0) throw new SyntaxError(`${path} is not YAML: ${yaml.errors[0]!.message.trim()}`);
  return parsePretrainRecipe(yaml.toJS(), { owner: path, folder: dirname(resolve(path)), overrides });
}

/** Where a recipe is from. */
export interface RecipeOrigin {
  /** Named in errors. */
  owner: string;
  /** Paths are relative to it. */
  folder: string;
  overrides?: readonly string[];
}

/** Checks a recipe and fills in its defaults. Throws SyntaxError naming what is wrong. */
export function parsePretrainRecipe(value: unknown, origin: RecipeOrigin): PretrainRecipe {
  const { owner, folder } = origin;
  const root = open(owner, withOverrides(value, origin.overrides ?? []), rootNames);
  const batch = readBatch(`${owner}: batch`, root.take("batch") ?? {});
  const init = root.text("init", null);
  const modelValue = root.take("model") ?? null;
  if ((init === null) === (modelValue === null))
    throw new SyntaxError(
      `${owner}: give either model (a shape to train from nothing) or init (a model to go on with)`,
    );
  const tokenizer = root.text("tokenizer", init);
  if (tokenizer === null) throw new SyntaxError(`${owner}: tokenizer is missing; name a tokenizer.json`);
  const data = readData(`${owner}: data`, root.take("data"), folder);
  return {
    name: root.text("name", "pretrain"),
    seed: whole(owner, root, "seed", 1),
    tokenizer: resolve(folder, tokenizer),
    init: init === null ? null : resolve(folder, init),
    model: modelValue === null ? null : readModel(`${owner}: model`, modelValue),
    data,
    batch,
    learningRate: root.number("learningRate", init === null ? 1e-3 : 1e-4)!,
    schedule: readSchedule(`${owner}: schedule`, root.take("schedule") ?? {}, batch),
    optimizer: readOptimizer(`${owner}: optimizer`, root.take("optimizer") ?? {}),
    products: readProducts(owner, root.text("products", "f32")),
    anneal: readAnneal(`${owner}: anneal`, root.take("anneal") ?? null, batch, Object.keys(data.sources)),
    long: readLong(`${owner}: long`, root.take("long") ?? null, batch),
    checkpointEvery: whole(owner, root, "checkpointEvery", Math.max(1, Math.round(batch.steps / 20))),
    evalEvery: whole(owner, root, "evalEvery", Math.max(1, Math.round(batch.steps / 20))),
    sampleEvery: whole(owner, root, "sampleEvery", 0),
    keep: whole(owner, root, "keep", 2, 1),
    samples: readSamples(`${owner}: samples`, root.take("samples") ?? {}),
    license: root.text("license", null),
  };
}

/** The table with `key=value` set; values are YAML. */
function withOverrides(value: unknown, overrides: readonly string[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const override of overrides) {
    const cut = override.indexOf("=");
    const keys = override.slice(0, Math.max(0, cut)).split(".");
    if (cut <= 0 || keys.includes("") || keys.includes("__proto__"))
      throw new SyntaxError(`${override} is not an override; write key=value, such as batch.steps=100`);
    let table: unknown = copy;
    for (const key of keys.slice(0, -1)) {
      if (!isObject(table)) break;
      const owner = table as Record<string, unknown>;
      owner[key] ??= {};
      table = owner[key];
    }
    if (!isObject(table)) throw new SyntaxError(`${override}: ${keys.slice(0, -1).join(".")} has no fields`);
    (table as Record<string, unknown>)[keys.at(-1)!] = parse(override.slice(cut + 1)) as unknown;
  }
  return copy;
}

function open(owner: string, value: unknown, known: readonly string[]): Fields {
  const fields = readFields(owner, value);
  refuseUnknownNames(owner, Object.keys(value as object), known);
  return fields;
}

function whole(owner: string, fields: Fields, key: string, fallback: number | null, least = 0): number {
  const found = fields.number(key, fallback);
  if (found === null) throw new SyntaxError(`${owner}: ${key} is missing; it takes a whole number`);
  if (!Number.isSafeInteger(found) || found < least)
    throw new SyntaxError(`${owner}: ${key} takes a whole number of at least ${least}, not ${found}`);
  return found;
}

function readModel(owner: string, value: unknown): NonNullable<PretrainRecipe["model"]> {
  const fields = open(owner, value, [
    "hiddenSize",
    "intermediateSize",
    "numHiddenLayers",
    "numAttentionHeads",
    "numKeyValueHeads",
    "headDim",
    "vocabSize",
    "rmsNormEps",
    "ropeTheta",
    "maxPositionEmbeddings",
    "tieWordEmbeddings",
  ]);
  const count = (key: string, fallback: number | null = null): number =>
    whole(owner, fields, key, fallback, 1);
  const hiddenSize = count("hiddenSize");
  const heads = count("numAttentionHeads");
  const kvHeads = count("numKeyValueHeads", heads);
  const headDim = count("headDim", hiddenSize / heads);
  if (headDim % 2 !== 0)
    throw new SyntaxError(`${owner}: headDim is ${headDim}; rotary positions need an even number`);
  if (heads % kvHeads !== 0)
    throw new SyntaxError(`${owner}: ${heads} heads are not a multiple of ${kvHeads} key-value heads`);
  const vocabSize = fields.number("vocabSize", null);
  const tie = fields.take("tieWordEmbeddings") ?? true;
  if (typeof tie !== "boolean")
    throw new SyntaxError(`${owner}: tieWordEmbeddings takes true or false, not ${JSON.stringify(tie)}`);
  return {
    hiddenSize,
    intermediateSize: count("intermediateSize"),
    numHiddenLayers: count("numHiddenLayers"),
    numAttentionHeads: heads,
    numKeyValueHeads: kvHeads,
    headDim,
    vocabSize,
    rmsNormEps: fields.number("rmsNormEps", 1e-5)!,
    ropeTheta: fields.number("ropeTheta", 500000)!,
    ropeScaling: null,
    maxPositionEmbeddings: count("maxPositionEmbeddings", 2048),
    tieWordEmbeddings: tie,
  };
}

function readData(owner: string, value: unknown, folder: string): PretrainData {
  const fields = open(owner, value, ["sources", "mix", "replay", "validation"]);
  const table = fields.take("sources");
  if (!isObject(table) || Object.keys(table).length === 0)
    throw new SyntaxError(`${owner}: sources is empty; name at least one, with its files`);
  const sources = Object.fromEntries(
    Object.entries(table).map(([name, source]) => [
      name,
      readSource(`${owner}: sources.${name}`, source, folder),
    ]),
  );
  const names = Object.keys(sources);
  const replay = readReplay(`${owner}: replay`, fields.take("replay") ?? null, names);
  const fresh = names.filter((name) => replay?.sources.includes(name) !== true);
  const mixValue = fields.take("mix");
  const mix =
    mixValue === undefined
      ? Object.fromEntries(fresh.map((name) => [name, 1]))
      : readMix(`${owner}: mix`, mixValue, names);
  const validation = open(`${owner}: validation`, fields.take("validation") ?? {}, ["share", "tokens"]);
  const share = validation.number("share", 0.01)!;
  if (share >= 1) throw new SyntaxError(`${owner}: validation.share is ${share}; it must be below 1`);
  return {
    sources,
    mix,
    replay,
    validation: { share, tokens: whole(`${owner}: validation`, validation, "tokens", 16384) },
  };
}

function readSource(owner: string, value: unknown, folder: string): CorpusSource {
  const table = typeof value === "string" || Array.isArray(value) ? { files: value } : value;
  const fields = open(owner, table, ["files", "field"]);
  const files = fields.list("files").map((file) => {
    if (typeof file !== "string")
      throw new SyntaxError(`${owner}: files takes paths, not ${JSON.stringify(file)}`);
    return resolve(folder, file);
  });
  return { files, field: fields.text("field", "text") };
}

function readReplay(owner: string, value: unknown, names: readonly string[]): PretrainData["replay"] {
  if (value === null) return null;
  const fields = open(owner, value, ["sources", "share"]);
  const sources = fields.list("sources").map(String);
  for (const name of sources) checkSource(owner, name, names);
  const share = fields.number("share", 0.1)!;
  if (share >= 1) throw new SyntaxError(`${owner}: share is ${share}; it must be below 1`);
  return { sources, share };
}

function checkSource(owner: string, name: string, names: readonly string[]): void {
  if (!names.includes(name)) refuseUnknownNames(`${owner} (data.sources)`, [name], names);
}

function readMix(owner: string, value: unknown, names: readonly string[]): MixShares {
  if (!isObject(value)) throw new SyntaxError(`${owner} takes a share for each source`);
  let sum = 0;
  for (const [name, share] of Object.entries(value)) {
    checkSource(owner, name, names);
    if (typeof share !== "number" || !(share >= 0))
      throw new SyntaxError(`${owner}: ${name} takes a share of at least 0, not ${JSON.stringify(share)}`);
    sum += share;
  }
  if (!(sum > 0)) throw new SyntaxError(`${owner}: no source has a share above 0`);
  return value as MixShares;
}

function readBatch(owner: string, value: unknown): BatchPlan {
  const fields = open(owner, value, ["steps", "length", "tokens", "microTokens", "ramp"]);
  const steps = whole(owner, fields, "steps", null, 1);
  const length = whole(owner, fields, "length", 512, 2);
  const tokens = whole(owner, fields, "tokens", 16 * length, 1);
  const microTokens = whole(owner, fields, "microTokens", Math.max(length, Math.min(tokens, 4096)), 1);
  const ramp = fields.list("ramp", []).map((part, index) => {
    const partOwner = `${owner}: ramp[${index}]`;
    const row = open(partOwner, part, ["until", "tokens"]);
    return {
      until: whole(partOwner, row, "until", null, 1),
      tokens: whole(partOwner, row, "tokens", null, 1),
    };
  });
  for (const [name, size] of [
    ["tokens", tokens],
    ["microTokens", microTokens],
    ...ramp.map((r) => ["ramp", r.tokens] as const),
  ] as const)
    if (size < length)
      throw new SyntaxError(`${owner}: ${name} is ${size}, less than one sequence of length ${length}`);
  return { steps, length, tokens, microTokens, ramp: ramp.sort((a, b) => a.until - b.until) };
}

function readSchedule(owner: string, value: unknown, { steps }: BatchPlan): SchedulePlan {
  const fields = open(owner, value, ["shape", "warmupSteps", "finalRatio", "decaySteps"]);
  const shape = fields.text("shape", "cosine");
  const shapes = ["cosine", "linear", "constant", "wsd"] as const;
  const found = shapes.find((name) => name === shape);
  if (found === undefined)
    throw new SyntaxError(`${owner}: shape takes ${shapes.join(", ")}, not ${JSON.stringify(shape)}`);
  return {
    shape: found,
    warmupSteps: whole(owner, fields, "warmupSteps", Math.min(200, Math.round(steps / 20))),
    finalRatio: fields.number("finalRatio", found === "wsd" ? 0 : 0.1)!,
    decaySteps: whole(owner, fields, "decaySteps", found === "wsd" ? Math.round(steps / 5) : 0),
  };
}

function readOptimizer(owner: string, value: unknown): PretrainRecipe["optimizer"] {
  const fields = open(owner, value, ["beta1", "beta2", "eps", "weightDecay", "clipNorm"]);
  return {
    beta1: fields.number("beta1", 0.9)!,
    beta2: fields.number("beta2", 0.95)!,
    eps: fields.number("eps", 1e-8)!,
    weightDecay: fields.number("weightDecay", 0.1)!,
    clipNorm: fields.number("clipNorm", 1)!,
  };
}

function readProducts(owner: string, name: string): PretrainRecipe["products"] {
  if (name === "f32" || name === "bf16") return name;
  throw new SyntaxError(`${owner}: products takes f32 or bf16, not ${JSON.stringify(name)}`);
}

function readAnneal(
  owner: string,
  value: unknown,
  { steps }: BatchPlan,
  sources: readonly string[],
): AnnealPlan | null {
  if (value === null) return null;
  const fields = open(owner, value, ["steps", "mix", "averageEvery"]);
  const count = whole(owner, fields, "steps", Math.max(1, Math.round(steps / 5)), 1);
  if (count > steps) throw new SyntaxError(`${owner}: steps is ${count}, more than the ${steps} of the run`);
  const mix = fields.take("mix") ?? null;
  return {
    steps: count,
    mix: mix === null ? null : readMix(`${owner}: mix`, mix, sources),
    averageEvery: whole(owner, fields, "averageEvery", 0),
  };
}

function readLong(owner: string, value: unknown, batch: BatchPlan): LongPlan | null {
  if (value === null) return null;
  const fields = open(owner, value, ["fromStep", "length", "ropeTheta"]);
  const fromStep = whole(owner, fields, "fromStep", null, 1);
  if (fromStep >= batch.steps)
    throw new SyntaxError(`${owner}: fromStep is ${fromStep}, and the run has ${batch.steps} steps`);
  const length = whole(owner, fields, "length", null, batch.length);
  if (batch.tokens < length)
    throw new SyntaxError(`${owner}: length is ${length}, more than the ${batch.tokens} tokens of a batch`);
  return { fromStep, length, ropeTheta: fields.number("ropeTheta", null) };
}

function readSamples(owner: string, value: unknown): SamplePlan {
  const fields = open(owner, value, ["prompts", "maxTokens", "temperature"]);
  return {
    prompts: fields.list("prompts", []).map(String),
    maxTokens: whole(owner, fields, "maxTokens", 60, 1),
    temperature: fields.number("temperature", 0.8)!,
  };
}
