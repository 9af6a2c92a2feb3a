import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Embeddings, EmbedOptions } from "@llamero/core";
import { searchTerms } from "@llamero/core/retrieval/bm25";
import { queryChunksResponseSchema } from "../api/vector-search.ts";
import { type Served, serveFake } from "../fake-server.ts";
import { FakeTextModel } from "../fake-text-model.ts";
import { fakeServices, mortalStore, until } from "../jobs/fake-jobs.ts";
import { jobsOf } from "../jobs/jobs-of.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { attachFiles } from "../vectors/attach-files.ts";
import { matchesFilter } from "../vectors/match-filter.ts";
import { newFile } from "./files.ts";
import { toJson } from "./stored-objects.ts";

/** Each word is a direction, so that texts are near that share words. */
class WordModel extends FakeTextModel {
  isStuck = false;
  readonly tokenizer = { encode: searchTerms };

  override async embed(
    texts: string | readonly (string | readonly number[])[],
    { signal }: EmbedOptions = {},
  ): Promise<Embeddings> {
    if (this.isStuck) {
      await new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
    }
    const list = [texts].flat() as string[];
    const vectors = list.map((text) => {
      const vector = new Float32Array(32);
      for (const word of searchTerms(text))
        vector[[...word].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 32]! += 1;
      return vector;
    });
    return { vectors, numTokens: list.length };
  }
}

async function serve(t: TestContext, store?: Store): Promise<Served & { words: WordModel }> {
  const words = new WordModel();
  const keys = [
    { name: "ann", key: "a" },
    { name: "bob", key: "b" },
  ];
  const served = await serveFake(
    t,
    {},
    { models: [{ name: "fake", model: words }], apiKey: "k", keys, ...(store && { store }) },
  );
  return { ...served, words };
}

async function upload({ client }: Served, name: string, text: string): Promise<string> {
  return (await client.files.create({ file: new File([text], name), purpose: "assistants" })).id;
}

