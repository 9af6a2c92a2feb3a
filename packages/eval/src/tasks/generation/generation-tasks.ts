import type { Task } from "../../task.ts";
import { anyTask } from "../any-task.ts";
import { bbhSets } from "./bbh-sets.ts";
import { choiceCotSets } from "./choice-cot-sets.ts";
import { codeSets } from "./code-sets.ts";
import { codeTask } from "./code-task.ts";
import { competitionSets } from "./competition-sets.ts";
import type { GenerationRow } from "./generation-row.ts";
import { generationTask } from "./generation-task.ts";
import { mathSets } from "./math-sets.ts";
import { mgsmSets } from "./mgsm-sets.ts";
import { multilingualReadingSets } from "./multilingual-reading-sets.ts";
import { qaSets } from "./qa-sets.ts";
import { readingSets } from "./reading-sets.ts";
import { summarySets } from "./summary-sets.ts";

const textRows: readonly GenerationRow[] = [
  ...mathSets,
  ...competitionSets,
  ...mgsmSets,
  ...qaSets,
  ...readingSets,
  ...multilingualReadingSets,
  ...choiceCotSets,
  ...bbhSets,
  ...summarySets,
];

/** Sets that are answered with a text or a program. */
export const generationTasks: readonly Task[] = [
  ...textRows.map((row) => anyTask(generationTask(row))),
  ...codeSets.map((row) => anyTask(codeTask(row))),
];
