import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenDetail } from "@llamero/core";
import { chatCompletionChunkSchema, chatCompletionSchema } from "../api/chat-response.ts";
import { type AnswerHead, ChunkConverter, type FinishPart, toChatCompletion } from "./chat-response.ts";

const head: AnswerHead = {
  id: "chatcmpl-1",
  created: 1,
  model: "m",
  wantsLogprobs: true,
  wantsUsage: false,
};
const finish: FinishPart = {
  type: "finish",
  reason: "tool-calls",
  text: "",
  toolCalls: [
    { id: "c1", name: "f", arguments: {} },
    { id: "c2", name: "g", arguments: { x: [1] } },
  ],
  ids: [1],
  usage: { promptTokens: 3, cachedTokens: 2, completionTokens: 1, contextUsed: 4, contextLimit: 8 },
  timings: {
    queueMs: 0,
    prefillMs: 1.23456,
    decodeMs: 0,
    timeToFirstTokenMs: 1,
    prefillTokensPerSecond: 1,
    decodeTokensPerSecond: Number.POSITIVE_INFINITY,
  },
  backend: "wasm",
  mode: "fast",
  degraded: [{ what: "a", wanted: "b", used: "c", why: "d" }],
  ledger: { system: 0, messages: 2, tools: 0, template: 1 },
};

test("toChatCompletion puts calls, usage and details where their schema says", () => {
  const answer = chatCompletionSchema.parse(toChatCompletion(head, [{ tokens: [], finish }]));
  assert.equal(answer.choices[0]!.finish_reason, "tool_calls");
  assert.equal(answer.choices[0]!.message.content, null);
  assert.equal(answer.choices[0]!.message.tool_calls![1]!.function.arguments, '{"x":[1]}');
  assert.deepEqual(answer.llamero.timings, {
    queue_ms: 0,
    prefill_ms: 1.23,
    decode_ms: 0,
    tokens_per_second: 0,
  });
  assert.deepEqual(answer.llamero.degraded, finish.degraded);
  assert.deepEqual(answer.llamero.ledger, finish.ledger);
  assert.deepEqual(answer.llamero.cache, { from_disk: 0, miss: null });
  assert.equal(answer.llamero.dropped, undefined);
});

test("toChatCompletion says why no more was cached and what the context policy left out", () => {
  const texts = { wantedText: "a", cachedText: "b" };
  const cacheMiss = { reason: "differs", position: 2, wanted: 5, cached: 6, ...texts } as const;
  const dropped = { policy: "compact", messages: 4, tokens: 90, summaryTokens: 12 } as const;
  const usage = { ...finish.usage, cachedFromDisk: 2, cacheMiss };
  const part = { ...finish, usage, dropped, ledger: { ...finish.ledger!, dropped: 90 } };
  const { llamero } = chatCompletionSchema.parse(toChatCompletion(head, [{ tokens: [], finish: part }]));
  const { reason, position, wanted, cached } = cacheMiss;
  assert.deepEqual(llamero.cache, {
    from_disk: 2,
    miss: { reason, position, wanted, cached, wanted_text: "a", cached_text: "b" },
  });
  assert.deepEqual(llamero.dropped, { policy: "compact", messages: 4, tokens: 90, summary_tokens: 12 });
  assert.equal(llamero.ledger!.dropped, 90);
});

test("ChunkConverter numbers calls and gives tokens that are part of a character as bytes", () => {
  const converter = new ChunkConverter(head, 2);
  const [first, second] = finish.toolCalls.map((call) => converter.convert({ type: "tool-call", call }));
  assert.equal(first!.choices[0]!.delta.tool_calls![0]!.index, 0);
  assert.equal(second!.choices[0]!.delta.tool_calls![0]!.index, 1);
  const half = { token: 7, logprob: Number.NEGATIVE_INFINITY, bytes: new Uint8Array([0xe2, 0x82]) };
  const tokens: TokenDetail[] = [{ ...half, top: [half] }];
  const chunk = chatCompletionChunkSchema.parse(converter.convert({ type: "text-delta", text: "", tokens }));
  const [token] = chunk.choices[0]!.logprobs!.content;
  assert.deepEqual(token!.bytes, [0xe2, 0x82]);
  assert.equal(token!.logprob, -9999);
  assert.equal(chunk.choices[0]!.index, 2);
  assert.ok(chatCompletionChunkSchema.parse(converter.convert(finish)).llamero);
});

test("ChunkConverter streams arguments of a call and does not repeat them when it is whole", () => {
  const converter = new ChunkConverter(head, 0);
  const [call] = finish.toolCalls;
  const chunks = [
    converter.convert({ type: "tool-call-start", id: "c1", name: "f" }),
    converter.convert({ type: "tool-call-delta", id: "c1", arguments: "{" }),
    converter.convert({ type: "tool-call-delta", id: "c1", arguments: "}" }),
  ].map((chunk) => chatCompletionChunkSchema.parse(chunk).choices[0]!.delta.tool_calls![0]!);
  assert.deepEqual(chunks, [
    { index: 0, id: "c1", type: "function", function: { name: "f", arguments: "" } },
    { index: 0, function: { arguments: "{" } },
    { index: 0, function: { arguments: "}" } },
  ]);
  assert.equal(converter.convert({ type: "tool-call", call: call! }), null);
});
