import { rougeF1 } from "../../metrics/rouge.ts";
import { scoreSpan } from "../../metrics/token-f1.ts";
import type { Outcome, Row, Task } from "../../task.ts";
import { fieldError, filesOf, specialTask, textField, textsField, userPrompt } from "./special-task.ts";

interface DocumentItem {
  prompt: string;
  answers: readonly string[];
  /** Labels to tell apart, for classification. */
  classes: readonly string[];
}

type Score = (text: string, item: DocumentItem) => number;

const firstLine = (text: string): string => text.trimStart().split("\n")[0] ?? "";

/** Share of answers' characters that agree in order: twice the longest common subsequence over both lengths. */
export function codeSimilarity(left: string, right: string): number {
  if (left === "" && right === "") return 1;
  let row = new Uint32Array(right.length + 1);
  for (const sign of left) {
    const next = new Uint32Array(right.length + 1);
    for (let at = 1; at <= right.length; at++) {
      next[at] = right[at - 1] === sign ? row[at - 1]! + 1 : Math.max(row[at]!, next[at - 1]!);
    }
    row = next;
  }
  return (2 * row[right.length]!) / (left.length + right.length);
}

function classScore(text: string, { answers, classes }: DocumentItem): number {
  const named = classes.filter((one) => text.includes(one));
  // A label inside a longer one that is meant does not count.
  const meant = named.filter(
    (one) =>
      !named.some(
        (other) => other !== one && other.includes(one) && !text.replaceAll(other, "").includes(one),
      ),
  );
  return answers.some((answer) => meant.includes(answer)) ? 1 / meant.length : 0;
}

function numberShare(text: string, { answers }: DocumentItem): number {
  const wanted = /\d+/.exec(answers[0] ?? "")?.[0];
  const said = text.match(/\d+/g) ?? [];
  return said.length === 0 ? 0 : said.filter((one) => Number(one) === Number(wanted)).length / said.length;
}

const scores: Readonly<Record<"f1" | "rougeL" | "class" | "number" | "code", Score>> = {
  f1: (text, { answers }) => scoreSpan(text, answers).f1,
  rougeL: (text, { answers }) => rougeF1(text, answers).rougeL,
  class: classScore,
  number: numberShare,
  code(text, { answers }) {
    const line = text.split("\n").find((one) => one.trim() !== "" && !/^\s*(`|#|\/\/)/.test(one)) ?? "";
    return Math.max(...answers.map((answer) => codeSimilarity(line.trim(), answer.trim())));
  },
};

interface LongBenchSet {
  file: string;
  title: string;
  ask: string;
  score: keyof typeof scores;
  maxTokens: number;
  /** The answer is in the first line only. */
  isOneLine?: boolean;
}

const answerShortly = "Answer the question about the text in as few words as possible.";
const summarize = "Write a summary of the text.";
const longBench: readonly LongBenchSet[] = [
  { file: "narrativeqa", title: "Questions about stories", ask: answerShortly, score: "f1", maxTokens: 128 },
  { file: "qasper", title: "Questions about papers", ask: answerShortly, score: "f1", maxTokens: 128 },
  {
    file: "multifieldqa_en",
    title: "Questions about articles",
    ask: answerShortly,
    score: "f1",
    maxTokens: 64,
  },
  { file: "hotpotqa", title: "Questions over two articles", ask: answerShortly, score: "f1", maxTokens: 32 },
  {
    file: "2wikimqa",
    title: "Questions over several articles",
    ask: answerShortly,
    score: "f1",
    maxTokens: 32,
  },
  { file: "musique", title: "Questions of several steps", ask: answerShortly, score: "f1", maxTokens: 32 },
  { file: "gov_report", title: "Summaries of reports", ask: summarize, score: "rougeL", maxTokens: 512 },
  {
    file: "qmsum",
    title: "Questions about meetings",
    ask: "Answer the question about the meeting in a few sentences.",
    score: "rougeL",
    maxTokens: 512,
  },
  { file: "multi_news", title: "Summaries of several news", ask: summarize, score: "rougeL", maxTokens: 512 },
  {
    file: "trec",
    title: "Kinds of questions, from examples",
    ask: "Continue as the examples do: give the type of the last question only.",
    score: "class",
    maxTokens: 64,
    isOneLine: true,
  },
  {
    file: "triviaqa",
    title: "Trivia, from examples",
    ask: "Continue as the examples do: give the last answer only.",
    score: "f1",
    maxTokens: 32,
    isOneLine: true,
  },
  {
    file: "samsum",
    title: "Summaries of chats, from examples",
    ask: "Continue as the examples do: give the last summary only.",
    score: "rougeL",
    maxTokens: 128,
    isOneLine: true,
  },
  {
    file: "passage_count",
    title: "How many paragraphs differ",
    ask: "How many different paragraphs are there, without repetitions? Answer with the number only.",
    score: "number",
    maxTokens: 32,
  },
  {
    file: "passage_retrieval_en",
    title: "Which paragraph a summary is of",
    ask: "Which paragraph is the summary of? Answer in the form Paragraph 1.",
    score: "number",
    maxTokens: 32,
  },
  {
    file: "lcc",
    title: "The next line of code",
    ask: "Write the next line of this code only.",
    score: "code",
    maxTokens: 64,
  },
  {
    file: "repobench-p",
    title: "The next line of code, from a repository",
    ask: "Write the next line of this code only.",
    score: "code",
    maxTokens: 64,
  },
];

// Fields checked against the data format in github.com/THUDM/LongBench@2e00731: LongBench/README.md.
function longBenchTask(set: LongBenchSet): Task {
  const name = `longbench_${set.file.replace("-", "_")}`;
  return specialTask<DocumentItem>({
    name,
    title: `${set.title} (LongBench)`,
    kind: "generation",
    category: "long-context",
    languages: ["en"],
    source: filesOf("hf:THUDM/LongBench", "MIT", [
      `longbench/${set.file}.jsonl`,
      `longbench/${set.file}_test*`,
    ]),
    means: [set.score],
    maxTokens: set.maxTokens,
    parse(row: Row) {
      const [context, input] = [textField(name, row, "context"), textField(name, row, "input")];
      const { all_classes: classes } = row;
      if (set.score === "class" && !Array.isArray(classes))
        throw fieldError(name, "all_classes", "a list", classes);
      return {
        prompt: `${set.ask}\n\n${context}\n\n${input}`.trimEnd(),
        answers: textsField(name, row, "answers"),
        classes: Array.isArray(classes) ? classes.map(String) : [],
      };
    },
    prompt: (item) => userPrompt(item.prompt),
    reference: ({ answers }) => answers[0] ?? null,
    grade(item, { text }): Outcome {
      const answer = set.isOneLine ? firstLine(text) : text.trim();
      return {
        scores: { [set.score]: scores[set.score](answer, item) },
        answer,
        expected: item.answers.join(" | "),
      };
    },
  });
}

/** LongBench's sets in English: questions, summaries, classes, code. */
export const longDocumentSets: readonly Task[] = longBench.map(longBenchTask);
