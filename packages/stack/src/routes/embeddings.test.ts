import assert from "node:assert/strict";
import { test } from "node:test";
import { embeddingsResponseSchema } from "../api/embeddings.ts";
import { rerankResponseSchema } from "../api/rerank.ts";
import { type Served, serveFake } from "../fake-server.ts";
import { FakeTextModel } from "../fake-text-model.ts";

async function post(
  { server }: Served,
  path: string,
  body: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const messageOf = ({ body }: { body: unknown }): string =>
  (body as { error: { message: string } }).error.message;

test("embeddings answer the official client in floats and in base64, for texts and for ids", async (t) => {
  const served = await serveFake(t);
  const { client } = served;
  const input = ["one two", "three"];
  const expected = [
    [2, 7],
    [1, 5],
  ].map((vector) => [...Float32Array.from(vector, (value) => value / Math.hypot(...vector))]);
  // The official client asks for base64 and decodes it.
  const decoded = await client.embeddings.create({ model: "fake", input });
  assert.deepEqual(
    decoded.data.map(({ embedding }) => [...embedding]),
    expected,
  );
  assert.deepEqual(decoded.usage, { prompt_tokens: 3, total_tokens: 3 });
  const answer = await post(served, "/v1/embeddings", { model: "fake", input, encoding_format: "float" });
  const { data, llamero } = embeddingsResponseSchema.parse(answer.body);
  assert.deepEqual(
    data.map(({ embedding }) => embedding),
    expected,
  );
  assert.equal(llamero.pooling, "mean");
  const ids = await post(served, "/v1/embeddings", { model: "fake", input: [1, 2, 3] });
  assert.equal(embeddingsResponseSchema.parse(ids.body).usage.prompt_tokens, 3);
  const lists = await post(served, "/v1/embeddings", {
    model: "fake",
    input: [[1, 2], [3]],
    pooling: "last",
  });
  assert.equal(embeddingsResponseSchema.parse(lists.body).data.length, 2);
});

test("embeddings refuse other dimensions, empty input, unknown fields and what does not fit", async (t) => {
  const served = await serveFake(t, { contextLimit: 4 });
  for (const [body, message] of [
    [{ model: "fake", input: "a", dimensions: 3 }, /have 2 dimensions; they cannot have 3/],
    [{ model: "fake", input: "" }, /[Ee]mpty/],
    [{ model: "fake", input: [] }, /Input|input/],
    [{ model: "fake", input: "a", truncate: true }, /Unknown or unsupported field: truncate/],
    [{ model: "fake", input: "a b c d e" }, /context/],
  ] as const) {
    const answer = await post(served, "/v1/embeddings", body);
    assert.equal(answer.status, 400, JSON.stringify(answer.body));
    assert.match(messageOf(answer), message);
  }
  assert.equal(
    (await post(served, "/v1/embeddings", { model: "fake", input: "a", dimensions: 2 })).status,
    200,
  );
  assert.equal((await post(served, "/v1/embeddings", { model: "none", input: "a" })).status, 404);
});

test("rerank answers with indices and scores, the best first", async (t) => {
  const served = await serveFake(t);
  const request = { model: "fake", query: "blue sky", documents: ["grass", { text: "a blue sky" }, "blue"] };
  const answer = await post(served, "/v1/rerank", { ...request, top_n: 2, return_documents: true });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const { results, usage } = rerankResponseSchema.parse(answer.body);
  assert.deepEqual(results, [
    { index: 1, relevance_score: 1, document: { text: "a blue sky" } },
    { index: 2, relevance_score: Math.exp(-1), document: { text: "blue" } },
  ]);
  assert.equal(usage.total_tokens, 6);
  const all = rerankResponseSchema.parse((await post(served, "/v1/rerank", request)).body);
  assert.deepEqual(
    all.results.map(({ index, document }) => [index, document]),
    [
      [1, undefined],
      [2, undefined],
      [0, undefined],
    ],
  );
  assert.equal((await post(served, "/v1/rerank", { ...request, documents: [] })).status, 400);
});

test("a model's adapters are listed as MODEL:ADAPTER and chosen by that name", async (t) => {
  const model = new FakeTextModel();
  const served = await serveFake(t, {}, { models: [{ name: "fake", model, adapters: ["law", "poems"] }] });
  const { client } = served;
  const names = [];
  for await (const { id } of client.models.list()) names.push(id);
  assert.deepEqual(names, ["fake", "fake:law", "fake:poems"]);
  const messages = [{ role: "user" as const, content: "hi" }];
  const answer = await client.chat.completions.create({ model: "fake:poems", messages });
  assert.equal(answer.model, "fake:poems");
  await client.chat.completions.create({ model: "llamero/fake", messages });
  assert.deepEqual(
    model.calls.map(({ options }) => options.adapter),
    ["poems", undefined],
  );
  await assert.rejects(client.chat.completions.create({ model: "fake:prose", messages }), {
    status: 404,
    message: /Model 'fake:prose' not found; there is fake, fake:law, fake:poems/,
  });
});
