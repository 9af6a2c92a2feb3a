import assert from "node:assert/strict";
import { test } from "node:test";
import { serveFake } from "../fake-server.ts";
import { until } from "../jobs/fake-jobs.ts";
import { behaviors, fakeUpstream } from "./fake-upstream.ts";
import { RemoteModels } from "./remote-models.ts";
import { RemoteProvider } from "./remote-provider.ts";

const messages = [{ role: "user" as const, content: "hi" }];

test("startServer serves remote models for chats, completions and embeddings", async (t) => {
  const fake = await fakeUpstream(t);
  const url = `${fake.url}/v1`;
  const first = new RemoteProvider({ id: "first", preset: "vllm", url, models: ["gamma", "fake"] });
  const second = new RemoteProvider({ id: "second", preset: "groq", url, apiKey: "k-123456" });
  const remote = new RemoteModels(
    [first, second],
    [{ name: "best", targets: [{ provider: "first", model: "m1" }] }],
  );
  const { client, post, server, errors } = await serveFake(t, {}, { remote });
  const names: [asked: string, sent: string, answered: string][] = [
    ["first/gamma", "gamma", "first/gamma"],
    ["gamma", "gamma", "first/gamma"],
    ["best", "m1", "best"],
    // Learned from its own list.
    ["alpha", "alpha", "second/alpha"],
    ["second/unlisted/x", "unlisted/x", "second/unlisted/x"],
  ];
  for (const [model, sent, answered] of names) {
    const answer = await client.chat.completions.create({ model, messages });
    assert.equal(answer.model, answered);
    assert.equal(answer.choices[0]!.message.content, '{"model":"x"} é🦙');
    assert.equal(fake.seen.at(-1)!.body["model"], sent);
  }
  let text = "";
  for await (const chunk of await client.chat.completions.create({
    model: "gamma",
    messages,
    stream: true,
  })) {
    assert.equal(chunk.model, "first/gamma");
    text += chunk.choices[0]?.delta.content ?? "";
  }
  assert.equal(text, 'Say "model":"é🦙');
  assert.equal(
    (await client.embeddings.create({ model: "gamma", input: "x", encoding_format: "float" })).model,
    "first/gamma",
  );
  // A model of this machine goes first.
  const before = fake.seen.length;
  await client.chat.completions.create({ model: "fake", messages });
  assert.equal(fake.seen.length, before);
  await assert.rejects(
    client.embeddings.create({ model: "alpha", input: "x" }),
    /second does not do embeddings/,
  );
  await assert.rejects(
    client.chat.completions.create({ model: "no", messages }),
    /Model 'no' not found; there is fake, best/,
  );

  const listed = (await client.models.list()).data.map(({ id, owned_by }) => `${owned_by} ${id}`);
  assert.deepEqual(listed, [
    "llamero fake",
    "first best",
    "first first/gamma",
    "first first/fake",
    "second second/alpha",
    "second second/beta",
  ]);
  assert.equal((await client.models.retrieve("gamma")).id, "first/gamma");
  const providers = (await (await fetch(`${server.url}/v1/providers/second`)).json()) as object;
  assert.deepEqual(providers, {
    api: "inference",
    provider_id: "second",
    provider_type: "remote::openai",
    config: { preset: "groq" },
    health: { status: "OK" },
  });

  const header = { "X-LlamaStack-Provider-Data": '{"first_api_key":"client-key"}' };
  assert.equal((await post({ model: "gamma", messages }, header)).status, 200);
  assert.equal(fake.seen.at(-1)!.headers.authorization, "Bearer client-key");
  const refused = await post({ model: "gamma", messages }, { "X-LlamaStack-Provider-Data": "{" });
  assert.equal(refused.status, 400);

  fake.next = [behaviors.dieAfter(1)];
  const cut = await (await post({ model: "gamma", messages, stream: true })).text();
  assert.match(cut, /data: \{"error":\{"message":"Provider first cannot be reached/);
  assert.ok(!cut.includes("[DONE]"));

  fake.next = [behaviors.stall];
  const gone = new AbortController();
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "gamma", messages, stream: true }),
    signal: gone.signal,
  });
  await response.body!.getReader().read();
  gone.abort();
  await until(() => fake.seen.at(-1)!.isAborted);
  assert.deepEqual(errors, []);
});

test("Responses and kept chat completions are made of what remote models say", async (t) => {
  const fake = await fakeUpstream(t);
  const url = `${fake.url}/v1`;
  const remote = new RemoteModels([new RemoteProvider({ id: "far", preset: "vllm", url, models: ["m"] })]);
  const { client, errors } = await serveFake(t, {}, { remote });
  const response = await client.responses.create({
    model: "far/m",
    instructions: "Be brief.",
    input: "hi",
    tools: [{ type: "function", name: "f", parameters: { type: "object" }, strict: false }],
  });
  assert.equal(response.output_text, 'Say "model":"é🦙');
  assert.equal(response.model, "far/m");
  const { body } = fake.seen.at(-1)!;
  assert.deepEqual(body["messages"], [
    { role: "system", content: "Be brief." },
    { role: "user", content: "hi" },
  ]);
  assert.equal((body["tools"] as { function: { name: string } }[])[0]!.function.name, "f");
  const next = await client.responses.create({
    model: "far/m",
    input: "and?",
    previous_response_id: response.id,
    stream: true,
  });
  const types = new Set<string>();
  for await (const { type } of next) types.add(type);
  assert.ok(types.has("response.output_text.delta") && types.has("response.completed"));
  assert.equal((fake.seen.at(-1)!.body["messages"] as unknown[]).length, 3);
  const kept = await client.chat.completions.create({ model: "far/m", messages, store: true });
  assert.equal(
    (await client.chat.completions.retrieve(kept.id)).choices[0]!.message.content,
    'Say "model":"é🦙',
  );
  const calls: [delta: object, finish: string | null][] = [
    [{ tool_calls: [{ index: 0, id: "c9", function: { name: "f", arguments: '{"a":' } }] }, null],
    [{ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }, null],
    [{}, "tool_calls"],
  ];
  fake.next.push((outgoing) => {
    outgoing.setHeader("content-type", "text/event-stream");
    for (const [delta, finish_reason] of calls)
      outgoing.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    outgoing.end("data: [DONE]\n\n");
  });
  const called = await client.responses.create({
    model: "far/m",
    input: "hi",
    tools: [{ type: "function", name: "f", parameters: { type: "object" }, strict: false }],
  });
  assert.deepEqual(
    called.output.map((item) => item.type === "function_call" && [item.call_id, item.name, item.arguments]),
    [["c9", "f", '{"a":1}']],
  );
  assert.deepEqual(errors, []);
});
