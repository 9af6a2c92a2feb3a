import type { Conversation } from "./conversation.ts";

/** How often conversations say the same. */
export interface Repetition {
  answers: number;
  distinctAnswers: number;
  /** The most common answers with their share. */
  commonAnswers: readonly { text: string; share: number }[];
  /** Requests with names, numbers and quotations masked, that are the most common, with their share. */
  commonRequests: readonly { text: string; share: number }[];
}

const shown = 3;

/** Counts what the user and the assistant say, word for word and by template. */
export function measureRepetition(conversations: readonly Conversation[]): Repetition {
  const messages = conversations.flatMap((conversation) => conversation.messages);
  const said = (role: string): string[] =>
    messages
      .filter((message) => message.role === role && message.content !== "")
      .map(({ content }) => content);
  const answers = said("assistant");
  return {
    answers: answers.length,
    distinctAnswers: new Set(answers).size,
    commonAnswers: mostCommon(answers),
    commonRequests: mostCommon(said("user").map(mask)),
  };
}

/** The sentence without what is filled into it: words with a capital that do not begin it, numbers, quotations. */
const mask = (text: string): string =>
  text
    .replace(/"[^"]*"/g, '"*"')
    .replace(/\d[\d.,:-]*/g, "#")
    .replace(/(?<=[\p{L},] )\p{Lu}[\p{L}-]*/gu, "*");

function mostCommon(texts: readonly string[]): { text: string; share: number }[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, shown)
    .map(([text, count]) => ({ text, share: Math.round((1000 * count) / texts.length) / 1000 }));
}