async function ask(
  { server }: Served,
  path: string,
  body: unknown,
  key = "k",
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

const ready = (served: Served, id: string): Promise<void> =>
  until(async () => (await served.client.vectorStores.retrieve(id)).status === "completed");

test("vector stores are created with files, searched, listed, changed and deleted by the official client", async (t) => {
  const served = await serve(t);
  const { client } = served;
  const stores = client.vectorStores;
  const llamas = await upload(served, "llamas.md", "# Llamas\n\nThe llama spits at tourists.");
  const page =
    "<html><head><title>Ships</title></head><body><p>The harbor holds old ships.</p></body></html>";
  const ships = await upload(served, "ships.html", page);
  const made = await stores.create({ name: "v", file_ids: [llamas, ships], metadata: { a: "b" } });
  await ready(served, made.id);
  const kept = await stores.retrieve(made.id);
  assert.deepEqual(kept.file_counts, { in_progress: 0, completed: 2, cancelled: 0, failed: 0, total: 2 });
  const file = await stores.files.retrieve(llamas, { vector_store_id: made.id });
  assert.equal(file.usage_bytes, Buffer.byteLength("# Llamas\n\nThe llama spits at tourists.") + 32 * 4);
  const found = await stores.search(made.id, { query: "which llama spits" });
  assert.equal(found.data[0]!.file_id, llamas);
  assert.equal(found.data[0]!.score, 1);
  assert.equal(found.data[0]!.content[0]!.text, "# Llamas\n\nThe llama spits at tourists.");
  for (const search_mode of ["vector", "keyword", "hybrid"]) {
    const answer = await ask(served, `/v1/vector_stores/${made.id}/search`, {
      query: ["harbor"],
      search_mode,
    });
    assert.equal(JSON.parse(answer.text).data[0].filename, "ships.html");
  }
  const few = await stores.search(made.id, { query: "the", max_num_results: 1 });
  assert.equal(few.data.length, 1);
  const high = await stores.search(made.id, {
    query: "llama",
    ranking_options: { ranker: "none", score_threshold: 1.1 } as never,
  });
  assert.deepEqual(high.data, []);
  const content = found.data[0]!.content[0]! as unknown as {
    chunk_metadata: { chunk_tokenizer: string; chunk_window: string };
    metadata: unknown;
  };
  assert.deepEqual(content.metadata, { path: ["Llamas"] });
  assert.equal(content.chunk_metadata.chunk_tokenizer, "fake");
  // "the" is in both: the words of the ranking decide who is first.
  for (const [options, first] of [
    [{ ranker: "weighted", alpha: 1 }, llamas],
    [{ ranker: "weighted", weights: { vector: 1, keyword: 0 } }, llamas],
    [{ ranker: "neural", model: "fake" }, ships],
    [{ ranker: "weighted", weights: { vector: 1, keyword: 1, neural: 8 }, model: "fake" }, ships],
  ] as const) {
    const query = "llama spits at tourists, harbor?";
    const body = { query: "neural" in options || "model" in options ? "The harbor" : query };
    const answer = await ask(served, `/v1/vector_stores/${made.id}/search`, {
      ...body,
      ranking_options: options,
    });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(JSON.parse(answer.text).data[0].file_id, first);
  }
  for (const [ranking_options, message] of [
    [{ ranker: "rrf", alpha: 0.5 }, /alpha is of the ranker weighted/],
    [{ ranker: "neural" }, /needs its name/],
    [{ ranker: "weighted", weights: { vector: 0 } }, /all 0/],
    [{ ranker: "neural", model: "gone" }, /Model 'gone' not found/],
  ] as const) {
    const answer = await ask(served, `/v1/vector_stores/${made.id}/search`, { query: "a", ranking_options });
    assert.match(answer.text, message);
  }
  assert.deepEqual(
    (await stores.list()).data.map(({ id }) => id),
    [made.id],
  );
  const changed = await stores.update(made.id, {
    name: "w",
    expires_after: { anchor: "last_active_at", days: 1 },
  });
  assert.equal(changed.name, "w");
  assert.equal(changed.expires_at, changed.last_active_at! + 86_400);
  assert.deepEqual(await stores.delete(made.id), {
    id: made.id,
    object: "vector_store.deleted",
    deleted: true,
  });
  await assert.rejects(stores.retrieve(made.id), { status: 404 });
  assert.equal((await client.files.retrieve(llamas)).id, llamas);
  assert.deepEqual(served.errors, []);
});

test("vector stores take files in and out, change their attributes and filter by them, while their index is loaded", async (t) => {
  const served = await serve(t);
  const stores = served.client.vectorStores;
  const { id } = await stores.create({});
  const at = { vector_store_id: id };
  const names = async (filters?: object): Promise<string[]> => {
    const { data } = await stores.search(id, {
      query: "llama",
      ...(filters && { filters: filters as never }),
    });
    return data.map(({ filename }) => filename).sort();
  };
  assert.deepEqual(await names(), []);
  const one = await upload(served, "one.txt", "a llama");
  const two = await upload(served, "two.json", '{"animal": "llama"}');
  await stores.files.create(id, { file_id: one, attributes: { year: 2020, lang: "en" } });
  const chunking_strategy = {
    type: "static",
    static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 0 },
  } as const;
  await stores.files.create(id, { file_id: two, attributes: { year: 2024 }, chunking_strategy });
  await ready(served, id);
  assert.deepEqual(await names(), ["one.txt", "two.json"]);
  assert.deepEqual(await names({ type: "gte", key: "year", value: 2024 }), ["two.json"]);
  const either = [
    { type: "eq", key: "lang", value: "en" },
    { type: "lt", key: "year", value: 1 },
  ];
  assert.deepEqual(await names({ type: "or", filters: either }), ["one.txt"]);
  await stores.files.update(one, { ...at, attributes: { year: 2025 } });
  assert.deepEqual(await names({ type: "gte", key: "year", value: 2024 }), ["one.txt", "two.json"]);
  const listed = await stores.files.list(id, { limit: 1, order: "asc" });
  assert.deepEqual(
    listed.data.map((each) => each.id),
    [one],
  );
  assert.deepEqual(
    (await listed.getNextPage()).data.map((each) => each.id),
    [two],
  );
  const content = await ask(
    served,
    `/v1/vector_stores/${id}/files/${one}/content?include_embeddings=true`,
    undefined,
  );
  const { data } = JSON.parse(content.text);
  assert.equal(data[0].text, "a llama");
  assert.equal(data[0].embedding.length, 32);
  await stores.files.delete(one, at);
  assert.deepEqual(await names(), ["two.json"]);
  assert.equal((await stores.retrieve(id)).file_counts.total, 1);
  // A file that is put in again takes its own place.
  await stores.files.create(id, { file_id: two });
  await ready(served, id);
  assert.deepEqual(await names(), ["two.json"]);
  assert.deepEqual(served.errors, []);
});

