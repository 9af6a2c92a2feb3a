/**
 * What parts of Cria's recipe are worth, at a quarter of its size: the short arc of pretrain, learn, copy and polish, once
 * as it is and once without a part, with the same tokens. Prints losses on the same held-out files. The folder of
 * `recipes/cria.ts --until tokenizer` is read; a stage that is done is left out, so the same call goes on.
 *
 *   node --conditions=@llamero/source --import tsx recipes/cria/ablations.ts --run runs/cria --data ../shared/data --out runs/cria-ablations
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { parsePretrainRecipe, pretrain } from "../../packages/train/src/pretrain/index.ts";
import { parseTuneRecipe, runTune } from "../../packages/train/src/tune/index.ts";
import { writeGivenConversations } from "./given-conversations.ts";
import { heldOutLosses } from "./held-out-loss.ts";
import { writeRawText } from "./text/raw-text.ts";

/** A quarter of the parameters of Cria: 1,971,584. */
const shape = {
  hiddenSize: 128,
  intermediateSize: 352,
  numHiddenLayers: 5,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 32,
  ropeTheta: 10000,
  maxPositionEmbeddings: 2048,
};

/** Optimizer steps at scale 1. */
const steps = { pretrain: 400, learn: 200, copy: 500, polish: 500 };

interface Arm {
  /** Added to every seed. */
  seed: number;
  /** Text as it stands in the corpora. */
  isRaw: boolean;
  /** Conversations that people wrote, and none that generators made. */
  isGiven: boolean;
}

const arms: Readonly<Record<string, Arm>> = {
  full: { seed: 0, isRaw: false, isGiven: false },
  "not curated": { seed: 0, isRaw: true, isGiven: false },
  "nothing synthetic": { seed: 0, isRaw: false, isGiven: true },
  "full, other seed": { seed: 100, isRaw: false, isGiven: false },
};

const { values } = parseArgs({
  options: {
    run: { type: "string", default: "runs/cria" },
    out: { type: "string", default: "runs/cria-ablations" },
    data: { type: "string", default: "../shared/data" },
    /** Of the steps of every stage. */
    scale: { type: "string", default: "1" },
    /** Of a step. */
    tokens: { type: "string", default: "2048" },
    arms: { type: "string", default: Object.keys(arms).join(";") },
    threads: { type: "string" },
  },
});
const scale = Number(values.scale);
if (!(scale > 0)) throw new RangeError(`--scale takes a number above 0, not ${values.scale}`);
const tokens = Number(values.tokens);
if (!(Number.isInteger(tokens) && tokens >= 512))
  throw new RangeError(`--tokens takes a whole number from 512 on, not ${values.tokens}`);
const [run, out, data] = [values.run, values.out, values.data].map((path) => resolve(path)) as [
  string,
  string,
  string,
];
const choice = values.threads === undefined ? {} : { threads: Number(values.threads) };
const here = fileURLToPath(new URL(".", import.meta.url));
const raw = join(out, "raw");
const given = join(out, "given.jsonl");
mkdirSync(out, { recursive: true });

type Table = Record<string, unknown>;
const stepsOf = (stage: keyof typeof steps): number => Math.max(2, Math.round(steps[stage] * scale));
const quiet = { evalEvery: 1_000_000, sampleEvery: 0, checkpointEvery: 100 };
const shared = (stage: string): Table => parse(readFileSync(join(here, `${stage}.yaml`), "utf8")) as Table;

async function runPretrain(arm: Arm, folder: string): Promise<string> {
  const model = join(folder, "model");
  if (existsSync(join(model, "config.json"))) return model;
  const table = shared("pretrain");
  const { sources, mix } = table["data"] as { sources: Record<string, { files: string[] }>; mix: unknown };
  const moved = Object.entries(sources).map(([name, { files }]) => [
    name,
    { files: files.map((file) => (arm.isRaw ? file.replace("pretrain", raw) : file)) },
  ]);
  const count = stepsOf("pretrain");
  const recipe = parsePretrainRecipe(
    {
      ...table,
      ...quiet,
      seed: 1 + arm.seed,
      model: shape,
      data: { sources: Object.fromEntries(moved), mix, validation: { share: 0.01, tokens: 512 } },
      batch: { steps: count, length: 512, tokens, microTokens: tokens },
      schedule: {
        shape: "wsd",
        warmupSteps: Math.ceil(count / 16),
        decaySteps: Math.ceil(count / 6),
        finalRatio: 0.1,
      },
    },
    { owner: "pretrain.yaml", folder: run },
  );
  await pretrain(recipe, { folder, resume: true, ...choice });
  return model;
}

