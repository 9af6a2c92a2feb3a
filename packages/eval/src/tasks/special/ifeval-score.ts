import { ifevalLanguageRules } from "./ifeval-language-rules.ts";
import { ifevalRules, type Rule, type RuleArguments, type RuleContext } from "./ifeval-rules.ts";

/** One instruction of a prompt. */
export interface Instruction {
  id: string;
  args: RuleArguments;
}

/** The forms that loose scoring tries: without asterisks, without the first line, without the last, and all mixes. */
function looseForms(text: string): string[] {
  const lines = text.split("\n");
  const cuts = [
    text,
    lines.slice(1).join("\n").trim(),
    lines.slice(0, -1).join("\n").trim(),
    lines.slice(1, -1).join("\n").trim(),
  ];
  return [...cuts, ...cuts.map((cut) => cut.replaceAll("*", ""))];
}

/** Whether each instruction is followed, strictly and loosely. */
export interface Followed {
  strict: readonly boolean[];
  loose: readonly boolean[];
}

/** The rule of an instruction type. */
export function ruleOf(id: string): Rule | undefined {
  return ifevalRules[id] ?? ifevalLanguageRules[id];
}

/** Holds an answer against its instructions. */
export function checkInstructions(
  text: string,
  instructions: readonly Instruction[],
  context: RuleContext,
): Followed {
  const follows = (form: string, { id, args }: Instruction): boolean =>
    form.trim() !== "" && ruleOf(id)!.follows(form, args, context);
  const forms = looseForms(text);
  return {
    strict: instructions.map((instruction) => follows(text, instruction)),
    loose: instructions.map((instruction) => forms.some((form) => follows(form, instruction))),
  };
}
