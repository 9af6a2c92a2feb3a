import {
  instructionPrompt,
  judgePrompt,
  problemPrompt,
  questionPrompt,
  solutionPrompt,
  toolAnswerPrompt,
  toolCallPrompt,
  toolRequestPrompt,
  toolResultPrompt,
  toolsPrompt,
} from "./prompts.ts";
import type { SynthKindName } from "./recipe.ts";

const instruction = instructionPrompt(["<example>"], {
  topic: "<subject>",
  activity: "<activity>",
  language: "en",
});
const problem = problemPrompt("<code>", {
  programming: "<programming language>",
  language: "en",
  topic: "<topic>",
});
const code = [problem, solutionPrompt("<problem>", "<programming language>")];

const promptsOf: Readonly<Record<SynthKindName, readonly string[]>> = {
  instructions: [instruction],
  "question-answer": [questionPrompt("<text>", "en")],
  code,
  tools: [
    toolsPrompt("<domain>", 2),
    toolRequestPrompt("<functions>", 1, "en"),
    toolCallPrompt("<functions>", "<conversation>"),
    toolResultPrompt("<function>", "<call>"),
    toolAnswerPrompt("<conversation>", "en"),
  ],
  preference: [instruction, questionPrompt("<text>", "en"), ...code],
};

/** The prompts behind the kinds, for the card. */
export function promptExamples(kinds: readonly SynthKindName[]): string[] {
  const all = [...new Set([...kinds.flatMap((kind) => promptsOf[kind]), judgePrompt("<conversation>")])];
  return all.map((text) => `\`\`\`\`\n${text}\n\`\`\`\``);
}
