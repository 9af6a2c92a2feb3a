import type { Task } from "../../task.ts";
import { apiCallSets } from "./api-call-sets.ts";
import { bfclSets } from "./bfcl-sets.ts";
import { formatSets } from "./format-sets.ts";
import { generatedLongSets } from "./generated-long-sets.ts";
import { ifevalSets } from "./ifeval-sets.ts";
import { judgedSets } from "./judged-sets.ts";
import { longChoiceSets } from "./long-choice-sets.ts";
import { longDocumentSets } from "./long-document-sets.ts";
import { longSummarySets } from "./long-summary-set.ts";
import { multiTurnRulesSets } from "./multi-turn-rules-sets.ts";
import { safetySets } from "./safety-sets.ts";
import { scriptedToolSets } from "./scripted-tools-set.ts";
import { translationSets } from "./translation-sets.ts";

/** Sets with rules or a course of their own: steerability, translation, long texts, conversations, tools, safety. */
export const specialTasks: readonly Task[] = [
  ...ifevalSets,
  ...multiTurnRulesSets,
  ...formatSets,
  ...translationSets,
  ...generatedLongSets,
  ...longDocumentSets,
  ...longChoiceSets,
  ...longSummarySets,
  ...judgedSets,
  ...bfclSets,
  ...apiCallSets,
  ...scriptedToolSets,
  ...safetySets,
];