async function runStage(
  stage: "learn" | "copy" | "polish",
  arm: Arm,
  from: string,
  folder: string,
): Promise<string> {
  const model = join(folder, "model");
  if (existsSync(join(model, "config.json"))) return model;
  const table = shared(stage);
  const count = stepsOf(stage);
  const schedule =
    stage === "polish"
      ? { shape: "cosine", warmupSteps: Math.ceil(count / 50), finalRatio: 0.02 }
      : { shape: "constant", warmupSteps: Math.ceil(count / 20) };
  const recipe = parseTuneRecipe(
    {
      ...table,
      ...quiet,
      evalEvery: 0,
      model: from,
      out: folder,
      // People wrote little: it is gone through until the steps are full.
      ...(arm.isGiven && { data: [{ file: given, repeat: 1 }], epochs: 1000 }),
      validation: { share: 0 },
      maxSteps: count,
      batch: { tokens, length: 512, microTokens: tokens },
      schedule,
      seed: (table["seed"] as number) + arm.seed,
    },
    { method: "sft", owner: `${stage}.yaml`, folder: run },
  );
  await runTune(recipe, { resume: true, choice });
  return model;
}

/** Held-out text, and held-out conversations of every skill. */
const held = Object.fromEntries([
  ...["novels-en", "factbook", "problems"].map((name) => [
    name,
    join(run, "pretrain", `${name}.valid.jsonl`),
  ]),
  ...["chat", "greetings", "instructions", "passages", "safety", "tools", "copying"].map((name) => [
    name,
    join(run, "skills", `${name}.valid.jsonl`),
  ]),
]) as Record<string, string>;
const isText = (name: string): boolean => held[name]!.includes("/pretrain/");
const partOf = (wanted: boolean): Record<string, string> =>
  Object.fromEntries(Object.entries(held).filter(([name]) => isText(name) === wanted));

if (!existsSync(raw)) writeRawText(data, raw, { seed: 1, share: Math.min(1, scale) });
if (!existsSync(given)) writeGivenConversations(data, given);

const rows: [string, Record<string, number>][] = [];
for (const name of values.arms.split(";")) {
  const arm = arms[name];
  if (arm === undefined)
    throw new RangeError(`There is no arm ${name}; there is ${Object.keys(arms).join("; ")}`);
  const folder = (stage: string): string => join(out, name.replace(/\W+/g, "-"), stage);
  // What does not differ is not trained twice.
  const first = arm.isGiven ? join(out, "full", "pretrain") : folder("pretrain");
  const start = performance.now();
  let model = await runPretrain(arm, first);
  const file = join(out, `${name.replace(/\W+/g, "-")}.json`);
  if (!existsSync(file)) {
    const losses = await heldOutLosses(model, partOf(true));
    for (const stage of ["learn", "copy", "polish"] as const)
      model = await runStage(stage, arm, model, folder(stage));
    writeFileSync(file, JSON.stringify({ ...losses, ...(await heldOutLosses(model, partOf(false))) }));
  }
  rows.push([name, JSON.parse(readFileSync(file, "utf8")) as Record<string, number>]);
  process.stderr.write(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
}
const total = Object.values(steps).reduce((sum, each) => sum + each, 0) * scale * tokens;
const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
process.stdout.write(
  `${Math.round(total).toLocaleString("en-US")} tokens each; texts after pre-training, conversations at the end\n\n${line(["held out", ...rows.map(([name]) => name)])}${line(["---", ...rows.map(() => "---")])}${Object.keys(
    held,
  )
    .map((name) => line([name, ...rows.map(([, losses]) => losses[name]!.toFixed(3))]))
    .join("")}`,
);
