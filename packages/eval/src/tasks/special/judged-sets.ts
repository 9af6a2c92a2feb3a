import type { Message } from "@llamero/core";
import type { Outcome, Row, Session, Source, Task } from "../../task.ts";
import { anyTask } from "../any-task.ts";
import { askYesNo, findMark, requireJudge } from "./judge.ts";
import {
  type Ask,
  filesOf,
  meanMetrics,
  objectsField,
  textField,
  textsField,
  userPrompt,
} from "./special-task.ts";

interface Exchange {
  user: string;
  answer: string;
}

/** What a judge is shown of a conversation and what it is told to do. In our own words. */
function markRequest(turns: readonly Exchange[], reference: string | null): string {
  const shown = turns.map(
    ({ user, answer }, at) => `User, turn ${at + 1}:\n${user}\n\nAssistant, turn ${at + 1}:\n${answer}`,
  );
  const known =
    reference === null ? "" : `\n\nA correct answer to the last turn, for comparison:\n${reference}`;
  return `You mark the work of an AI assistant. Judge only its last answer; earlier turns tell what it refers to. Weigh whether it is right, whether it does what was asked, how complete and how clear it is. Length by itself earns nothing. First say in a few sentences what is good and what is wrong. Then give a mark from 1 (useless) to 10 (could not be better) in a line of its own, in double square brackets, such as [[4]].\n\n${shown.join("\n\n")}${known}`;
}

async function markOf(
  judge: Ask,
  turns: readonly Exchange[],
  reference: string | null,
): Promise<number | null> {
  const { text } = await judge({ prompt: userPrompt(markRequest(turns, reference)), maxTokens: 1024 });
  return findMark(text);
}

interface Conversation {
  turns: readonly string[];
  /** Correct answers per turn where the set has them. */
  references: readonly string[];
  /** Answers that stand in the conversation in place of the model's; null: the model's own stay. */
  given: readonly string[] | null;
}

interface ConversationSet {
  name: string;
  title: string;
  source: Source;
  /** How marks of turns become the mark of a conversation. */
  total: "mean" | "minimum";
  parse(set: string, row: Row): Conversation;
}

const conversationSets: readonly ConversationSet[] = [
  {
    name: "mt_bench",
    title: "Eighty open questions of two turns, marked 1 to 10 by a judge (MT-Bench)",
    source: filesOf(
      "github.com/lm-sys/FastChat: fastchat/llm_judge/data/mt_bench/question.jsonl",
      "Apache-2.0",
      ["mtbench/question*"],
    ),
    total: "mean",
    parse: (set, row) => ({
      turns: textsField(set, row, "turns"),
      references: row["reference"] === undefined ? [] : textsField(set, row, "reference"),
      given: null,
    }),
  },
  {
    // Checked against all records of github.com/mtbench101/mt-bench-101@bc18b3e.
    name: "mt_bench_101",
    title: "Dialogues of thirteen abilities, the weakest turn marked by a judge (MT-Bench-101)",
    source: filesOf("github.com/mtbench101/mt-bench-101: data/subjective/mtbench101.jsonl", "Apache-2.0", [
      "mtbench101/*",
    ]),
    total: "minimum",
    parse(set, row) {
      const history = objectsField(set, row, "history");
      return {
        turns: history.map((turn) => textField(set, turn, "user")),
        references: [],
        given: history.map((turn) => textField(set, turn, "bot")),
      };
    },
  },
];

async function askConversation(set: ConversationSet, item: Conversation, session: Session): Promise<Outcome> {
  const judge = requireJudge(set.name, session);
  const messages: Message[] = [];
  const turns: Exchange[] = [];
  const marks: number[] = [];
  const unmarked: number[] = [];
  for (const [at, user] of item.turns.entries()) {
    messages.push({ role: "user", content: user });
    const { text } = await session.generate({
      prompt: { kind: "chat", messages: [...messages] },
      maxTokens: 1024,
    });
    const mark = await markOf(judge, [...turns, { user, answer: text }], item.references[at] ?? null);
    if (mark === null) unmarked.push(at + 1);
    else marks.push(mark);
    const kept = item.given?.[at] ?? text;
    messages.push({ role: "assistant", content: kept });
    turns.push({ user, answer: kept });
  }
  // An answer without a mark would make the mean of others look like the whole; the lowest mark is the safe one.
  const all = [...marks, ...unmarked.map(() => 1)];
  const total =
    set.total === "minimum" ? Math.min(...all) : all.reduce((sum, mark) => sum + mark, 0) / all.length;
  return {
    scores: { mark: total, first_turn: all[0]! },
    answer: turns.map(({ answer }) => answer).join("\n---\n"),
    expected: "a high mark",
    ...(unmarked.length > 0
      ? { note: `The judge gave no mark for turn ${unmarked.join(", ")}; it counts as 1` }
      : {}),
  };
}

function conversationTask(set: ConversationSet): Task {
  const task: Task<Conversation> = {
    name: set.name,
    title: set.title,
    kind: "multi-turn",
    category: "general",
    languages: ["en"],
    source: set.source,
    numShots: 0,
    metrics: meanMetrics(["mark", "first_turn"]),
    mainMetric: "mark",
    version: 1,
    parse: (row) => set.parse(set.name, row),
    prompt: (item) => userPrompt(item.turns[0]!),
    reference: ({ references }) => references[0] ?? null,
    ask: (item, _, session) => askConversation(set, item, session),
    grade: null,
  };
  return anyTask(task);
}

interface Checklist {
  request: string;
  questions: readonly string[];
}

const infoBench: Task<Checklist> = {
  name: "infobench",
  title: "Requests whose parts a judge checks one by one (InFoBench)",
  kind: "generation",
  category: "steerability",
  languages: ["en"],
  source: filesOf("hf:kqsong/InFoBench", "MIT", ["infobench/*"]),
  numShots: 0,
  metrics: meanMetrics(["requirements", "all"]),
  mainMetric: "requirements",
  version: 1,
  parse(row) {
    const input = row["input"] === undefined ? "" : textField("infobench", row, "input");
    const instruction = textField("infobench", row, "instruction");
    const questions = textsField("infobench", row, "decomposed_questions");
    return { request: input === "" ? instruction : `${instruction}\n\n${input}`, questions };
  },
  prompt: ({ request }) => userPrompt(request),
  reference: () => null,
  async ask(item, _, session) {
    const { text } = await session.generate({ prompt: userPrompt(item.request), maxTokens: 1024 });
    return await infoBench.grade!(item, { text, toolCalls: [] }, session);
  },
  async grade({ request, questions }, { text }, session) {
    const judge = requireJudge("infobench", session);
    const missed: string[] = [];
    for (const question of questions) {
      const verdict = await askYesNo(
        judge,
        `Request:\n${request}\n\nAnswer:\n${text}\n\nAbout this answer: ${question}`,
      );
      if (verdict !== true) missed.push(question);
    }
    return {
      scores: { requirements: 1 - missed.length / questions.length, all: missed.length === 0 ? 1 : 0 },
      answer: text,
      expected: questions.join(" "),
      ...(missed.length > 0 ? { note: `Not met: ${missed.join(" ")}` } : {}),
    };
  },
};

/** Sets that a second model marks. */
export const judgedSets: readonly Task[] = [...conversationSets.map(conversationTask), anyTask(infoBench)];
