import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatCompletionChunk } from "@llamero/stack/api/chat-response";
import type { ResponseEvent } from "@llamero/stack/api/responses-events";
import { applyChunk, applyResponseEvent, isRefused } from "./apply-event.ts";
import {
  addTurn,
  type Conversation,
  newConversation,
  openApprovals,
  removeTurn,
  shownTurns,
  showVersion,
  type Turn,
  titleOf,
  versionsOf,
} from "./conversation.ts";
import { exportConversations, importConversations } from "./exchange.ts";
import { readAttachment } from "./read-attachment.ts";
import { roughTokens, textOf, toChatRequest, toResponseRequest, usesTools } from "./to-request.ts";

const say = (to: Conversation, role: Turn["role"], content: string, parent = to.leaf): Turn =>
  addTurn(to, parent, { role, content });

const shown = (of: Conversation): string =>
  shownTurns(of)
    .map(({ content }) => content)
    .join(" ");

/** A question that was asked in two ways; the second was answered twice. */
function branched(): Conversation {
  const chat = newConversation();
  say(chat, "user", "q1");
  say(chat, "assistant", "a1");
  const second = say(chat, "user", "q2", null);
  say(chat, "assistant", "a2");
  say(chat, "assistant", "a3", second.id);
  return chat;
}

test("versions of a message are walked without losing what came after them", () => {
  const chat = branched();
  assert.equal(chat.title, "q1");
  assert.equal(shown(chat), "q2 a3");
  const [question, answer] = shownTurns(chat);
  assert.deepEqual(
    versionsOf(chat, answer!).map(({ content }) => content),
    ["a2", "a3"],
  );
  showVersion(chat, versionsOf(chat, question!)[0]!.id);
  assert.equal(shown(chat), "q1 a1");
  showVersion(chat, question!.id);
  assert.equal(shown(chat), "q2 a3");
  removeTurn(chat, answer!);
  assert.equal(shown(chat), "q2");
});

test("shownTurns ends where messages point in a circle", () => {
  const chat = branched();
  chat.turns[0]!.parent = chat.turns[1]!.id;
  showVersion({ ...chat, turns: chat.turns.slice(2) }, chat.turns[2]!.id);
  chat.leaf = chat.turns[1]!.id;
  assert.equal(shown(chat), "q1 a1");
});

test("titleOf takes the first line and does not cut characters in two", () => {
  assert.equal(titleOf("  Hello\nworld"), "Hello");
  assert.equal([...titleOf("🦙".repeat(80))].length, 60);
});

test("toChatRequest sends the shown version, files in fences and only the settings that are set", () => {
  const chat = branched();
  chat.system = "Be brief";
  chat.sampling = { temperature: null, topP: 0.9, maxTokens: 20, seed: 0 };
  const files = [{ name: "a.md", text: "```\nx\n```\n" }];
  addTurn(chat, chat.leaf, { role: "user", content: "Sum up", attachments: files });
  const { messages, ...rest } = toChatRequest(chat, "cria");
  assert.deepEqual(rest, { model: "cria", stream: true, top_p: 0.9, max_completion_tokens: 20, seed: 0 });
  assert.deepEqual(
    messages.map(({ role }) => role),
    ["system", "user", "assistant", "user"],
  );
  assert.equal(messages.at(-1)!.content, "a.md:\n````\n```\nx\n```\n````\n\nSum up");
  assert.equal(textOf({ content: "plain" }), "plain");
  assert.equal(roughTokens("ไทย"), 3);
});

test("toResponseRequest names the tools, and goes on with a response that was approved", () => {
  const chat = newConversation();
  assert.equal(usesTools(chat.tools), false);
  chat.tools.calculator = true;
  chat.tools.mcpServers.push({ label: "wiki", url: "https://example.org/mcp", asks: true });
  assert.equal(usesTools(chat.tools), true);
  say(chat, "user", "6*7?");
  const first = toResponseRequest(chat, "cria");
  assert.deepEqual(first.input, [{ type: "message", role: "user", content: "6*7?" }]);
  assert.deepEqual(first.tools, [
    { type: "calculator" },
    { type: "mcp", server_label: "wiki", server_url: "https://example.org/mcp", require_approval: "always" },
  ]);
  const turn = say(chat, "assistant", "");
  Object.assign(turn, { responseId: "resp_1", approvals: { ask_1: true } });
  const { previous_response_id: previous, input } = toResponseRequest(chat, "cria", turn);
  assert.equal(previous, "resp_1");
  assert.deepEqual(input, [{ type: "mcp_approval_response", approval_request_id: "ask_1", approve: true }]);
});

