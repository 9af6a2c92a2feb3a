import type { Session, Task } from "../../task.ts";
import { askYesNo } from "./judge.ts";
import {
  fieldError,
  filesOf,
  isRow,
  specialTask,
  textField,
  textsField,
  userPrompt,
} from "./special-task.ts";

interface SummaryItem {
  document: string;
  /** Each point: forms of which one must appear. */
  points: readonly (readonly string[])[];
}

async function covers(point: readonly string[], text: string, { judge }: Session): Promise<boolean> {
  const flat = text.toLowerCase().replace(/\s+/g, " ");
  const isThere = point.some((form) => flat.includes(form.toLowerCase()));
  if (judge === null || isThere) return isThere;
  const question = `Summary:\n${text}\n\nDoes this summary say, in whatever words: ${point[0]}?`;
  return (await askYesNo(judge, question)) === true;
}

const longSummary: Task = specialTask<SummaryItem>({
  name: "long_summary",
  title: "Which key points of a long text its summary holds",
  kind: "generation",
  category: "long-context",
  languages: ["en"],
  source: filesOf("records {document, key_points} of your own in long_summary/", "yours", ["long_summary/*"]),
  means: ["coverage", "is_shorter"],
  maxTokens: 1024,
  parse(row) {
    const points = row["key_points"];
    if (!Array.isArray(points) || points.length === 0)
      throw fieldError("long_summary", "key_points", "a list", points);
    return {
      document: textField("long_summary", row, "document"),
      points: points.map((point) =>
        isRow(point) ? textsField("long_summary", point, "any") : [String(point)],
      ),
    };
  },
  prompt: ({ document }) =>
    userPrompt(`Write a summary of this text that holds all its main points.\n\n${document}`),
  reference: () => null,
  async grade({ document, points }, { text }, session) {
    const missed: string[] = [];
    for (const point of points) if (!(await covers(point, text, session))) missed.push(point[0]!);
    return {
      // A copy of the text covers everything and is no summary.
      scores: {
        coverage: 1 - missed.length / points.length,
        is_shorter: text.length * 2 < document.length ? 1 : 0,
      },
      answer: text,
      expected: points.map(([form]) => form).join(" | "),
      ...(missed.length > 0 ? { note: `Not covered: ${missed.join(" | ")}` } : {}),
    };
  },
});

/** Summaries of long documents, by what they hold. */
export const longSummarySets: readonly Task[] = [longSummary];