test("vector stores say of a file that cannot be read that it failed, and why", async (t) => {
  const served = await serve(t);
  const pdf = await upload(served, "a.pdf", "%PDF-1.7 x");
  const empty = await upload(served, "empty.txt", " \n");
  const { id } = await served.client.vectorStores.create({ file_ids: [pdf, empty] });
  await ready(served, id);
  const failed = await served.client.vectorStores.files.list(id, { filter: "failed", order: "asc" });
  const errors = failed.data.map(({ last_error }) => last_error!);
  assert.deepEqual(errors.map(({ code }) => code).sort(), ["invalid_file", "unsupported_file"]);
  assert.match(errors.find(({ code }) => code === "unsupported_file")!.message, /a\.pdf is a damaged PDF/);
  assert.equal((await served.client.vectorStores.retrieve(id)).usage_bytes, 0);
});

test("file batches are worked on, listed and cancelled", async (t) => {
  const served = await serve(t);
  const { fileBatches } = served.client.vectorStores;
  const ids: string[] = [];
  for (let at = 0; at < 4; at++) ids.push(await upload(served, `${at}.txt`, `llama ${at}`));
  const { id } = await served.client.vectorStores.create({});
  const at = { vector_store_id: id };
  const done = await fileBatches.create(id, { file_ids: ids.slice(0, 1) });
  await until(async () => (await fileBatches.retrieve(done.id, at)).status === "completed");
  served.words.isStuck = true;
  const batch = await fileBatches.create(id, { file_ids: ids.slice(1) });
  assert.equal(batch.status, "in_progress");
  assert.equal((await fileBatches.listFiles(batch.id, at)).data.length, 3);
  assert.equal((await fileBatches.cancel(batch.id, at)).status, "cancelled");
  const { file_counts: counts } = await fileBatches.retrieve(batch.id, at);
  assert.deepEqual([counts.cancelled, counts.total], [3, 3]);
  await assert.rejects(fileBatches.cancel(done.id, at), { status: 409 });
});

