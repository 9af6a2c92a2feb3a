import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import OpenAI from "openai";
import {
  type ChatCompletionChunk,
  chatCompletionChunkSchema,
  chatCompletionSchema,
} from "../api/chat-response.ts";
import { type Served, serveFake } from "../fake-server.ts";
import type { FakeTextModelOptions } from "../fake-text-model.ts";
import { until } from "../jobs/fake-jobs.ts";

const messages = [{ role: "user" as const, content: "one two three" }];
const weather = {
  type: "function" as const,
  function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};
const call = { id: "call_1", name: "weather", arguments: { city: "Lima" } };

async function collect(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chatCompletionChunkSchema.parse(chunk));
  return chunks;
}

const textOf = (chunks: readonly ChatCompletionChunk[], index = 0): string =>
  chunks
    .flatMap(({ choices }) => choices)
    .filter((choice) => choice.index === index)
    .map(({ delta }) => delta.content ?? "")
    .join("");

test("chat completions answer at once, as their schema says", async (t) => {
  const { client } = await serveFake(t);
  const answer = await client.chat.completions.create({ model: "fake", messages });
  const { choices, usage, llamero } = chatCompletionSchema.parse(answer);
  assert.equal(choices[0]!.message.content, "Echo: one two three");
  assert.equal(choices[0]!.finish_reason, "stop");
  assert.deepEqual(usage, {
    prompt_tokens: 4,
    completion_tokens: 4,
    total_tokens: 8,
    prompt_tokens_details: { cached_tokens: 1, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  });
  assert.deepEqual(llamero.context, { used: 8, limit: 1000 });
});

test("chat completions stream deltas, a reason, the usage and [DONE]", async (t) => {
  const { client, post } = await serveFake(t);
  const chunks = await collect(
    await client.chat.completions.create({
      model: "llamero/fake",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    }),
  );
  assert.equal(textOf(chunks), "Echo: one two three");
  assert.equal(chunks[0]!.choices[0]!.delta.role, "assistant");
  assert.equal(chunks.at(-2)!.choices[0]!.finish_reason, "stop");
  assert.equal(chunks.at(-2)!.usage, null);
  assert.equal(chunks.at(-1)!.usage!.total_tokens, 8);
  const raw = await post({ model: "fake", messages, stream: true });
  assert.match(raw.headers.get("content-type") ?? "", /^text\/event-stream/);
  const text = await raw.text();
  assert.ok(text.endsWith("\n\ndata: [DONE]\n\n"));
  assert.doesNotMatch(text, /"usage"/);
});

test("chat completions return tool calls, whole and streamed", async (t) => {
  const { client, model } = await serveFake(t, { reply: () => [call] });
  const body = { model: "fake", messages, tools: [weather] };
  const answer = await client.chat.completions.create(body);
  assert.equal(answer.choices[0]!.finish_reason, "tool_calls");
  assert.equal(answer.choices[0]!.message.content, null);
  assert.deepEqual(answer.choices[0]!.message.tool_calls, [
    { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Lima"}' } },
  ]);
  const final = await client.chat.completions.stream({ ...body, stream: true }).finalChatCompletion();
  const [streamed] = final.choices[0]!.message.tool_calls!;
  assert.ok(streamed?.type === "function");
  assert.equal(streamed.function.arguments, '{"city":"Lima"}');
  assert.equal(model.calls[0]!.options.tools![0]!.name, "weather");
  await client.chat.completions.create({ ...body, tool_choice: "none" });
  assert.equal(model.calls[2]!.options.tools, undefined);
});

test("chat completions hand formats, choices and strictness of calls to the model", async (t) => {
  const { post, model } = await serveFake(t);
  const strict = { ...weather, function: { ...weather.function, strict: true } };
  const schema = { type: "object" };
  const bodies = [
    { response_format: { type: "json_object" } },
    { response_format: { type: "json_schema", json_schema: { name: "a", schema, strict: true } } },
    { tools: [strict], tool_choice: "required", parallel_tool_calls: false },
    { tools: [weather], tool_choice: { type: "function", function: { name: "weather" } } },
  ];
  for (const body of bodies) assert.equal((await post({ model: "fake", messages, ...body })).status, 200);
  const [object, bySchema, required, named] = model.calls.map(({ options }) => options);
  assert.deepEqual(object!.responseFormat, { type: "json-object" });
  assert.deepEqual(bySchema!.responseFormat, { type: "json-schema", schema });
  assert.equal(required!.toolChoice, "required");
  assert.equal(required!.parallelToolCalls, false);
  assert.equal(required!.tools![0]!.isStrict, true);
  assert.deepEqual(named!.toolChoice, { name: "weather" });
});

test("chat completions take functions, the older form of tools, and answer in it", async (t) => {
  const { client, model, post } = await serveFake(t, {
    reply: (seen) =>
      seen.at(-1)!.role === "tool" ? "sunny" : [{ id: "c", name: "weather", arguments: { city: "Oslo" } }],
  });
  const functions = [{ name: "weather", parameters: { type: "object" } }];
  const body = { model: "fake", messages, functions, function_call: "auto" as const };
  const { message, finish_reason: reason } = (await client.chat.completions.create(body)).choices[0]!;
  assert.deepEqual(message.function_call, { name: "weather", arguments: '{"city":"Oslo"}' });
  assert.deepEqual([message.tool_calls, reason], [undefined, "function_call"]);
  assert.equal(model.calls[0]!.options.parallelToolCalls, false);
  const chunks = await collect(await client.chat.completions.create({ ...body, stream: true }));
  const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.function_call ?? []);
  assert.equal(deltas.map((delta) => delta.arguments).join(""), '{"city":"Oslo"}');
  assert.equal(chunks.at(-1)!.choices[0]!.finish_reason, "function_call");
  const result = { role: "function" as const, name: "weather", content: "clear" };
  const after = { ...body, messages: [...messages, message, result] };
  assert.equal((await client.chat.completions.create(after)).choices[0]!.message.content, "sunny");
  for (const [wrong, param] of [
    [{ messages: [...messages, result] }, "messages[1].name"],
    [{ tools: [weather] }, "tools"],
    [{ functions: [] }, "function_call"],
  ] as const) {
    const answer = await post({ ...body, ...wrong });
    const { error } = (await answer.json()) as { error: { param: string } };
    assert.deepEqual([answer.status, error.param], [400, param]);
  }
});

test("chat completions give log-probabilities for every token", async (t) => {
  const { client } = await serveFake(t);
  const body = { model: "fake", messages, logprobs: true, top_logprobs: 2 };
  const answer = await client.chat.completions.create(body);
  const { content } = answer.choices[0]!.logprobs!;
  assert.deepEqual(
    content!.map(({ token }) => token),
    ["Echo:", " one", " two", " three"],
  );
  assert.deepEqual(content![0]!.bytes, [69, 99, 104, 111, 58]);
  assert.equal(content![0]!.top_logprobs.length, 2);
  const chunks = await collect(await client.chat.completions.create({ ...body, stream: true }));
  const streamed = chunks.flatMap(({ choices }) => choices[0]!.logprobs?.content ?? []);
  assert.deepEqual(
    streamed.map(({ token }) => token),
    content!.map(({ token }) => token),
  );
});

test("chat completions hand sampling, limits and stop strings to the model", async (t) => {
  const { client, model } = await serveFake(t);
  const answer = await client.chat.completions.create({
    model: "fake",
    messages,
    stop: "two",
    max_completion_tokens: 2,
    temperature: 0.5,
    top_p: 0.8,
    frequency_penalty: 1,
    presence_penalty: -1,
    logit_bias: { "7": 5 },
    seed: 3,
    user: "someone",
    metadata: { a: "b" },
    store: false,
    service_tier: "auto",
    response_format: { type: "text" },
  });
  assert.equal(answer.choices[0]!.message.content, "Echo: one");
  const { options } = model.calls[0]!;
  assert.deepEqual(options.sampling, {
    temperature: 0.5,
    topP: 0.8,
    frequencyPenalty: 1,
    presencePenalty: -1,
    logitBias: { "7": 5 },
    seed: 3,
  });
  assert.deepEqual(options.stop, ["two"]);
  const cut = await client.chat.completions.create({ model: "fake", messages, max_tokens: 2 });
  assert.equal(cut.choices[0]!.finish_reason, "length");
});

test("chat completions generate n choices, each with its own seed", async (t) => {
  const { client, model } = await serveFake(t);
  const body = { model: "fake", messages, n: 3, seed: 2 ** 32 - 1 };
  const answer = await client.chat.completions.create(body);
  assert.deepEqual(
    answer.choices.map(({ index }) => index),
    [0, 1, 2],
  );
  assert.equal(answer.usage!.prompt_tokens, 4);
  assert.equal(answer.usage!.completion_tokens, 12);
  assert.deepEqual(
    model.calls.map(({ options }) => options.sampling!.seed),
    [2 ** 32 - 1, 0, 1],
  );
  const chunks = await collect(await client.chat.completions.create({ ...body, stream: true }));
  for (const index of [0, 1, 2]) assert.equal(textOf(chunks, index), "Echo: one two three");
});

interface Refusal {
  body: Record<string, unknown>;
  status: number;
  param?: string | null;
  code?: string;
  message?: RegExp;
  model?: FakeTextModelOptions;
}

const refusals: Readonly<Record<string, Refusal>> = {
  "an unknown model": { body: { model: "gpt" }, status: 404, param: "model", code: "model_not_found" },
  "an unknown field": { body: { banana: 1 }, status: 400, param: "banana", code: "unsupported_parameter" },
  "a JSON schema without a schema": {
    body: { response_format: { type: "json_schema", json_schema: { name: "a" } } },
    status: 400,
    param: "response_format.json_schema.schema",
  },
  "an unknown format": {
    body: { response_format: { type: "xml" } },
    status: 400,
    param: "response_format.type",
  },
  "a call of a function that is not there": {
    body: { tools: [weather], tool_choice: { type: "function", function: { name: "time" } } },
    status: 400,
    param: "tool_choice",
    message: /time, which is not among the tools/,
  },
  "an image": {
    body: {
      messages: [
        { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64," } }] },
      ],
    },
    status: 400,
    param: "messages[0].content[0].type",
    message: /text only/,
  },
  "a tool choice without tools": { body: { tool_choice: "auto" }, status: 400, param: "tool_choice" },
  "two functions of one name": {
    body: { tools: [weather, weather] },
    status: 400,
    param: "tools[1].function.name",
  },
  "a temperature out of range": { body: { temperature: 3 }, status: 400, param: "temperature" },
  "a token id out of range": {
    body: { logit_bias: { "500": 1 } },
    status: 400,
    message: /logitBias token id is 500/,
  },
  "nine choices": { body: { n: 9 }, status: 400, param: "n" },
  "a result of no call": {
    body: { messages: [{ role: "tool", tool_call_id: "x", content: "y" }] },
    status: 400,
    param: "messages[0].tool_call_id",
  },
  "a conversation that does not fit": {
    body: { max_tokens: 10 },
    status: 400,
    code: "context_length_exceeded",
    message: /4 tokens plus 10 .* context of 8/,
    model: { contextLimit: 8 },
  },
  "one more than the queue takes": {
    body: {},
    status: 429,
    code: "queue_full",
    model: { queueLimit: 0 },
  },
};

for (const [name, { body, status, param, code, message, model }] of Object.entries(refusals)) {
  test(`chat completions refuse ${name} with ${status}, streamed or not`, async (t) => {
    const { post, errors } = await serveFake(t, model);
    for (const stream of [false, true]) {
      const response = await post({ model: "fake", messages, stream, ...body });
      assert.equal(response.status, status);
      const { error } = (await response.json()) as {
        error: { message: string; type: string; param: string | null; code: string | null };
      };
      if (param !== undefined) assert.equal(error.param?.startsWith(param ?? ""), true, error.message);
      if (code !== undefined) assert.equal(error.code, code);
      if (message !== undefined) assert.match(error.message, message);
      if (status === 429) assert.equal(response.headers.get("retry-after"), "1");
    }
    assert.deepEqual(errors, []);
  });
}

test("chat completions take messages as agents of OpenAI's SDK and named speakers send them", async (t) => {
  const { post, model } = await serveFake(t);
  const answer = await post({
    model: "fake",
    messages: [
      { role: "user", content: "one", name: "ann" },
      {
        role: "assistant",
        name: "bot",
        content: [{ type: "text", text: "two", role: "assistant", refusal: null }],
      },
      { role: "user", content: "three", name: null },
    ],
  });
  assert.equal(answer.status, 200);
  assert.deepEqual(
    model.calls[0]!.messages.map(({ content }) => content),
    ["one", "two", "three"],
  );
});

test("chat completions raise the client's own error classes", async (t) => {
  const { client } = await serveFake(t, { queueLimit: 0 });
  const create = (model: string) => client.chat.completions.create({ model, messages });
  await assert.rejects(create("gpt"), OpenAI.NotFoundError);
  await assert.rejects(create("fake"), OpenAI.RateLimitError);
});

test("chat completions keep a fault to themselves and tell onError", async (t) => {
  const reply = (): string => {
    throw new TypeError("secret");
  };
  const { post, errors } = await serveFake(t, { reply });
  const response = await post({ model: "fake", messages });
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
  assert.equal(errors.length, 1);
});

const long = { delayMs: 10, reply: () => "word ".repeat(500) };

for (const stream of [true, false]) {
  test(`chat completions abort when the client goes, ${stream ? "streaming" : "waiting"}`, async (t) => {
    const { model, server } = await serveFake(t, long);
    const controller = new AbortController();
    const response = fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "fake", messages, stream, n: 2 }),
      signal: controller.signal,
    });
    response.catch(() => {});
    await until(() => model.numRunning === 2);
    if (stream) await (await response).body!.getReader().read();
    controller.abort();
    await until(() => model.numRunning === 0);
    assert.equal(model.numAborted, 2);
  });
}

