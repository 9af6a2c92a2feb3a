import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadEncoder } from "@llamero/core";
import type OpenAI from "openai";
import { serveFake } from "./fake-server.ts";
import { FakeTextModel } from "./fake-text-model.ts";
import { servedEncoder } from "./served-encoder.ts";

const folder = fileURLToPath(new URL("../../core/src/models/testdata/tiny-bert", import.meta.url));

async function serve(t: TestContext): Promise<{ client: OpenAI; url: string }> {
  const encoder = await loadEncoder(folder, { backend: "reference" });
  t.after(() => encoder.close());
  const models = [
    { name: "fake", model: new FakeTextModel() },
    { name: "small", model: servedEncoder("small", encoder) },
  ];
  const { client, server } = await serveFake(t, {}, { models });
  return { client, url: server.url };
}

test("a served encoder embeds, is listed as what it is, and refuses all else by name", async (t) => {
  const { client, url } = await serve(t);
  const input = ["The river runs past the old mill.", "O rio corre junto ao moinho velho."];
  const { data, usage } = await client.embeddings.create({ model: "small", input, encoding_format: "float" });
  assert.deepEqual(
    data.map(({ embedding }) => embedding.length),
    [16, 16],
  );
  for (const { embedding } of data) assert.ok(Math.abs(Math.hypot(...embedding) - 1) < 1e-5);
  assert.ok(usage.prompt_tokens > 20);
  const listed = (await (await fetch(`${url}/v1/models`)).json()) as {
    data: { id: string; model_type: string; metadata: object }[];
  };
  assert.deepEqual(
    listed.data.map(({ id, model_type: type, metadata }) => [id, type, metadata]),
    [
      ["fake", "llm", { context_length: new FakeTextModel().contextLimit }],
      ["small", "embedding", { context_length: 96, embedding_dimension: 16 }],
    ],
  );
  assert.equal((await client.models.retrieve("llamero/small")).id, "small");
  const messages = [{ role: "user" as const, content: "Hi" }];
  const only = /small is an encoder: it makes embeddings, no text/;
  await assert.rejects(client.chat.completions.create({ model: "small", messages }), only);
  await assert.rejects(client.chat.completions.create({ model: "small", messages, stream: true }), only);
  await assert.rejects(client.completions.create({ model: "small", prompt: "Hi" }), only);
  await assert.rejects(client.responses.create({ model: "small", input: "Hi" }), only);
  const embed = (body: object) => client.embeddings.create({ model: "small", input: "a", ...body });
  await assert.rejects(embed({ input: [[1, 2]] }), /send texts, not token ids/);
  await assert.rejects(embed({ input: "word ".repeat(200) }), /more than the context of 96/);
  await assert.rejects(embed({ pooling: "last" }), /has its own pooling, mean/);
  await assert.rejects(embed({ dimensions: 8 }), /have 16 dimensions/);
});

test("a vector store takes the served encoder, and finds by it", async (t) => {
  const { client } = await serve(t);
  const store = (await client.vectorStores.create({ name: "notes" })) as unknown as {
    id: string;
    llamero: object;
  };
  assert.deepEqual(store.llamero, { embedding_model: "small", embedding_dimension: 16 });
  const file = await client.files.create({
    file: new File(["The river runs past the old mill."], "river.txt"),
    purpose: "assistants",
  });
  await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 20 });
  const found = await client.vectorStores.search(store.id, { query: "The river runs past the old mill." });
  assert.match(found.data[0]!.content[0]!.text, /old mill/);
  assert.ok(found.data[0]!.score > 0.9);
});
