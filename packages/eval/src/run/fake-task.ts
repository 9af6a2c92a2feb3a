import type { Row, Task } from "../task.ts";

export interface FakeItem {
  question: string;
  answer: string;
}

/** Repeats after me: right where the answer is in what comes back. Tests only. */
export const fakeTask: Task<FakeItem> = {
  name: "fake",
  title: "Repeats a word",
  kind: "generation",
  category: "general",
  languages: ["en"],
  source: { splits: { test: ["fake.jsonl"] }, test: "test", origin: "hf:example/fake", license: "MIT" },
  numShots: 0,
  metrics: {
    accuracy: { aggregate: "mean", higherIsBetter: true },
    share: {
      aggregate: "corpus",
      higherIsBetter: true,
      combine: (parts) =>
        parts.reduce((sum, [right]) => sum + right!, 0) / parts.reduce((sum, [, all]) => sum + all!, 0),
    },
  },
  mainMetric: "accuracy",
  version: 1,
  parse(row: Row): FakeItem {
    const { question, answer } = row;
    if (typeof question !== "string") throw new SyntaxError("Field question must be a text");
    return { question, answer: String(answer) };
  },
  prompt: ({ question }, shots) => ({
    kind: "text",
    text: [...shots.map((each) => `${each.question} ${each.answer}`), question].join("\n"),
  }),
  reference: ({ answer }) => answer,
  async ask(item, shots, session) {
    const { text } = await session.generate({ prompt: fakeTask.prompt(item, shots), maxTokens: 8 });
    return await fakeTask.grade!(item, { text, toolCalls: [] }, session);
  },
  grade: ({ answer }, { text }) => {
    const right = text.endsWith(answer) ? 1 : 0;
    return {
      scores: { accuracy: right, share: right },
      parts: { share: [right, 1] },
      answer: text,
      expected: answer,
    };
  },
};

/** Records of the fake task; the first `numWrong` have an answer that no echo ends in. */
export function fakeRows(count: number, numWrong = 0): Row[] {
  return Array.from({ length: count }, (_, at) => ({
    question: `word ${at}`,
    answer: at < numWrong ? "never" : String(at),
  }));
}