test("chat completions stream 32 answers at once, none mixed up", async (t) => {
  const { client, model } = await serveFake(t, { delayMs: 1 });
  const answers = await Promise.all(
    Array.from({ length: 32 }, async (_, i) =>
      textOf(
        await collect(
          await client.chat.completions.create({
            model: "fake",
            messages: [{ role: "user", content: `${i} `.repeat(20).trim() }],
            stream: true,
          }),
        ),
      ),
    ),
  );
  assert.deepEqual(
    answers,
    answers.map((_, i) => `Echo: ${`${i} `.repeat(20).trim()}`),
  );
  assert.equal(model.numRunning, 0);
});

async function slowReader(t: TestContext): Promise<Served> {
  return serveFake(t, { reply: () => `${"x".repeat(10_000)} `.repeat(8000) });
}

test("chat completions wait for a client that reads slowly", async (t) => {
  const { post, model } = await slowReader(t);
  const response = await post({ model: "fake", messages, stream: true });
  const reader = response.body!.getReader();
  await reader.read();
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  await new Promise((resolve) => setTimeout(resolve, 300));
  const after = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  assert.ok(after - before < 50e6, `grew by ${(after - before) / 1e6} MB`);
  assert.equal(model.numRunning, 1);
  await reader.cancel();
  await until(() => model.numRunning === 0);
});

test("chat completions end with an error event when the server closes", async (t) => {
  const { post, server } = await serveFake(t, long);
  const response = await post({ model: "fake", messages, stream: true });
  const text = response.text();
  await server.close({ graceMs: 50 });
  const events = (await text).trim().split("\n\n");
  assert.match(events.at(-1)!, /server_closing/);
});
