import type { Message } from "@llamero/core";
import type { Outcome, Row, Session, Task } from "../../task.ts";
import { anyTask } from "../any-task.ts";
import { fieldError, isRow, meanMetrics, textsField } from "../special/special-task.ts";
import { chatLoop } from "./chat-loop.ts";
import { criaSource } from "./cria-source.ts";
import { assertRule, keepsRule } from "./reply-rules.ts";

interface ChatItem {
  turns: readonly string[];
  /** Rules of the reply to each turn. */
  rules: readonly (readonly string[])[];
}

const set = "cria_conversation";
const numTurns = 6;

function parse(row: Row): ChatItem {
  const turns = textsField(set, row, "turns");
  if (turns.length !== numTurns) throw fieldError(set, "turns", "six texts", turns);
  const expect = row["expect"];
  if (!isRow(expect)) throw fieldError(set, "expect", "rules by the number of a turn", expect);
  const rules = turns.map((_, at) => {
    const own = expect[String(at + 1)];
    return own === undefined ? [] : textsField(set, expect, String(at + 1));
  });
  for (const rule of rules.flat()) assertRule(rule);
  return { turns, rules };
}

async function ask({ turns, rules }: ChatItem, session: Session): Promise<Outcome> {
  const messages: Message[] = [];
  const replies: string[] = [];
  for (const user of turns) {
    messages.push({ role: "user", content: user });
    const { text } = await session.generate({
      prompt: { kind: "chat", messages: [...messages] },
      maxTokens: 96,
    });
    messages.push({ role: "assistant", content: text });
    replies.push(text);
  }
  const loop = chatLoop(replies);
  const checks = replies.flatMap((reply, at) =>
    rules[at]!.map((rule) => ({ rule, is: keepsRule(reply, rule) })),
  );
  const broken = checks.filter(({ is }) => !is).map(({ rule }) => rule);
  const numSilent = replies.filter((reply) => reply.trim() === "").length;
  const notes = [
    ...(loop === null ? [] : [`Loops with "${loop}"`]),
    ...(broken.length === 0 ? [] : [`Not kept: ${broken.join("; ")}`]),
    ...(numSilent === 0 ? [] : [`${numSilent} replies are empty`]),
  ];
  return {
    scores: {
      // A chat that falls silent has not gone well, though nothing is said twice.
      chats_without_loop: loop === null && numSilent === 0 ? 1 : 0,
      rules_kept: checks.length === 0 ? 1 : 1 - broken.length / checks.length,
      chats_right: loop === null && broken.length === 0 && numSilent === 0 ? 1 : 0,
    },
    answer: replies.join("\n---\n"),
    expected: rules.flat().join("; "),
    ...(notes.length === 0 ? {} : { note: notes.join(". ") }),
  };
}

const task: Task<ChatItem> = {
  name: set,
  title: "Chats of six turns in simple English: without loops, and with what was said before",
  kind: "multi-turn",
  category: "general",
  languages: ["en"],
  source: criaSource("conversation"),
  numShots: 0,
  metrics: meanMetrics(["chats_without_loop", "rules_kept", "chats_right"]),
  mainMetric: "chats_without_loop",
  version: 1,
  parse,
  prompt: ({ turns }) => ({ kind: "chat", messages: [{ role: "user", content: turns[0]! }] }),
  reference: () => null,
  ask: (item, _, session) => ask(item, session),
  grade: null,
};

/** Six-turn chats. */
export const conversationSet: Task = anyTask(task);