test("vector-io takes chunks with vectors and finds them; others' stores are not there", async (t) => {
  const served = await serve(t);
  const { id } = JSON.parse((await ask(served, "/v1/vector_stores", {}, "a")).text);
  const { vectors } = await served.words.embed(["llama one", "ship"]);
  const chunks = ["llama one", "ship"].map((content, at) => ({
    chunk_id: `c${at}`,
    content,
    metadata: { topic: content },
    chunk_metadata: { document_id: `d${at}` },
    embedding: [...vectors[at]!],
    embedding_model: "llamero/fake",
    embedding_dimension: 32,
  }));
  const insert = (body: object, key = "a"): Promise<{ status: number; text: string }> =>
    ask(served, "/v1/vector-io/insert", { vector_store_id: id, ...body }, key);
  assert.equal((await insert({ chunks })).status, 204);
  assert.equal((await insert({ chunks })).status, 204);
  const query = { vector_store_id: id, query: { type: "text", text: "a llama" }, params: { max_chunks: 1 } };
  const answer = queryChunksResponseSchema.parse(
    JSON.parse((await ask(served, "/v1/vector-io/query", query, "a")).text),
  );
  assert.deepEqual(
    answer.chunks.map(({ chunk_id, content }) => [chunk_id, content]),
    [["c0", "llama one"]],
  );
  const filters = { type: "eq", key: "topic", value: "ship" };
  for (const given of [filters, { topic: "ship" }]) {
    const search = { query: "llama", filters: given };
    const found = await ask(served, `/v1/vector_stores/${id}/search`, search, "a");
    assert.deepEqual(
      JSON.parse(found.text).data.map((each: { file_id: string }) => each.file_id),
      ["d1"],
    );
  }
  const filtered = { ...query, params: { max_chunks: 5, filters } };
  const only = queryChunksResponseSchema.parse(
    JSON.parse((await ask(served, "/v1/vector-io/query", filtered, "a")).text),
  );
  assert.deepEqual(
    only.chunks.map(({ chunk_id }) => chunk_id),
    ["c1"],
  );
  // A model that is not served here cannot be told from the store's.
  assert.equal((await insert({ chunks: [{ ...chunks[0], embedding_model: "elsewhere" }] })).status, 204);
  const { usage_bytes: bytes } = JSON.parse(
    (await ask(served, `/v1/vector_stores/${id}`, undefined, "a")).text,
  );
  assert.equal(bytes, "llama oneship".length + 2 * 32 * 4);
  const bad = { ...chunks[0], embedding: [1] };
  assert.match((await insert({ chunks: [bad] })).text, /have 32 dimensions; this one has 1/);
  assert.match((await insert({ chunks: [{ ...chunks[0], chunk_id: "a\0" }] })).text, /no NUL/);
  assert.equal((await insert({ chunks }, "b")).status, 404);
  for (const path of ["", "/files", "/files/x", "/files/x/content"]) {
    assert.equal((await ask(served, `/v1/vector_stores/${id}${path}`, undefined, "b")).status, 404);
  }
  for (const [path, body] of [
    ["search", { query: "x" }],
    ["files", { file_id: "x" }],
    ["file_batches", { file_ids: ["x"] }],
  ] as const) {
    assert.equal((await ask(served, `/v1/vector_stores/${id}/${path}`, body, "b")).status, 404);
  }
});

test("vector stores take what clients of Llama Stack say, and small files are done when the answer comes", async (t) => {
  const served = await serve(t);
  const made = await ask(served, "/v1/vector_stores", {
    embedding_model: "fake",
    embedding_dimension: "32",
    provider_id: "llamero",
    file_ids: [await upload(served, "a.txt", "llamas hum")],
  });
  const { id, metadata, file_counts: counts } = JSON.parse(made.text);
  assert.deepEqual([metadata, counts.completed], [{ provider_id: "llamero" }, 1]);
  const file_id = await upload(served, "b.txt", "ships sail");
  const path = `/v1/vector_stores/${id}/files`;
  const file = JSON.parse((await ask(served, path, { file_id, embedding_model: "llamero/fake" })).text);
  assert.equal(file.status, "completed");
  const { data } = JSON.parse((await ask(served, `${path}/${file_id}/content`, undefined)).text);
  assert.deepEqual([data[0].text, data[0].embedding], ["ships sail", null]);
});

test("a batch gives each of its files settings of its own; a store has a description", async (t) => {
  const served = await serve(t);
  const [one, two] = [await upload(served, "a.txt", "a llama"), await upload(served, "b.txt", "an alpaca")];
  const { vectorStores } = served.client;
  const store = await vectorStores.create({ name: "n", description: "of camelids" });
  assert.equal(Reflect.get(await vectorStores.retrieve(store.id), "description"), "of camelids");
  const chunking_strategy = {
    type: "static" as const,
    static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 10 },
  };
  await vectorStores.fileBatches.create(store.id, {
    files: [
      { file_id: one, attributes: { year: 2024 } },
      { file_id: two, chunking_strategy },
    ],
  });
  await ready(served, store.id);
  const { data } = await vectorStores.files.list(store.id, { order: "asc" });
  assert.deepEqual(
    data.map(({ id, attributes, chunking_strategy: chunking }) => [
      id,
      attributes,
      Reflect.get(chunking!, "static").max_chunk_size_tokens,
    ]),
    [
      [one, { year: 2024 }, 800],
      [two, {}, 100],
    ],
  );
});

