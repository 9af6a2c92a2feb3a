import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
import { createLlamero } from "../ai-sdk/create-llamero.ts";
import { type Served, serveFake } from "../fake-server.ts";
import type { Shield } from "../shields/shield.ts";

type Options = Parameters<typeof serveFake>;

async function serve(
  t: TestContext,
  model: Options[1] = {},
  server: Options[2] = {},
): Promise<Served & { anthropic: Anthropic }> {
  const served = await serveFake(t, model, server);
  const apiKey = server.apiKey ?? "none";
  return { ...served, anthropic: new Anthropic({ baseURL: served.server.url, apiKey, maxRetries: 0 }) };
}

const body = { model: "fake", max_tokens: 50, messages: [{ role: "user" as const, content: "a b c" }] };
const find = {
  name: "find",
  input_schema: { type: "object" as const, properties: { q: { type: "string" } } },
};
const calls = [{ id: "toolu_1", name: "find", arguments: { q: "x" } }];

test("POST /v1/messages answers Anthropic's client, whole and as events", async (t) => {
  const { anthropic, model } = await serve(t);
  const whole = await anthropic.messages.create({ ...body, system: [{ type: "text", text: "Be brief." }] });
  assert.deepEqual(whole.content, [{ type: "text", text: "Echo: a b c" }]);
  assert.equal(whole.stop_reason, "end_turn");
  assert.deepEqual(
    [whole.usage.input_tokens, whole.usage.cache_read_input_tokens, whole.usage.output_tokens],
    [6, 1, 4],
  );
  assert.deepEqual(model.calls[0]!.messages[0], { role: "system", content: "Be brief." });
  const stream = anthropic.messages.stream(body);
  const texts: string[] = [];
  stream.on("text", (text) => texts.push(text));
  const last = await stream.finalMessage();
  assert.equal(texts.join(""), "Echo: a b c");
  assert.deepEqual(last.content, [{ type: "text", text: "Echo: a b c" }]);
  assert.deepEqual([last.usage.input_tokens, last.usage.output_tokens], [3, 4]);
});

test("POST /v1/messages holds an answer to a schema", async (t) => {
  const { anthropic, model } = await serve(t);
  const schema = { type: "object", properties: { a: { type: "string" } } };
  await anthropic.messages.create({
    ...body,
    output_config: { format: { type: "json_schema", schema } },
  } as typeof body);
  assert.deepEqual(model.calls[0]!.options.responseFormat, { type: "json-schema", schema });
});

test("POST /v1/messages says which stop sequence ended the text, and when there was no more room", async (t) => {
  const { anthropic } = await serve(t);
  const stopped = await anthropic.messages.create({ ...body, stop_sequences: ["x", " b"] });
  assert.deepEqual([stopped.stop_reason, stopped.stop_sequence], ["stop_sequence", " b"]);
  const cut = await anthropic.messages.create({ ...body, max_tokens: 2 });
  assert.deepEqual([cut.stop_reason, cut.stop_sequence], ["max_tokens", null]);
  // More than there is room for is as much as there is room for.
  const wide = { ...body, max_tokens: 16_000 };
  assert.equal((await anthropic.messages.create(wide)).stop_reason, "end_turn");
  assert.equal((await anthropic.messages.stream(wide).finalMessage()).stop_reason, "end_turn");
  await assert.rejects(
    anthropic.messages.create({ ...wide, messages: [{ role: "user", content: "a ".repeat(2000) }] }),
    /more than the context of 1000/,
  );
});

