import assert from "node:assert/strict";
import { test } from "node:test";
import type { LanguageModelV3CallOptions, LanguageModelV3StreamPart } from "@ai-sdk/provider";
import { FakeTextModel } from "../fake-text-model.ts";
import { llamero } from "./create-llamero.ts";
import { toCall } from "./to-call.ts";

const prompt: LanguageModelV3CallOptions["prompt"] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: [{ type: "text", text: "a b" }] },
];

const schema = { type: "object", properties: { q: { type: "string" } } } as const;
const find = { type: "function", name: "find", inputSchema: schema, strict: true } as const;

async function readAll(
  stream: ReadableStream<LanguageModelV3StreamPart>,
): Promise<LanguageModelV3StreamPart[]> {
  const parts: LanguageModelV3StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

test("toCall takes settings, tools and formats over, and warns of what is not done", () => {
  const { messages, options, warnings } = toCall({
    prompt: [
      ...prompt,
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm" },
          { type: "tool-call", toolCallId: "c1", toolName: "find", input: { q: "x" } },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "c1", toolName: "find", output: { type: "json", value: [1] } },
        ],
      },
    ],
    maxOutputTokens: 5,
    temperature: 0.5,
    topK: 3,
    seed: 7,
    stopSequences: ["x"],
    tools: [find, { type: "provider", id: "other.search", name: "search", args: {} }],
    toolChoice: { type: "tool", toolName: "find" },
    responseFormat: { type: "json", schema },
    headers: { "user-agent": "ai", "x-team": "1" },
    providerOptions: { llamero: { minP: 0.1, parallelToolCalls: false } },
  });
  assert.deepEqual(messages.slice(2), [
    { role: "assistant", content: "", toolCalls: [{ id: "c1", name: "find", arguments: { q: "x" } }] },
    { role: "tool", toolCallId: "c1", name: "find", content: "[1]" },
  ]);
  assert.deepEqual(options, {
    sampling: { temperature: 0.5, topK: 3, minP: 0.1, seed: 7 },
    parallelToolCalls: false,
    maxTokens: 5,
    stop: ["x"],
    tools: [{ name: "find", description: "", parameters: schema, isStrict: true }],
    toolChoice: { name: "find" },
    responseFormat: { type: "json-schema", schema },
  });
  assert.deepEqual(
    warnings.map((each) => (each.type === "unsupported" ? each.feature : each.type)),
    ["reasoning", "provider tool other.search", "headers of one call (x-team)"],
  );
});

test("toCall offers no tools with toolChoice none, and refuses what cannot be", () => {
  const none = toCall({ prompt, tools: [find], toolChoice: { type: "none" } });
  assert.equal(none.options.tools, undefined);
  assert.throws(() => toCall({ prompt, toolChoice: { type: "required" } }), /no tools/);
  assert.throws(
    () => toCall({ prompt, providerOptions: { llamero: { typo: 1 } } }),
    /providerOptions\.llamero: .*typo/,
  );
  const image = { type: "file", mediaType: "image/png", data: "" } as const;
  assert.throws(() => toCall({ prompt: [{ role: "user", content: [image] }] }), /image\/png/);
});

test("llamero streams text, calls and the end in parts of the AI SDK", async () => {
  const calls = [{ id: "c1", name: "find", arguments: { q: "x" } }];
  const said = await readAll((await llamero(new FakeTextModel()).doStream({ prompt })).stream);
  assert.deepEqual(
    said.map(({ type }) => type),
    [
      "stream-start",
      "response-metadata",
      "text-start",
      "text-delta",
      "text-delta",
      "text-delta",
      "text-end",
      "finish",
    ],
  );
  const called = await readAll(
    (await llamero(new FakeTextModel({ reply: () => calls })).doStream({ prompt, tools: [find] })).stream,
  );
  assert.deepEqual(called.slice(2, 6), [
    { type: "tool-input-start", id: "c1", toolName: "find" },
    { type: "tool-input-delta", id: "c1", delta: '{"q":"x"}' },
    { type: "tool-input-end", id: "c1" },
    { type: "tool-call", toolCallId: "c1", toolName: "find", input: '{"q":"x"}' },
  ]);
  const end = called.at(-1)!;
  assert.ok(end.type === "finish");
  assert.equal(end.finishReason.unified, "tool-calls");
  assert.equal(end.usage.inputTokens.cacheRead, 1);
});

test("llamero gives the model up when the call is aborted or its stream is left", async () => {
  const model = new FakeTextModel({ delayMs: 5 });
  const long = [{ role: "user" as const, content: [{ type: "text" as const, text: "a ".repeat(300) }] }];
  const abort = new AbortController();
  const whole = llamero(model).doGenerate({ prompt: long, abortSignal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  await assert.rejects(async () => await whole, { name: "AbortError" });
  const reader = (await llamero(model).doStream({ prompt: long })).stream.getReader();
  for (let part = 0; part < 4; part++) await reader.read();
  await reader.cancel();
  assert.deepEqual({ running: model.numRunning, aborted: model.numAborted }, { running: 0, aborted: 2 });
});
