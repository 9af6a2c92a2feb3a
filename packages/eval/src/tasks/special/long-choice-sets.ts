import type { Row, Source, Task } from "../../task.ts";
import { fieldError, filesOf, specialTask, textField, textsField, userPrompt } from "./special-task.ts";

interface OptionItem {
  prompt: string;
  letter: string;
}

interface OptionSet {
  name: string;
  title: string;
  source: Source;
  parse(set: string, row: Row): OptionItem;
}

const letters = ["A", "B", "C", "D"] as const;

const optionSets: readonly OptionSet[] = [
  {
    name: "infinitebench_en_mc",
    title: "Questions with four choices about whole novels (InfiniteBench En.MC)",
    source: filesOf("hf:xinrongzhang2022/InfiniteBench", "MIT", ["infinitebench/longbook_choice_eng*"]),
    parse(set, row) {
      const options = textsField(set, row, "options");
      const [answer] = textsField(set, row, "answer");
      const at = options.indexOf(answer ?? "");
      if (options.length !== 4) throw fieldError(set, "options", "four texts", options);
      if (at < 0) throw fieldError(set, "answer", "one of the options", answer);
      const shown = options.map((option, index) => `${letters[index]}. ${option}`).join("\n");
      return {
        prompt: `Read the book and answer the question with the letter of the right choice only.\n\n${textField(set, row, "context")}\n\n${textField(set, row, "input")}\n${shown}`,
        letter: letters[at]!,
      };
    },
  },
  {
    name: "zero_scrolls_quality",
    title: "Questions with four choices about stories (QuALITY of ZeroSCROLLS)",
    source: filesOf("hf:tau/zero_scrolls (quality)", "CC-BY-4.0", ["zero_scrolls/quality*"]),
    parse(set, row) {
      const output = textField(set, row, "output");
      const letter = /^\s*\(?([A-D])\b/.exec(output)?.[1];
      if (letter === undefined) throw fieldError(set, "output", "a letter of A to D", output);
      return { prompt: textField(set, row, "input"), letter };
    },
  },
];

const choices = [/answer is:?\s*\(?([A-D])\b/gi, /^\s*\(?([A-D])(?:[).:,\s]|$)/gm, /\(([A-D])\)/g];

function findLetter(text: string): string | null {
  for (const pattern of choices) {
    const found = [...text.matchAll(pattern)].at(-1)?.[1];
    if (found !== undefined) return found.toUpperCase();
  }
  return null;
}

function optionTask(set: OptionSet): Task {
  return specialTask<OptionItem>({
    name: set.name,
    title: set.title,
    kind: "generation",
    category: "long-context",
    languages: ["en"],
    source: set.source,
    means: ["accuracy"],
    maxTokens: 64,
    parse: (row) => set.parse(set.name, row),
    prompt: (item) => userPrompt(item.prompt),
    reference: ({ letter }) => letter,
    grade({ letter }, { text }) {
      const found = findLetter(text);
      const shown = {
        scores: { accuracy: found === letter ? 1 : 0 },
        answer: found ?? text,
        expected: letter,
      };
      return found === null ? { ...shown, note: "No letter of a choice in the answer" } : shown;
    },
  });
}

/** Questions with four choices about long documents. */
export const longChoiceSets: readonly Task[] = optionSets.map(optionTask);
