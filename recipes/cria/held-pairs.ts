/**
 * Pairs to measure a round's preferences on: answers to held-out prompts by the model that the round begins with, judged by
 * the rules of the round. Writes `held-out.pairs.jsonl`.
 *
 *   held-pairs.ts MODEL ROUND.YAML --out FOLDER
 */
import { copyFileSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadModel, openCheckpoint } from "@llamero/core";
import { LocalGenerator } from "@llamero/eval";
import { readPrompts, readRoundRecipe, rejectionSample } from "@llamero/train/round";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string" }, threads: { type: "string" } },
});
const [path, recipePath] = positionals;
if (path === undefined || recipePath === undefined || values.out === undefined)
  throw new TypeError("Name a model, a recipe and a folder: held-pairs.ts MODEL ROUND.YAML --out FOLDER");
const out = resolve(values.out);
const recipe = readRoundRecipe(readFileSync(recipePath, "utf8"), {
  owner: recipePath,
  folder: dirname(resolve(recipePath)),
});
const { prompts } = await readPrompts([join(out, "held-out.prompts.jsonl")]);
await using model = await loadModel(openCheckpoint(path), {
  context: 1024,
  maxBatch: 16,
  mode: "exact",
  ...(values.threads !== undefined && { threads: Number(values.threads) }),
});
const { samples, sampling, seed, rewards, threshold, minMargin } = recipe;
const generator = await LocalGenerator.create(model, {});
const { report, pairs } = await rejectionSample({
  ...{ prompts, samples, sampling, seed, generator, rewards, threshold, minMargin },
  folder: join(out, "held-out-samples"),
});
copyFileSync(pairs, join(out, "held-out.pairs.jsonl"));
process.stdout.write(`held-out.pairs.jsonl: ${report.pairs} pairs of ${report.prompts} prompts\n`);
