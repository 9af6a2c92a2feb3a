export { averageModels } from "../average/average-models.ts";
export { type LineageNode, traceFile } from "../lineage/trace-file.ts";
export { readPrompts, type SamplePrompt } from "../reject/prompts.ts";
export { type RejectOptions, type RejectResult, rejectionSample } from "../reject/reject.ts";
export type { SelectReport } from "../reject/select.ts";
export { parseRewardRecipe, type RewardRecipe } from "../reward/recipe.ts";
export {
  createScorer,
  openRewardModel,
  type RewardModel,
  type ScoredConversation,
  type Scorer,
  scoreWith,
} from "../reward/reward-model.ts";
export { checkRewards, parseRewards, type RewardSet, rewardOf } from "../reward/reward-set.ts";
export { runReward } from "../reward/run-reward.ts";
export * from "../reward/verifiers.ts";
export { readRecipeTable } from "../tune/parse-recipe.ts";
export { type FeedbackRound, type FeedbackRoundResult, runFeedbackRound } from "./feedback-round.ts";
export type { GateFigure } from "./gate.ts";
export { type Lineage, type RoundRecord, readLineage } from "./lineage.ts";
export { readRoundRecipe } from "./parse-recipe.ts";
export type { RoundRecipe } from "./recipe.ts";
export { type RoundsResult, type RunRoundsOptions, roundsRunCode, runRounds } from "./run-rounds.ts";
export type { RoundEvent } from "./stages.ts";
