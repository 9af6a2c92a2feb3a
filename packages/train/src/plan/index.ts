/** What a training takes, before it. */
export { countMatrixWeights, trainingFlopsPerToken } from "./flops.ts";
export { admitTraining, planTraining, type TrainingPlan, type TrainingPlanOptions } from "./plan-training.ts";
export { configOf, describeRecipeRun, type RecipeRun } from "./recipe-run.ts";
