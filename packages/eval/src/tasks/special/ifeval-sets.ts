import type { Metric, Outcome, Row, Task } from "../../task.ts";
import { detectLanguage, type LanguageDetector } from "./detect-language.ts";
import type { RuleArguments } from "./ifeval-rules.ts";
import { checkInstructions, type Followed, type Instruction, ruleOf } from "./ifeval-score.ts";
import {
  fieldError,
  filesOf,
  isRow,
  rateMetric,
  specialTask,
  textField,
  textsField,
  userPrompt,
} from "./special-task.ts";

interface IfevalItem {
  prompt: string;
  instructions: readonly Instruction[];
}

interface IfevalSet {
  name: string;
  title: string;
  language: string;
  origin: string;
  license: string;
  files: readonly string[];
}

// French and Spanish checked against all records of github.com/lightblue-tech/M-IFEval@0bc3143.
const multilingual = (language: string, name: string): IfevalSet => ({
  name: `mifeval_${language}`,
  title: `Checkable instructions in ${name} (M-IFEval's form)`,
  language,
  origin: `M-IFEval (github.com/lightblue-tech/M-IFEval), or a translation of IFEval, as mifeval/${language}_input_data.jsonl`,
  license: "Apache-2.0",
  files: [`mifeval/${language}_input_data*`],
});

const sets: readonly IfevalSet[] = [
  {
    name: "ifeval",
    title: "Checkable instructions (IFEval)",
    language: "en",
    origin: "hf:google/IFEval",
    license: "Apache-2.0",
    files: ["ifeval/*input_data*"],
  },
  multilingual("de", "German"),
  multilingual("fr", "French"),
  multilingual("it", "Italian"),
  multilingual("pt", "Portuguese"),
  multilingual("hi", "Hindi"),
  multilingual("es", "Spanish"),
  multilingual("th", "Thai"),
];

/** The rule of an instruction: sets in other languages put their code in front (`es:...`). Throws a SyntaxError. */
export function parseInstructions(
  set: string,
  ids: readonly string[],
  kwargs: readonly RuleArguments[],
): Instruction[] {
  if (ids.length === 0 || ids.length !== kwargs.length) {
    throw fieldError(set, "kwargs", `an object for each of ${ids.length} instructions`, kwargs);
  }
  return ids.map((full, at) => {
    const id = full.replace(/^[a-z]{2}:/, "");
    const rule = ruleOf(id);
    if (rule === undefined) throw fieldError(set, "instruction_id_list", "known instructions", full);
    // Records hold null for every argument of other instructions.
    const args = Object.fromEntries(Object.entries(kwargs[at]!).filter(([, value]) => value !== null));
    for (const need of rule.needs) {
      if (args[need] === undefined)
        throw fieldError(set, `kwargs.${at}.${need}`, `what ${id} needs`, args[need]);
    }
    return { id, args };
  });
}

/** Metrics of IFEval: prompts all of whose instructions are followed, and instructions. */
export const ifevalMeans: readonly string[] = ["final", "prompt_strict", "prompt_loose"];
export const ifevalCorpus: Readonly<Record<string, Metric>> = {
  instruction_strict: rateMetric(true),
  instruction_loose: rateMetric(true),
};

/** Scores of one answer in those metrics; `final` averages the four, as Meta's tables do. */
export function ifevalOutcome(
  { strict, loose }: Followed,
  answer: string,
  instructions: readonly Instruction[],
): Outcome {
  const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;
  const all = (flags: readonly boolean[]): number => (flags.every(Boolean) ? 1 : 0);
  const missed = instructions.filter((_, at) => !strict[at]).map(({ id }) => id);
  const scores = {
    prompt_strict: all(strict),
    prompt_loose: all(loose),
    instruction_strict: share(strict),
    instruction_loose: share(loose),
  };
  const final = Object.values(scores).reduce((sum, score) => sum + score, 0) / 4;
  return {
    scores: { final, ...scores },
    parts: {
      instruction_strict: [strict.filter(Boolean).length, strict.length],
      instruction_loose: [loose.filter(Boolean).length, loose.length],
    },
    answer,
    expected: instructions.map(({ id }) => id).join(", "),
    ...(missed.length > 0 ? { note: `Not followed: ${missed.join(", ")}` } : {}),
  };
}

/** A set of IFEval's form; the detector tells the language of answers. */
export function ifevalTask(set: IfevalSet, detect: LanguageDetector = detectLanguage): Task {
  const { name, language } = set;
  return specialTask<IfevalItem>({
    name,
    title: set.title,
    kind: "generation",
    category: "steerability",
    languages: [language],
    source: filesOf(set.origin, set.license, set.files),
    means: ifevalMeans,
    corpus: ifevalCorpus,
    maxTokens: 1280,
    parse(row: Row) {
      const { kwargs } = row;
      if (!Array.isArray(kwargs) || !kwargs.every(isRow)) {
        throw fieldError(name, "kwargs", "a list of objects", kwargs);
      }
      const ids = textsField(name, row, "instruction_id_list");
      return { prompt: textField(name, row, "prompt"), instructions: parseInstructions(name, ids, kwargs) };
    },
    prompt: (item) => userPrompt(item.prompt),
    reference: () => null,
    grade: (item, { text }) =>
      ifevalOutcome(
        checkInstructions(text, item.instructions, { detectLanguage: detect, language }),
        text,
        item.instructions,
      ),
  });
}

/** IFEval and its kin. */
export const ifevalSets: readonly Task[] = sets.map((set) => ifevalTask(set));
