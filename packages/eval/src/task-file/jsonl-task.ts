import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Message } from "@llamero/core";
import { decodeText } from "../data/read-bytes.ts";
import type { Prompt } from "../generator.ts";
import { containsTarget, exactMatch } from "../metrics/exact-match.ts";
import { scoreSpan } from "../metrics/token-f1.ts";
import type { GradedAnswer, Metric, Outcome, Row, Task } from "../task.ts";
import { choiceMetrics, scoreChoices } from "../tasks/choice/choice-metrics.ts";
import { keyHint } from "./closest-key.ts";
import { ownFile } from "./own-file.ts";

/** One line of a task that is a single JSONL file. */
export interface JsonlItem {
  prompt: Prompt;
  choices: readonly string[] | null;
  /** Place of the right choice; -1 without choices. */
  right: number;
  answers: readonly string[];
}

const keys = ["prompt", "messages", "choices", "answer", "id", "meta", "_file"];
const mean: Metric = { aggregate: "mean", higherIsBetter: true };
const textMetrics = { contains: mean, exact_match: mean, f1: mean };

/** The task that a JSONL file of `{prompt | messages, choices?, answer}` is. Throws SyntaxError that names the line. */
export function jsonlTask(path: string): Task<JsonlItem> {
  const name = basename(path).replace(/\.jsonl$/i, "");
  const kinds = new Set(readItems(path).map(({ choices }) => (choices === null ? "generation" : "choice")));
  if (kinds.size > 1)
    throw new SyntaxError(
      `${path}: all lines or none must have choices, since they are scored in other ways`,
    );
  const hasChoices = kinds.has("choice");
  return {
    name,
    title: `Own task of ${basename(path)}`,
    kind: hasChoices ? "choice" : "generation",
    category: "own",
    languages: [],
    source: ownFile(path),
    numShots: 0,
    metrics: hasChoices ? { acc: choiceMetrics.acc, acc_norm: choiceMetrics.acc_norm } : textMetrics,
    mainMetric: hasChoices ? "acc" : "contains",
    version: 1,
    parse: parseItem,
    prompt: renderPrompt,
    reference: ({ choices, right, answers }) => (choices === null ? answers[0]! : choices[right]!),
    async ask(item, shots, session) {
      const prompt = renderPrompt(item, shots);
      if (item.choices !== null && prompt.kind === "text") {
        const found = await Promise.all(
          item.choices.map((choice) => session.loglikelihood(prompt.text, ` ${choice}`)),
        );
        const scored = scoreChoices(
          ["acc", "acc_norm"],
          {
            description: "",
            context: "",
            continuation: null,
            labels: [],
            subject: "",
            ...item,
            choices: item.choices,
          },
          found.map(({ logprob }) => logprob),
        );
        return {
          scores: scored.scores,
          answer: item.choices[scored.chosen]!,
          expected: item.choices[item.right]!,
        };
      }
      const stop = prompt.kind === "text" ? ["\n\n"] : [];
      return grade(item, await session.generate({ prompt, maxTokens: 512, stop }));
    },
    grade: hasChoices ? null : grade,
  };
}

function grade({ answers }: JsonlItem, { text }: Pick<GradedAnswer, "text">): Outcome {
  const answer = text.trim();
  return {
    scores: {
      contains: containsTarget(answer, answers),
      exact_match: exactMatch(answer, answers, { ignoreCase: true, ignorePunctuation: true }),
      f1: scoreSpan(answer, answers).f1,
    },
    answer,
    expected: answers.join(" | "),
  };
}

function readItems(path: string): JsonlItem[] {
  const items: JsonlItem[] = [];
  for (const [at, line] of decodeText(readFileSync(path), path).split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      items.push(parseItem(JSON.parse(line) as Row));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SyntaxError(`${path}, line ${at + 1}: ${why}`, { cause });
    }
  }
  if (items.length === 0) throw new RangeError(`${path} holds no items; write one JSON object a line`);
  return items;
}

function parseItem(row: Row): JsonlItem {
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new SyntaxError("a line must be a JSON object");
  for (const key of Object.keys(row))
    if (!keys.includes(key))
      throw new SyntaxError(
        `Unknown key ${key}; ${keyHint(key, keys.slice(0, -1))} (meta may hold anything)`,
      );
  const prompt = promptOf(row);
  const { answer, choices = null } = row;
  if (choices === null) return { prompt, choices, right: -1, answers: answersOf(answer) };
  if (!isTexts(choices) || choices.length < 2)
    throw new SyntaxError(`choices must be a list of two texts at least, not ${show(choices)}`);
  if (prompt.kind === "chat")
    throw new SyntaxError(
      "choices are compared by the likelihood of a text; give prompt in place of messages",
    );
  const right = typeof answer === "number" ? answer : choices.indexOf(String(answer));
  if (!Number.isInteger(right) || right < 0 || right >= choices.length)
    throw new SyntaxError(
      `answer must be one of the choices or its place from 0 to ${choices.length - 1}, not ${show(answer)}`,
    );
  return { prompt, choices, right, answers: [] };
}

function promptOf({ prompt, messages }: Row): Prompt {
  if ((prompt === undefined) === (messages === undefined))
    throw new SyntaxError("A line must have either prompt (a text) or messages (a conversation)");
  if (messages === undefined) {
    if (typeof prompt === "string" && prompt !== "") return { kind: "text", text: prompt };
    throw new SyntaxError(`prompt must be a text, not ${show(prompt)}`);
  }
  const isMessage = (each: unknown): each is Message =>
    typeof each === "object" &&
    each !== null &&
    ["system", "user", "assistant"].includes(String(Reflect.get(each, "role"))) &&
    typeof Reflect.get(each, "content") === "string";
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage))
    throw new SyntaxError(
      `messages must be a list of {"role": "system" | "user" | "assistant", "content": text}, not ${show(messages)}`,
    );
  return { kind: "chat", messages };
}

function answersOf(answer: unknown): string[] {
  const list = Array.isArray(answer) ? answer : [answer];
  if (list.length > 0 && list.every((each) => typeof each === "string" || typeof each === "number"))
    return list.map(String);
  throw new SyntaxError(`answer must be a text, a number or a list of those, not ${show(answer)}`);
}

/** Shots stand before the item: as text with their answers, or as earlier turns. */
function renderPrompt(item: JsonlItem, shots: readonly JsonlItem[]): Prompt {
  const solved = (shot: JsonlItem): string =>
    shot.choices === null ? shot.answers[0]! : shot.choices[shot.right]!;
  if (item.prompt.kind === "text") {
    const before = shots.flatMap((shot) =>
      shot.prompt.kind === "text" ? `${shot.prompt.text} ${solved(shot)}\n\n` : [],
    );
    return { kind: "text", text: before.join("") + item.prompt.text };
  }
  const turns = shots.flatMap((shot): Message[] =>
    shot.prompt.kind === "chat"
      ? [
          ...shot.prompt.messages.filter(({ role }) => role !== "system"),
          { role: "assistant", content: solved(shot) },
        ]
      : [],
  );
  const { messages } = item.prompt;
  const numSystem = messages[0]!.role === "system" ? 1 : 0;
  return {
    kind: "chat",
    messages: [...messages.slice(0, numSystem), ...turns, ...messages.slice(numSystem)],
  };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
const show = (value: unknown): string =>
  value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
