import { countParameters, type LlamaConfig, openCheckpoint } from "@llamero/core";
import { openTokenizer } from "../pretrain/open-tokenizer.ts";
import type { PretrainRecipe } from "../pretrain/recipe.ts";
import { batchTokens, lengthStages, stageIndexOf } from "../pretrain/stages.ts";
import { trainingFlopsPerToken } from "./flops.ts";

/** What a recipe is going to compute. */
export interface RecipeRun {
  /** Of the last stage. */
  config: LlamaConfig;
  parameters: number;
  steps: number;
  tokens: number;
  /** Multiplications and additions of training; evaluations and samples come on top. */
  flops: number;
  /** Rows that are computed at once at most. */
  maxRows: number;
}

/** The work of a recipe, without reading its data. */
export function describeRecipeRun(recipe: PretrainRecipe): RecipeRun {
  const stages = lengthStages(recipe, configOf(recipe));
  const perToken = stages.map(({ config, length }) => trainingFlopsPerToken(config, length));
  const { steps } = recipe.batch;
  let tokens = 0;
  let flops = 0;
  for (let step = 0; step < steps; step++) {
    const count = batchTokens(recipe, step);
    tokens += count;
    flops += count * perToken[stageIndexOf(stages, step)]!;
  }
  const { config } = stages.at(-1)!;
  const maxRows = Math.max(...stages.map(({ rows }) => rows));
  return { config, parameters: countParameters(config), steps, tokens, flops, maxRows };
}

/** Shape of the model that a recipe trains. */
export function configOf(recipe: PretrainRecipe): LlamaConfig {
  if (recipe.init !== null) return openCheckpoint(recipe.init).config;
  const { vocabSize, ...shape } = recipe.model!;
  return { ...shape, vocabSize: vocabSize ?? openTokenizer(recipe.tokenizer).tokenizer.vocabSize };
}