test("POST /v1/messages calls tools and reads their results", async (t) => {
  const { anthropic, model } = await serve(t, {
    reply: (messages) => (messages.at(-1)?.role === "tool" ? "Found" : calls),
  });
  const asked = {
    ...body,
    tools: [find],
    tool_choice: { type: "any" as const, disable_parallel_tool_use: true },
  };
  const called = await anthropic.messages.create(asked);
  assert.equal(called.stop_reason, "tool_use");
  assert.deepEqual(called.content, [{ type: "tool_use", id: "toolu_1", name: "find", input: { q: "x" } }]);
  const { options } = model.calls[0]!;
  assert.deepEqual([options.toolChoice, options.parallelToolCalls], ["required", false]);
  const streamed = await anthropic.messages.stream({ ...body, tools: [find] }).finalMessage();
  assert.deepEqual(streamed.content, called.content);
  const answered = await anthropic.messages.create({
    ...body,
    tools: [find],
    messages: [
      ...body.messages,
      { role: "assistant", content: called.content },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "42" }] },
          { type: "text", text: "So?" },
        ],
      },
    ],
  });
  assert.deepEqual(model.calls.at(-1)!.messages.slice(2), [
    { role: "tool", toolCallId: "toolu_1", name: "find", content: "42" },
    { role: "user", content: "So?" },
  ]);
  assert.equal(answered.stop_reason, "tool_use");
});

test("POST /v1/messages/count_tokens counts as an answer does", async (t) => {
  const { anthropic } = await serve(t);
  const { input_tokens: counted } = await anthropic.messages.countTokens({
    model: "fake",
    messages: body.messages,
  });
  assert.equal(counted, 4);
});

test("POST /v1/messages refuses in Anthropic's form, and takes keys under Anthropic's name", async (t) => {
  const { anthropic, server } = await serve(t, {}, { apiKey: "secret" });
  await anthropic.messages.create(body);
  const bad = (patch: object): Promise<unknown> =>
    anthropic.messages.create({ ...body, ...patch } as typeof body).then(
      () => null,
      (error: InstanceType<typeof Anthropic.APIError>) => [
        error.status,
        (error.error as { error: { type: string } }).error.type,
      ],
    );
  assert.deepEqual(await bad({ typo: 1 }), [400, "invalid_request_error"]);
  assert.deepEqual(await bad({ model: "other" }), [404, "not_found_error"]);
  assert.deepEqual(await bad({ thinking: { type: "enabled", budget_tokens: 1024 } }), [
    400,
    "invalid_request_error",
  ]);
  const answer = await fetch(`${server.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": "no" },
    body: "{}",
  });
  assert.equal(answer.status, 401);
  assert.deepEqual(Object.keys((await answer.json()) as object), ["type", "error"]);
});

test("what a shield refuses is refused in the forms of Anthropic, Ollama and the AI SDK", async (t) => {
  const check: Shield["check"] = async ({ text }) => {
    const flagged = text.includes("bad");
    return { shield: "word", flagged, score: flagged ? 1 : 0, categories: [], reason: "A word" };
  };
  const rules = [{ shields: ["word"], on_hit: "refuse" as const }];
  const shields = {
    own: [{ id: "word", check }],
    policy: { borders: { user_input: rules, model_output: rules }, refusal: "No." },
  };
  const { anthropic, server, model } = await serve(t, { reply: () => "All bad words" }, { shields });
  for (const content of ["bad", "fine"]) {
    const messages = [{ role: "user" as const, content }];
    const answer = await anthropic.messages.create({ ...body, messages });
    assert.deepEqual([answer.stop_reason, answer.content.at(-1)], ["refusal", { type: "text", text: "No." }]);
    const streamed = await anthropic.messages.stream({ ...body, messages }).finalMessage();
    assert.deepEqual([streamed.stop_reason, streamed.content], [answer.stop_reason, answer.content]);
    const ollama = await new Ollama({ host: server.url }).chat({ model: "fake", messages });
    assert.equal(ollama.message.content, "No.");
    const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: content }] }];
    const generated = await createLlamero({ url: server.url })("fake").doGenerate({ prompt });
    assert.deepEqual(generated.content, [{ type: "text", text: "No." }]);
    assert.equal(generated.finishReason.unified, "content-filter");
  }
  assert.equal(model.calls.length, 4, "what users may not say does not reach the model");
});
