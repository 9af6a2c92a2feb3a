import type { Task } from "../../task.ts";
import { bfclSets } from "./bfcl-sets.ts";
import { ifevalSets } from "./ifeval-sets.ts";
import { multiTurnRulesSets } from "./multi-turn-rules-sets.ts";
import { translationSets } from "./translation-sets.ts";

/** Sets with rules or a course of their own: steerability, translation, long texts, conversations, tools, safety. */
export const specialTasks: readonly Task[] = [
  ...ifevalSets,
  ...multiTurnRulesSets,
  ...translationSets,
  ...bfclSets,
];
