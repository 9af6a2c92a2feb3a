import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { rowsOf } from "../../packages/train/src/batch/pack.ts";
import { pairRows } from "../../packages/train/src/dpo/pair-batch.ts";
import { parsePretrainRecipe, pretrain } from "../../packages/train/src/pretrain/index.ts";
import { readPrompts } from "../../packages/train/src/reject/prompts.ts";
import { rejectionSample } from "../../packages/train/src/reject/reject.ts";
import { parseRoundRecipe } from "../../packages/train/src/round/parse-recipe.ts";
import { openLocalGenerator } from "../../packages/train/src/round/stages.ts";
import { planSteps } from "../../packages/train/src/sft/plan-steps.ts";
import {
  openTuneModel,
  parseTuneRecipe,
  prepareConversations,
  preparePairs,
  runTune,
  type TuneRecipe,
} from "../../packages/train/src/tune/index.ts";

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

/** What all stages of all arms share. */
export interface AblationMeans {
  /** Folder of `recipes/cria.ts`. */
  run: string;
  /** Rows of an optimizer step at most. */
  stepRows: number;
  threads: number | undefined;
}

export type TuneStage = "learn" | "copy" | "polish";

/** A model, and the rows that went through it. */
export interface Trained {
  model: string;
  rows: number;
}

type Table = Record<string, unknown>;

const here = fileURLToPath(new URL(".", import.meta.url));
const quiet = { evalEvery: 1_000_000, sampleEvery: 0, checkpointEvery: 200 };
const shared = (stage: string): Table => parse(readFileSync(join(here, `${stage}.yaml`), "utf8")) as Table;
const choiceOf = ({ threads }: AblationMeans): { threads?: number } =>
  threads === undefined ? {} : { threads };

/** Text is learned from `texts`: the folder of curated text, or of text as it stands. */
export async function pretrainArm(
  means: AblationMeans,
  { texts, folder, seed, rows }: { texts: string; folder: string; seed: number; rows: number },
): Promise<Trained> {
  const { stepRows } = means;
  const steps = Math.max(2, Math.round(rows / stepRows));
  const model = join(folder, "model");
  const trained = { model, rows: steps * stepRows };
  if (existsSync(join(folder, "result.json"))) return trained;
  const table = shared("pretrain");
  const { sources, mix } = table["data"] as { sources: Record<string, { files: string[] }>; mix: unknown };
  const moved = Object.entries(sources).map(([name, { files }]) => [
    name,
    { files: files.map((file) => file.replace("pretrain", texts)) },
  ]);
  const recipe = parsePretrainRecipe(
    {
      ...table,
      ...quiet,
      seed: 1 + seed,
      model: shape,
      data: { sources: Object.fromEntries(moved), mix, validation: { share: 0.01, tokens: 512 } },
      batch: { steps, length: 512, tokens: stepRows, microTokens: stepRows },
      schedule: {
        shape: "wsd",
        warmupSteps: Math.ceil(steps / 16),
        decaySteps: Math.ceil(steps / 6),
        finalRatio: 0.1,
      },
    },
    { owner: "pretrain.yaml", folder: means.run },
  );
  await pretrain(recipe, { folder, resume: true, ...choiceOf(means) });
  return trained;
}

/** `data` takes the place of the stage's own conversations; `learningRate` that of its schedule. */
export interface TuneArm {
  from: string;
  folder: string;
  seed: number;
  rows: number;
  data?: string;
  learningRate?: number;
}

