import assert from "node:assert/strict";
import { test } from "node:test";
import { Ollama } from "ollama";
import { serveFake } from "../fake-server.ts";

const messages = [{ role: "user", content: "a b c" }];
const find = {
  type: "function",
  function: {
    name: "find",
    description: "Finds",
    parameters: { type: "object", properties: { q: { type: "string", description: "What" } } },
  },
};

test("POST /api/chat answers Ollama's client, whole and line by line", async (t) => {
  const { server, model } = await serveFake(t);
  const ollama = new Ollama({ host: server.url });
  const options = { num_predict: 9, temperature: 0.5, stop: ["x"], num_ctx: 512 };
  const whole = await ollama.chat({ model: "fake", messages, options });
  assert.deepEqual(whole.message, { role: "assistant", content: "Echo: a b c" });
  assert.deepEqual(
    [whole.done, whole.done_reason, whole.prompt_eval_count, whole.eval_count, whole.prompt_eval_duration],
    [true, "stop", 4, 4, 1e6],
  );
  assert.deepEqual(model.calls[0]!.options.sampling, { temperature: 0.5 });
  assert.deepEqual([model.calls[0]!.options.maxTokens, model.calls[0]!.options.stop], [9, ["x"]]);
  const lines = [];
  for await (const line of await ollama.chat({ model: "fake", messages, stream: true })) lines.push(line);
  assert.equal(lines.map(({ message }) => message.content).join(""), "Echo: a b c");
  assert.deepEqual(
    lines.map(({ done }) => done),
    [false, false, false, false, true],
  );
  assert.equal((await ollama.chat({ model: "fake", messages: [] })).done_reason, "load");
});

test("POST /api/chat calls tools, which have no ids, and reads their results", async (t) => {
  const { server, model } = await serveFake(t, {
    reply: (said) =>
      said.at(-1)?.role === "tool" ? "Found" : [{ id: "c1", name: "find", arguments: { q: "x" } }],
  });
  const ollama = new Ollama({ host: server.url });
  const { message } = await ollama.chat({ model: "fake", messages, tools: [find] });
  assert.deepEqual(message.tool_calls, [{ function: { index: 0, name: "find", arguments: { q: "x" } } }]);
  const result = { role: "tool", content: "42", tool_name: "find" };
  const answer = await ollama.chat({
    model: "fake",
    messages: [...messages, message, result],
    tools: [find],
  });
  assert.equal(answer.message.content, "Found");
  const said = model.calls.at(-1)!.messages;
  assert.deepEqual(said[2], { role: "tool", toolCallId: "call_1_0", name: "find", content: "42" });
});

test("POST /api/generate continues a raw prompt, else answers it, held to a format", async (t) => {
  const { server, model } = await serveFake(t);
  const ollama = new Ollama({ host: server.url });
  const format = { type: "object", properties: {} };
  const answer = await ollama.generate({ model: "fake", prompt: "hi", system: "Be brief.", format });
  assert.equal(answer.response, "Echo: hi");
  assert.deepEqual(model.calls[0]!.options.responseFormat, { type: "json-schema", schema: format });
  assert.equal(model.calls[0]!.messages.length, 2);
  let text = "";
  for await (const { response } of await ollama.generate({
    model: "fake",
    prompt: "on",
    raw: true,
    stream: true,
  }))
    text += response;
  assert.equal(text, "Echo: on");
});

test("the rest of /api tells of models, embeds and refuses in Ollama's form", async (t) => {
  const { server } = await serveFake(t);
  const ollama = new Ollama({ host: server.url });
  assert.deepEqual(
    (await ollama.list()).models.map(({ name }) => name),
    ["fake"],
  );
  const shown = await ollama.show({ model: "fake" });
  assert.deepEqual(shown.capabilities, ["completion", "tools", "embedding"]);
  const { embeddings } = await ollama.embed({
    model: "fake",
    input: ["a", "a b"],
    options: { num_ctx: 8, mirostat: null } as never,
  });
  assert.deepEqual(
    embeddings.map(({ length }) => length),
    [2, 2],
  );
  assert.equal((await ollama.embeddings({ model: "fake:latest", prompt: "a b" })).embedding.length, 2);
  assert.deepEqual(
    (await ollama.ps()).models.map(({ name }) => name),
    ["fake"],
  );
  const tagged = await ollama.chat({ model: "fake:latest", messages });
  assert.deepEqual([tagged.model, tagged.message.role], ["fake:latest", "assistant"]);
  assert.match((await ollama.version()).version, /^\d/);
  await assert.rejects(ollama.chat({ model: "other", messages }), /Model 'other' not found/);
  await assert.rejects(ollama.chat({ model: "fake", messages, think: true }), /think aloud/);
  await assert.rejects(
    ollama.chat({ model: "fake", messages, options: { num_ctx: 4096 } }),
    /num_ctx is 4096; the model was loaded with a context of 1000/,
  );
  await assert.rejects(ollama.chat({ model: "fake", messages, options: { mirostat: 1 } }), /mirostat/);
});
