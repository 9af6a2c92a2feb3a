import { createHash } from "node:crypto";
import type { Message } from "../chat/message.ts";
import { planDrops } from "./drop-plan.ts";
import { describeDrop, type FitOptions, type FittedChat, fewestSteps } from "./fit-context.ts";

const maxCached = 32;
const instruction =
  "You keep notes of conversations. Write down what is needed to go on with this one: facts, names, numbers, " +
  "decisions, open questions and the results of tools. Be brief. Write only the notes.";
/** Share of the room that is filled after compaction, so that not every further turn needs another one. */
const fillAfter = 0.6;

/** What compaction needs besides fitting. */
export interface CompactOptions extends FitOptions {
  contextLimit: number;
  /** Exact prompt tokens of a conversation without tools. */
  countPlain: (messages: readonly Message[]) => number;
  /** Answers a conversation with at most so many tokens. */
  answer: (messages: readonly Message[], maxTokens: number) => Promise<string>;
}

/** Replaces the middle of conversations by summaries that the model writes, and remembers these. */
export class Compactor {
  /** Summaries by a hash of the messages that they stand for, least recently used first. */
  readonly #summaries = new Map<string, string>();

  /** The result may still be too long when what must stay is. */
  async compact(messages: readonly Message[], options: CompactOptions): Promise<FittedChat> {
    const { maxTokens, count, contextLimit } = options;
    const total = count(messages);
    if (total <= maxTokens) return { messages, dropped: null };
    const plan = planDrops(messages, { firstAnswer: "early" });
    const summaryTokens = Math.max(16, Math.min(512, Math.floor(contextLimit / 8)));
    const withSummary = (numSteps: number, summary: string): Message[] =>
      plan.keep(numSteps).toSpliced(plan.insertAt, 0, summaryMessage(summary));

    const keys = prefixKeys(plan.drop(plan.numSteps));
    // A cut of an earlier turn of this conversation that is still enough costs nothing.
    for (let steps = plan.numSteps; steps > 0; steps--) {
      const known = this.#known(keys[plan.drop(steps).length]!);
      if (!known || count(withSummary(steps, known)) > maxTokens) continue;
      return this.#result(plan, steps, withSummary(steps, known), total, count);
    }
    const room = Math.floor(maxTokens * fillAfter);
    const isRoomFor = (target: number) => (steps: number) =>
      count(plan.keep(steps)) + summaryTokens <= target;
    let numSteps = fewestSteps(plan.numSteps, isRoomFor(room));
    if (!isRoomFor(room)(numSteps)) numSteps = fewestSteps(plan.numSteps, isRoomFor(maxTokens));
    const summary = await this.#summarise(plan.drop(numSteps), keys, { ...options, summaryTokens });
    for (let length = summary.length; length > 0; length = Math.floor(length / 2)) {
      const fitted = withSummary(numSteps, cut(summary, length));
      if (count(fitted) <= maxTokens) return this.#result(plan, numSteps, fitted, total, count);
    }
    return this.#result(plan, numSteps, plan.keep(numSteps), total, count);
  }

  #result(
    plan: ReturnType<typeof planDrops>,
    numSteps: number,
    messages: Message[],
    total: number,
    count: FitOptions["count"],
  ): FittedChat {
    const kept = count(plan.keep(numSteps));
    const dropped = describeDrop(plan, numSteps, total - kept, "compact");
    return { messages, dropped: dropped && { ...dropped, summaryTokens: count(messages) - kept } };
  }

  #known(key: string): string | undefined {
    const summary = this.#summaries.get(key);
    if (summary === undefined) return undefined;
    this.#summaries.delete(key);
    this.#summaries.set(key, summary);
    return summary;
  }

  #remember(key: string, summary: string): void {
    this.#summaries.set(key, summary);
    for (const [oldest] of this.#summaries) {
      if (this.#summaries.size <= maxCached) break;
      this.#summaries.delete(oldest);
    }
  }

  /** Notes on the messages, taken in as many portions as the context makes necessary, on top of known notes. */
  async #summarise(
    dropped: readonly Message[],
    keys: readonly string[],
    options: CompactOptions & { summaryTokens: number },
  ): Promise<string> {
    const { countPlain, contextLimit, summaryTokens, answer } = options;
    let done = dropped.length;
    while (done > 0 && !this.#summaries.has(keys[done]!)) done--;
    let notes = done === 0 ? "" : this.#known(keys[done]!)!;
    let text = transcript(dropped.slice(done));
    const room = contextLimit - summaryTokens;
    const ask = (portion: string): Message[] => [
      { role: "system", content: instruction },
      {
        role: "user",
        content: `${notes === "" ? "" : `Notes so far:\n${notes}\n\n`}Conversation:\n${portion}\n\nNotes:`,
      },
    ];
    while (text !== "") {
      let portion = text;
      while (portion !== "" && countPlain(ask(portion)) > room) {
        portion = cut(portion, Math.floor(portion.length * 0.7));
      }
      // Not even notes on one character fit.
      if (portion === "") return "";
      notes = (await answer(ask(portion), summaryTokens)).trim();
      text = text.slice(portion.length);
    }
    this.#remember(keys[dropped.length]!, notes);
    return notes;
  }
}

/** At most `length` UTF-16 units, no half of a pair at the end. */
function cut(text: string, length: number): string {
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(length - 1));
  return text.slice(0, isHalf ? length - 1 : length);
}

function summaryMessage(summary: string): Message {
  return { role: "assistant", content: `Notes on the conversation so far:\n${summary}` };
}

function transcript(messages: readonly Message[]): string {
  return messages
    .map((message) => {
      const calls = message.role === "assistant" ? (message.toolCalls ?? []) : [];
      const called = calls.map(({ name, arguments: values }) => `[calls ${name} ${JSON.stringify(values)}]`);
      const who = message.role === "tool" ? `result of ${message.name}` : message.role;
      return `${who}: ${[message.content, ...called].filter((each) => each !== "").join("\n")}`;
    })
    .join("\n\n");
}

/** Element i names the first i messages. */
function prefixKeys(messages: readonly Message[]): string[] {
  const keys = [""];
  for (const message of messages) {
    const hash = createHash("sha256").update(keys.at(-1)!).update(JSON.stringify(message));
    keys.push(hash.digest("hex"));
  }
  return keys;
}