/** Conversations, as many as fill the rows. */
export async function tuneArm(means: AblationMeans, stage: TuneStage, arm: TuneArm): Promise<Trained> {
  const table = shared(stage);
  const { from, folder, data, learningRate } = arm;
  const read = (maxSteps: number): TuneRecipe =>
    parseTuneRecipe(
      {
        ...table,
        ...quiet,
        evalEvery: 0,
        model: from,
        out: folder,
        ...(data !== undefined && { data: [{ file: data, repeat: 1 }] }),
        // Where there is little, it is gone through until the rows are full.
        epochs: 20,
        validation: { share: 0 },
        maxSteps,
        batch: { tokens: means.stepRows, length: 1024, microTokens: means.stepRows },
        learningRate: learningRate ?? table["learningRate"],
        schedule:
          stage === "polish" && learningRate === undefined
            ? { shape: "cosine", warmupSteps: Math.ceil(maxSteps / 50), finalRatio: 0.02 }
            : { shape: "constant", warmupSteps: Math.min(30, Math.ceil(maxSteps / 10)) },
        seed: (table["seed"] as number) + arm.seed,
      },
      { method: "sft", owner: `${stage}.yaml`, folder: means.run },
    );
  const most = Math.ceil((3 * arm.rows) / means.stepRows);
  const { train } = await prepareConversations(read(most), openTuneModel(from));
  const { steps, rows } = stepsForRows(read(most), train.map(rowsOf), arm.rows);
  const model = join(folder, "model");
  if (!existsSync(join(folder, "recipe.json")))
    await runTune(read(steps), { resume: true, choice: choiceOf(means) });
  return { model, rows };
}

/** How many steps of a plan it takes for as many rows, and how many these really are. */
function stepsForRows(
  recipe: TuneRecipe,
  sizes: readonly number[],
  wanted: number,
): { steps: number; rows: number } {
  const { epochs, seed, maxSteps, batch, method } = recipe;
  const plan = planSteps({
    sizes: method === "sft" ? sizes : sizes.map(() => 1),
    stepSize: method === "sft" ? batch.tokens : batch.pairs,
    epochs,
    seed,
    ...(maxSteps !== null && { maxSteps }),
  });
  let rows = 0;
  for (const [step, members] of plan.entries()) {
    if (rows >= wanted) return { steps: step, rows };
    for (const member of members) rows += sizes[member]!;
  }
  throw new RangeError(`${recipe.name} has ${rows} rows in ${plan.length} steps, and ${wanted} are wanted`);
}

/** A round of preferences as Cria's, without a gate: pairs are gone through until the rows are full. */
export async function roundArm(
  means: AblationMeans,
  arm: Omit<TuneArm, "data" | "learningRate">,
): Promise<Trained> {
  const { from, folder, seed } = arm;
  const table = shared("round");
  const recipe = parseRoundRecipe(
    {
      ...table,
      model: from,
      out: folder,
      seed: (table["seed"] as number) + seed,
      prompts: ["round/prompts.jsonl"],
      dpo: {
        ...(table["dpo"] as Table),
        validation: { share: 0 },
        evalEvery: 0,
        checkpointEvery: 200,
        epochs: 20,
      },
    },
    { owner: "round.yaml", folder: means.run },
  );
  const { prompts } = await readPrompts(recipe.prompts);
  const { rewards, samples, sampling, threshold, minMargin } = recipe;
  const signal = new AbortController().signal;
  let pairs: string;
  {
    await using opened = await openLocalGenerator(from, { recipe, threads: means.threads, signal });
    const { generator } = opened;
    const sampled = await rejectionSample({
      ...{ prompts, samples, sampling, seed: recipe.seed, generator, rewards, threshold, minMargin },
      folder: join(folder, "sample"),
    });
    pairs = sampled.pairs;
    process.stderr.write(`${folder}: ${sampled.report.pairs} pairs\n`);
  }
  const data = [{ file: pairs, repeat: 1 }, ...recipe.dpo!.data];
  const dpo: TuneRecipe = { ...recipe.dpo!, name: "ablation-dpo", model: from, out: folder, data };
  const { train } = await preparePairs(dpo, openTuneModel(from));
  const { steps, rows } = stepsForRows(dpo, train.map(pairRows), arm.rows);
  if (!existsSync(join(folder, "recipe.json")))
    await runTune({ ...dpo, maxSteps: steps }, { resume: true, choice: choiceOf(means) });
  return { model: join(folder, "model"), rows };
}