const chunk = (fields: object): ChatCompletionChunk => fields as ChatCompletionChunk;
const event = (fields: object): ResponseEvent => fields as ResponseEvent;

test("applyChunk gathers text, tokens and what a shield withheld", () => {
  const turn = say(newConversation(), "assistant", "");
  applyChunk(turn, chunk({ choices: [{ delta: { content: "Hel" } }] }));
  applyChunk(turn, chunk({ choices: [{ delta: { content: "lo" }, finish_reason: "stop" }] }));
  const details = { context: { used: 5, limit: 9 }, timings: { tokens_per_second: 2 } };
  applyChunk(turn, chunk({ choices: [], llamero: details }));
  assert.equal(turn.content, "Hello");
  assert.deepEqual(turn.usage, { used: 5, limit: 9, ledger: undefined, tokensPerSecond: 2 });
  assert.equal(isRefused(turn), false);
  applyChunk(turn, chunk({ choices: [{ delta: { refusal: "No" }, finish_reason: "content_filter" }] }));
  assert.equal(turn.refusal, "No");
  assert.equal(isRefused(turn), true);
});

test("applyResponseEvent keeps steps in order, the last state of each, and what waits for approval", () => {
  const turn = say(newConversation(), "assistant", "");
  const call = { type: "mcp_call", id: "c1", server_label: "wiki", name: "find", arguments: "{}" };
  const ask = { type: "mcp_approval_request", id: "r1", server_label: "wiki", name: "edit", arguments: "{}" };
  for (const each of [
    { type: "response.created", response: { id: "resp_1" } },
    { type: "response.output_item.added", item: { ...call, status: "in_progress" } },
    { type: "response.output_item.done", item: { ...call, status: "completed", output: "42" } },
    { type: "response.output_item.added", item: { type: "message", id: "m1" } },
    { type: "response.output_text.delta", delta: "So" },
    { type: "response.output_item.done", item: ask },
    { type: "response.completed", response: { usage: { total_tokens: 7 }, incomplete_details: null } },
  ])
    applyResponseEvent(turn, event(each));
  assert.deepEqual(turn.steps, [{ ...call, status: "completed", output: "42" }, ask]);
  assert.equal(turn.content, "So");
  assert.deepEqual(turn.usage, { used: 7, limit: null });
  assert.deepEqual(openApprovals(turn), ["r1"]);
  turn.approvals = { r1: false };
  assert.deepEqual(openApprovals(turn), []);
  const failed = event({ type: "response.failed", response: { error: { message: "It broke" } } });
  assert.throws(() => applyResponseEvent(turn, failed), /It broke/);
});

test("importConversations reads what was exported, under a new id and without its tools", () => {
  const chat = branched();
  chat.tools.mcpServers.push({ label: "x", url: "https://example.org", asks: false });
  const [read] = importConversations(exportConversations([chat]));
  assert.equal(shown(read!), "q2 a3");
  assert.notEqual(read!.id, chat.id);
  assert.deepEqual(read!.tools.mcpServers, []);
  assert.deepEqual({ ...read!.sampling }, chat.sampling);
  const orphan = { turns: [{ id: "a", parent: "z", role: "user", content: "" }] };
  for (const [file, message] of [
    ["[]", /holds no conversations/],
    ["{", /JSON/],
    [{ conversations: [{}] }, /no messages/],
    [{ conversations: [{ turns: [{ id: 1 }] }] }, /lacks its id/],
    [{ conversations: [orphan] }, /follows one that is missing/],
  ] as const) {
    const text =
      typeof file === "string" ? file : JSON.stringify({ format: "llamero-conversations", ...file });
    assert.throws(() => importConversations(text), { name: "SyntaxError", message });
  }
});

test("readAttachment takes text alone", async () => {
  const read = (bytes: BlobPart): ReturnType<typeof readAttachment> =>
    readAttachment(new File([bytes], "a.txt"));
  assert.deepEqual(await read("héllo"), { name: "a.txt", text: "héllo" });
  assert.equal(await read(new Uint8Array([0xff, 0xfe])), "notText");
  assert.equal(await read("a\0b"), "notText");
  assert.equal(await read(new Uint8Array(2_000_001)), "tooLarge");
});
