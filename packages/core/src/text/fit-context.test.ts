import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../chat/message.ts";
import { Compactor } from "./compact.ts";
import { planDrops } from "./drop-plan.ts";
import { dropMiddle } from "./fit-context.ts";

/** Five tokens a message, and one a character. */
const count = (messages: readonly Message[]): number =>
  messages.reduce((sum, message) => sum + 5 + message.content.length, 0);

function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Any order of roles, calls with results at once, late or never, and ids that come again. */
function randomConversation(random: (below: number) => number): Message[] {
  const messages: Message[] = [];
  let numCalls = 0;
  const text = (): string => "x".repeat(random(40));
  const length = 1 + random(25);
  while (messages.length < length) {
    const kind = random(10);
    if (kind === 0 || (messages.length === 0 && kind < 6)) messages.push({ role: "system", content: text() });
    else if (kind < 5) messages.push({ role: "user", content: text() });
    else if (kind < 8) messages.push({ role: "assistant", content: text() });
    else {
      const ids = Array.from({ length: 1 + random(3) }, () => `call${random(3) === 0 ? 0 : numCalls++}`);
      const toolCalls = ids.map((id) => ({ id, name: "f", arguments: {} }));
      messages.push({ role: "assistant", content: text(), toolCalls });
      if (random(4) === 0) messages.push({ role: "user", content: text() });
      for (const id of ids) messages.push({ role: "tool", toolCallId: id, name: "f", content: text() });
    }
  }
  return messages;
}

/** Every kept result has its call before it, and every kept call all its results. */
function assertWhole(all: readonly Message[], kept: readonly Message[]): void {
  const results = new Map<Message, Message>();
  const callers = new Map<string, Message>();
  for (const message of all) {
    if (message.role === "assistant") for (const { id } of message.toolCalls ?? []) callers.set(id, message);
    else if (message.role === "tool" && callers.has(message.toolCallId)) {
      results.set(message, callers.get(message.toolCallId)!);
    }
  }
  for (const [result, call] of results) assert.equal(kept.includes(result), kept.includes(call));
}

function assertEssentials(all: readonly Message[], kept: readonly Message[]): void {
  const users = all.filter(({ role }) => role === "user");
  for (const each of [users[0], users.at(-1), all.at(-1), ...all.filter(({ role }) => role === "system")]) {
    assert.ok(each === undefined || kept.includes(each));
  }
  const order = kept.flatMap((each) => (all.includes(each) ? [all.indexOf(each)] : []));
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
}

test("dropMiddle fits whenever what must stay fits, splits no call from its result and keeps system messages", () => {
  const random = createRandom(1);
  let numDropped = 0;
  for (let round = 0; round < 3000; round++) {
    const messages = randomConversation(random);
    const maxTokens = random(count(messages) + 20);
    const { messages: kept, dropped } = dropMiddle(messages, { maxTokens, count });
    const plan = planDrops(messages);
    const least = count(plan.keep(plan.numSteps));
    assert.ok(count(kept) <= Math.max(maxTokens, least));
    assertWhole(messages, kept);
    assertEssentials(messages, kept);
    assert.equal(dropped?.tokens ?? 0, count(messages) - count(kept));
    assert.equal(dropped?.messages ?? 0, messages.length - kept.length);
    if (count(messages) <= maxTokens) assert.equal(dropped, null);
    if (dropped !== null) numDropped++;
  }
  assert.ok(numDropped > 500);
});

test("dropMiddle leaves the oldest turns out first, and no more than need be", () => {
  const turn = (i: number): Message[] => [
    { role: "user", content: `question ${i}` },
    { role: "assistant", content: `answer ${i}` },
  ];
  const messages: Message[] = [{ role: "system", content: "be kind" }, ...[1, 2, 3, 4].flatMap(turn)];
  const fits = (without: number[]): string[] =>
    dropMiddle(messages, {
      maxTokens: count(messages.filter((_, i) => !without.includes(i))),
      count,
    }).messages.map(({ content }) => content);
  assert.deepEqual(fits([]).length, 9);
  assert.deepEqual(fits([3]), [
    "be kind",
    "question 1",
    "answer 1",
    "question 3",
    "answer 3",
    "question 4",
    "answer 4",
  ]);
  assert.deepEqual(fits([2, 3, 4, 5, 6]), ["be kind", "question 1", "question 4", "answer 4"]);
});

test("Compactor fits, keeps what dropMiddle keeps, and summarises each message once", async () => {
  const random = createRandom(2);
  let numSummaries = 0;
  for (let round = 0; round < 300; round++) {
    const messages = randomConversation(random);
    const contextLimit = 150 + random(400);
    const maxTokens = Math.floor(contextLimit * 0.75);
    const compactor = new Compactor();
    const asked: string[] = [];
    const options = {
      maxTokens,
      count,
      countPlain: count,
      contextLimit,
      answer: async (prompt: readonly Message[], limit: number) => {
        assert.ok(count(prompt) + limit <= contextLimit);
        asked.push(prompt[1]!.content);
        return "n".repeat(random(limit));
      },
    };
    const { messages: kept, dropped } = await compactor.compact(messages, options);
    const plan = planDrops(messages, { firstAnswer: "early" });
    assert.ok(count(kept) <= Math.max(maxTokens, count(plan.keep(plan.numSteps))));
    assertWhole(messages, kept);
    assertEssentials(messages, kept);
    if (count(messages) <= maxTokens) assert.equal(dropped, null);
    if (dropped !== null && dropped.summaryTokens > 0) {
      numSummaries++;
      const numAsked = asked.length;
      const again = await compactor.compact(messages, options);
      assert.deepEqual(again.messages, kept);
      assert.equal(asked.length, numAsked, "the summary was written again");
    }
  }
  assert.ok(numSummaries > 50);
});
