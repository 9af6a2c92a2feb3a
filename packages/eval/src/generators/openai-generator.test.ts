import assert from "node:assert/strict";
import { test } from "node:test";
import type { GenerationRequest, Prompt } from "../generator.ts";
import { echoAnswer, serveFakeOpenAi } from "./fake-openai-server.ts";
import { OpenAiGenerator } from "./openai-generator.ts";

function request(prompt: Prompt, more: Partial<GenerationRequest> = {}): GenerationRequest {
  return { prompt, maxTokens: 10, temperature: 0, topP: 1, seed: 7, stop: [], ...more };
}

const models = { data: [{ id: "served" }] };
const usage = { prompt_tokens: 3, completion_tokens: 2 };

test("OpenAiGenerator chats, with tools, and reads calls", async (t) => {
  const { url, requests } = await serveFakeOpenAi(t, (path) => {
    if (path === "/models") return { body: models };
    if (path === "/completions") return { status: 404 };
    const call = (name: string, args: string) => ({ id: name, function: { name, arguments: args } });
    const tool_calls = [call("add", '{"a": 1}'), call("bad", "{oops")];
    return {
      body: { choices: [{ message: { content: null, tool_calls }, finish_reason: "tool_calls" }], usage },
    };
  });
  const generator = await OpenAiGenerator.open({ url });
  assert.equal(generator.identity.model, "served");
  assert.equal(generator.identity.modelHash, null);
  assert.equal(generator.loglikelihood, null);
  const tools = [{ name: "add", description: "Adds", parameters: { type: "object" } }];
  const generation = await generator.generate(
    request({
      kind: "chat",
      messages: [
        { role: "user", content: "1?" },
        { role: "assistant", content: "", toolCalls: [{ id: "c", name: "add", arguments: { a: 0 } }] },
        { role: "tool", toolCallId: "c", name: "add", content: "0" },
      ],
      tools,
    }),
  );
  assert.deepEqual(generation, {
    text: "bad({oops)",
    toolCalls: [{ id: "add", name: "add", arguments: { a: 1 } }],
    reason: "tool-calls",
    promptTokens: 3,
    completionTokens: 2,
  });
  assert.deepEqual(requests.at(-1)!.body, {
    model: "served",
    max_tokens: 10,
    temperature: 0,
    top_p: 1,
    seed: 7,
    messages: [
      { role: "user", content: "1?" },
      {
        role: "assistant",
        content: "",
        tool_calls: [{ id: "c", type: "function", function: { name: "add", arguments: '{"a":0}' } }],
      },
      { role: "tool", tool_call_id: "c", content: "0" },
    ],
    tools: [
      { type: "function", function: { name: "add", description: "Adds", parameters: { type: "object" } } },
    ],
  });
});

test("OpenAiGenerator continues raw texts, and says so where a server can only chat", async (t) => {
  const { url, requests } = await serveFakeOpenAi(t, (path, body) => {
    if (path === "/completions")
      return { body: { choices: [{ text: "abcdefgh", finish_reason: "length" }], usage } };
    return { status: 404, body: { path, body } };
  });
  const generator = await OpenAiGenerator.open({ url, model: "named" });
  const stop = ["1", "2", "3", "4", "e"];
  const generation = await generator.generate(request({ kind: "text", text: "x" }, { stop }));
  assert.deepEqual([generation.text, generation.reason], ["abcd", "stop"]);
  assert.deepEqual(requests.at(-1)!.body["stop"], ["1", "2", "3", "4"]);
  assert.deepEqual(generator.degraded, []);

  const chatOnly = await serveFakeOpenAi(t, (path) =>
    path === "/chat/completions"
      ? { body: { choices: [{ message: { content: "hi" }, finish_reason: "stop" }], usage } }
      : { status: 404 },
  );
  const other = await OpenAiGenerator.open({ url: chatOnly.url, model: "m" });
  assert.equal((await other.generate(request({ kind: "text", text: "x" }))).text, "hi");
  assert.match(other.degraded[0]!.why, /has no \/completions/);
});

test("OpenAiGenerator reads log-likelihoods out of an echo", async (t) => {
  const { url } = await serveFakeOpenAi(t, (_, { prompt }) => ({ body: echoAnswer(String(prompt)) }));
  const generator = await OpenAiGenerator.open({ url, model: "m" });
  const score = (context: string, continuation: string) =>
    generator.loglikelihood!({ context, continuation });
  assert.deepEqual(await score("Well, ein", " dog ran"), { logprob: -8, isGreedy: true, numTokens: 2 });
  // The space goes with the continuation, and offsets count code points.
  assert.deepEqual(await score("a 😀 b ", "lengthy"), { logprob: -8, isGreedy: false, numTokens: 1 });
  await assert.rejects(score("", "word"), /no log-probability of "word"/);
});
