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
    /no model no here; there is fake, best/,
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
