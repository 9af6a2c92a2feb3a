/** Pre-training: recipes, token shards, mixes, and the run itself. */
export type { RunEvent, RunListener } from "../run/run-event.ts";
export { type OpenedTokenizer, openTokenizer } from "./open-tokenizer.ts";
export { parsePretrainRecipe, type RecipeOrigin, readPretrainRecipe } from "./parse-recipe.ts";
export {
  type PretrainOptions,
  type PretrainResult,
  type PretrainStart,
  pretrain,
  runFolder,
} from "./pretrain.ts";
export type { PretrainRecipe } from "./recipe.ts";
export { TokenCorpus, type TokenIndex } from "./token-shards.ts";
export { type TokenizeOptions, type TokenizeProgress, tokenizeCorpus } from "./tokenize-corpus.ts";