test("vector stores refuse by name what they do not do", async (t) => {
  const served = await serve(t);
  const { id } = await served.client.vectorStores.create({});
  const contextual = { type: "contextual", contextual: {} };
  for (const [path, body, message] of [
    ["", { embedding_dimension: 7 }, /have 32 dimensions; they cannot have 7/],
    ["", { embedding_model: "other" }, /Model 'other' not found/],
    ["", { provider_id: "faiss" }, /The one provider is llamero/],
    ["", { file_ids: ["file-x"] }, /File 'file-x' not found/],
    ["", { chunking_strategy: contextual }, /contextual/],
    [`/${id}/search`, { query: "a", rewrite_query: true }, /not rewritten/],
    [`/${id}/search`, { query: "a", ranking_options: { alpha: 2 } }, /alpha/],
    [`/${id}/search`, { query: "a", filters: { type: "like", key: "a", value: "b" } }, /filters/],
    [`/${id}/file_batches`, { file_ids: ["a", "a"] }, /names a twice/],
    [`/${id}/file_batches`, {}, /Give file_ids or files/],
    [`/${id}/file_batches`, { file_ids: ["a"], files: [{ file_id: "a" }] }, /Give file_ids or files/],
    [`/${id}/file_batches`, { files: [{ file_id: "a" }], attributes: {} }, /each of them has its own/],
  ] as const) {
    const answer = await ask(served, `/v1/vector_stores${path}`, body);
    assert.ok(answer.status === 400 || answer.status === 404, answer.text);
    assert.match(JSON.parse(answer.text).error.message, message);
  }
});

test("a file that a killed server was at is begun again by the next one, and searched from the store", async (t) => {
  await using store = await openStore(":memory:");
  const killed = mortalStore(store);
  const services = fakeServices(killed.store);
  const stuck = services.models.all[0]!.model as FakeTextModel;
  stuck.embed = () => new Promise(() => {});
  const { file, writes } = newFile("local", Buffer.from("the llama"), {
    filename: "a.txt",
    purpose: "assistants",
  });
  const record = {
    created_at: 1,
    name: null,
    expires_after: null,
    last_active_at: 1,
    metadata: {},
    inserted_bytes: 0,
  };
  const value = toJson({ ...record, model: "fake", dimension: 32, revision: 0 });
  const key = { id: "vs_1", owner: "local" };
  await store.write({ write: "put", kind: "vector_store", ...key, value }, ...writes);
  await attachFiles(services, key, new Map([[file.id, file.filename]]), {});
  await until(
    async () =>
      (await store.list("job", { owner: null, limit: 1, order: "asc", where: { status: "in_progress" } }))
        .items.length === 1,
  );
  killed.kill();
  const served = await serve(t, store);
  await ready(served, key.id);
  const { data } = await served.client.vectorStores.search(key.id, { query: "llama" });
  assert.equal(data[0]!.content[0]!.text, "the llama");
  await served.server.close({ graceMs: 0 });
  await jobsOf(services).ready;
});

test("matchesFilter compares attributes of one type and takes a missing one for unequal", () => {
  const attributes = { n: 3, s: "b", t: true };
  const cases = [
    ["eq", "n", 3, true],
    ["eq", "n", "3", false],
    ["ne", "x", 1, true],
    ["gt", "n", 2, true],
    ["gt", "s", 2, false],
    ["gte", "s", "b", true],
    ["lt", "t", false, false],
    ["lte", "n", 3, true],
    ["in", "s", ["a", "b"], true],
    ["in", "x", ["a"], false],
    ["nin", "x", ["a"], true],
    ["nin", "s", ["b"], false],
  ] as const;
  for (const [type, key, value, wanted] of cases) {
    assert.equal(matchesFilter({ type, key, value: value as string }, attributes), wanted, `${type} ${key}`);
  }
  const filters = [
    { type: "eq", key: "n", value: 3 } as const,
    { type: "eq", key: "s", value: "c" } as const,
  ];
  assert.equal(matchesFilter({ type: "and", filters }, attributes), false);
  assert.equal(matchesFilter({ type: "or", filters }, attributes), true);
});
