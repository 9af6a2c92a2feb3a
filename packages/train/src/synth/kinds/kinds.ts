import type { MakeDraft } from "../kind.ts";
import type { SynthKindName } from "../recipe.ts";
import { makeCode } from "./code.ts";
import { makeInstruction } from "./instructions.ts";
import { makePreference } from "./preference.ts";
import { makeQuestion } from "./question-answer.ts";
import { makeToolDialogue } from "./tools.ts";

/** How records of each kind are made. */
export const synthKinds: Readonly<Record<SynthKindName, MakeDraft>> = {
  instructions: makeInstruction,
  "question-answer": makeQuestion,
  code: makeCode,
  tools: makeToolDialogue,
  preference: makePreference,
};
