export type { RunEvent } from "../run/run-event.ts";
export {
  accumulateDistill,
  type DistillExample,
  type DistillLoss,
  type DistillOptions,
  distillMethod,
  evaluateDistill,
} from "./distill-method.ts";
export { type DistillRecipe, parseDistillRecipe, readDistillRecipe } from "./recipe.ts";
export { type DistillResult, type RunDistillOptions, runDistill } from "./run-distill.ts";
export { checkSameTokenizer } from "./same-tokenizer.ts";
export { emptyRows, type SoftRows, type TargetOptions, takeTargets } from "./soft-targets.ts";
export { keptLayers, type StudentShape, studentConfig, studentParams, writeStudent } from "./student.ts";
export { askTeacher, type StoreTargetsOptions, storeTargets, type Teacher } from "./teacher-targets.ts";
