import type { Task } from "../../task.ts";
import { anyTask } from "../any-task.ts";
import { characterSets } from "./character-sets.ts";
import { choiceTask } from "./choice-task.ts";
import { commonsenseSets } from "./commonsense-sets.ts";
import { examSets } from "./exam-sets.ts";
import { inferenceSets } from "./inference-sets.ts";
import { knowledgeSets } from "./knowledge-sets.ts";
import { koreanSets } from "./korean-sets.ts";
import { likelihoodSets } from "./likelihood-sets.ts";
import { likelihoodTask } from "./likelihood-task.ts";
import { multilingualSets } from "./multilingual-sets.ts";

/** Sets that are scored by likelihood: choices compared with each other, and texts. */
export const choiceTasks: readonly Task[] = [
  ...[
    ...knowledgeSets,
    ...commonsenseSets,
    ...inferenceSets,
    ...examSets,
    ...multilingualSets,
    ...koreanSets,
    ...characterSets,
  ].map((row) => anyTask(choiceTask(row))),
  ...likelihoodSets.map((row) => anyTask(likelihoodTask(row))),
];
