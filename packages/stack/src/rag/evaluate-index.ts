import type { CitedAnswer } from "./answer-with-citations.ts";
import type { Passage } from "./finder.ts";
import type { OpenIndex, SearchOptions } from "./open-index.ts";

/** A question with what should be found. */
export interface RagQuestion {
  question: string;
  /** Path of the source; null: the index has no answer, and the right one is a refusal. */
  source: string | null;
  /** Words of the passage that answers, if the path is not enough. */
  answer?: string;
}

/** Figures from 0 to 1; null where no question asks for it. */
export interface RagReport {
  numQuestions: number;
  k: number;
  recall: number | null;
  /** Mean of 1 / rank of the first right passage; 0 beyond k. */
  mrr: number | null;
  /** Of the citations, those that hold and name the right source. */
  citationPrecision: number | null;
  /** Of questions without an answer. */
  refusalRate: number | null;
  /** Of questions with one. */
  falseRefusalRate: number | null;
}

/** Lines of JSON: `{"question", "source", "answer"}`. */
export function parseQuestions(text: string, name: string): RagQuestion[] {
  const questions: RagQuestion[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    let value: Partial<RagQuestion> | null;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw new SyntaxError(`${name}, line ${at + 1} is no JSON`, { cause: error });
    }
    const { question, source, answer } = value ?? {};
    if (
      typeof question !== "string" ||
      (typeof source !== "string" && source !== null) ||
      (answer !== undefined && typeof answer !== "string")
    ) {
      throw new SyntaxError(
        `${name}, line ${at + 1} must have question (text), source (path or null) and maybe answer (text)`,
      );
    }
    questions.push({ question, source, ...(answer !== undefined && { answer }) });
  }
  if (questions.length === 0) throw new SyntaxError(`${name} holds no question`);
  return questions;
}

const squeezed = (text: string): string => text.replace(/\s+/g, " ").toLowerCase();
const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Asks every question of an index, and of a model where `ask` is given. */
export async function evaluateIndex(
  index: OpenIndex,
  questions: readonly RagQuestion[],
  options: SearchOptions & {
    ask?: (question: string, passages: readonly Passage[]) => Promise<CitedAnswer>;
    onProgress?: (numDone: number) => void;
  } = {},
): Promise<RagReport> {
  const { ask, onProgress, ...search } = options;
  const k = search.limit ?? 5;
  const reciprocals: number[] = [];
  const right: number[] = [];
  const refusals: number[] = [];
  const falseRefusals: number[] = [];
  for (const [at, { question, source, answer }] of questions.entries()) {
    const passages = await index.search(question, { ...search, limit: k });
    const isRight = (passage: Passage | undefined): boolean =>
      passage?.source === source &&
      (answer === undefined || squeezed(passage.text).includes(squeezed(answer)));
    if (source !== null) reciprocals.push(1 / (passages.findIndex(isRight) + 1 || Number.POSITIVE_INFINITY));
    if (ask !== undefined) {
      const { refused, citations } = await ask(question, passages);
      (source === null ? refusals : falseRefusals).push(Number(refused));
      if (source !== null) {
        for (const { number, problem } of citations) {
          right.push(Number(problem === null && passages[number - 1]?.source === source));
        }
      }
    }
    onProgress?.(at + 1);
  }
  return {
    numQuestions: questions.length,
    k,
    recall: mean(reciprocals.map((value) => Number(value > 0))),
    mrr: mean(reciprocals),
    citationPrecision: mean(right),
    refusalRate: mean(refusals),
    falseRefusalRate: mean(falseRefusals),
  };
}
