import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import OpenAI, { toFile } from "openai";
import { type Served, serveFake } from "../fake-server.ts";
import { FakeTextModel } from "../fake-text-model.ts";
import { mortalStore, until } from "../jobs/fake-jobs.ts";
import { startServer } from "../server.ts";
import { openStore } from "../store/open-store.ts";

type Line = Record<string, unknown>;

const chat = (id: string, content: string, more: Line = {}): Line => ({
  custom_id: id,
  method: "POST",
  url: "/v1/chat/completions",
  body: { model: "fake", messages: [{ role: "user", content }], ...more },
});

async function upload(client: OpenAI, lines: readonly (Line | string)[]): Promise<string> {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const file = await client.files.create({
    file: await toFile(Buffer.from(text), "in.jsonl"),
    purpose: "batch",
  });
  return file.id;
}

const endpoint = "/v1/chat/completions" as const;

async function create(
  { client }: Pick<Served, "client">,
  lines: readonly (Line | string)[],
  more: Partial<OpenAI.BatchCreateParams> = {},
): Promise<OpenAI.Batch> {
  const input_file_id = await upload(client, lines);
  return await client.batches.create({ input_file_id, endpoint, completion_window: "24h", ...more });
}

async function ended({ client }: Pick<Served, "client">, id: string): Promise<OpenAI.Batch> {
  let batch!: OpenAI.Batch;
  await until(async () => {
    batch = await client.batches.retrieve(id);
    return ["completed", "failed", "cancelled", "expired"].includes(batch.status);
  });
  return batch;
}

/** What the tests look at in a line of an output file. */
interface Answered {
  custom_id: string;
  response: {
    status_code: number;
    body: { choices: { message: { content: string } }[]; error: { param: string } };
  };
  error: { message: string } | null;
}

async function records(client: OpenAI, fileId: string): Promise<Answered[]> {
  const text = await (await client.files.content(fileId)).text();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("a batch answers its lines, and writes results and errors to files", async (t) => {
  const served = await serveFake(t);
  const { client, model, errors } = served;
  const lines = [chat("one", "first"), chat("bad", "x", { temperature: 9 }), "", chat("two", "second")];
  const made = await create(served, lines, { metadata: { a: "b" } });
  assert.equal(made.object, "batch");
  assert.equal(made.expires_at! - made.created_at, 24 * 3600);
  const batch = await ended(served, made.id);
  assert.equal(batch.status, "completed");
  assert.deepEqual(batch.request_counts, { total: 3, completed: 2, failed: 1 });
  assert.deepEqual(batch.metadata, { a: "b" });
  assert.equal(batch.model, "fake");
  const usage = batch.usage!;
  assert.ok(usage.input_tokens > 0 && usage.output_tokens === 4);
  assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
  const output = await records(client, batch.output_file_id!);
  assert.deepEqual(
    output.map(({ custom_id, response }) => [
      custom_id,
      response.status_code,
      response.body.choices[0]!.message.content,
    ]),
    [
      ["one", 200, "Echo: first"],
      ["two", 200, "Echo: second"],
    ],
  );
  const [failed] = await records(client, batch.error_file_id!);
  assert.equal(failed!.response.status_code, 400);
  assert.equal(failed!.response.body.error.param, "temperature");
  assert.match(failed!.error!.message, /temperature/);
  assert.equal(output[0]!.error, null);
  assert.ok(model.calls.every(({ options }) => options.priority === "low"));
  assert.equal((await client.files.retrieve(batch.output_file_id!)).purpose, "batch_output");
  await assert.rejects(client.batches.cancel(batch.id), { status: 409 });
  assert.deepEqual(errors, []);
});

test("a batch takes completions, embeddings and responses too", async (t) => {
  const served = await serveFake(t);
  const cases = [
    ["/v1/completions", { prompt: "a text" }],
    ["/v1/embeddings", { input: "a text" }],
    ["/v1/responses", { input: "a text" }],
  ] as const;
  for (const [url, fields] of cases) {
    const line = { custom_id: "a", method: "POST", url, body: { model: "fake", ...fields } };
    const made = await create(served, [line], { endpoint: url });
    const batch = await ended(served, made.id);
    assert.deepEqual(batch.request_counts, { total: 1, completed: 1, failed: 0 }, url);
    const [record] = await records(served.client, batch.output_file_id!);
    assert.equal(record!.response.status_code, 200);
    assert.equal(batch.error_file_id, null);
  }
  assert.deepEqual(served.errors, []);
});

test("a batch file with errors is refused line by line, before anything runs", async (t: TestContext) => {
  const served = await serveFake(t);
  const { custom_id: _, ...anonymous } = chat("x", "x");
  const { body: __, ...bodyless } = chat("bodyless", "x");
  const made = await create(served, [
    chat("good", "x"),
    "{invalid json",
    "[]",
    anonymous,
    bodyless,
    chat("good", "again"),
    { ...chat("url", "x"), url: "/v1/embeddings" },
    { ...chat("method", "x"), method: "GET" },
    chat("model", "x", { model: "none" }),
    chat("stream", "x", { stream: true }),
    { ...chat("messages", "x"), body: { model: "fake" } },
    { ...chat("extra", "x"), priority: 1 },
  ]);
  const batch = await ended(served, made.id);
  assert.equal(batch.status, "failed");
  assert.ok(batch.failed_at! >= batch.created_at);
  assert.deepEqual(
    batch.errors!.data!.map(({ line, code, param }) => [line, code, param]),
    [
      [2, "invalid_json_line", null],
      [3, "invalid_request", null],
      [4, "missing_required_parameter", "custom_id"],
      [5, "missing_required_parameter", "body"],
      [6, "duplicate_custom_id", "custom_id"],
      [7, "invalid_url", "url"],
      [8, "invalid_method", "method"],
      [9, "model_not_found", "body.model"],
      [10, "streaming_unsupported", "body.stream"],
      [11, "invalid_request", "body.messages"],
      [12, "unsupported_parameter", "priority"],
    ],
  );
  assert.equal(served.model.calls.length, 0);
  const empty = await ended(served, (await create(served, [""])).id);
  assert.equal(empty.errors!.data![0]!.code, "empty_file");
});

test("batches refuse what they cannot do, and say so of a file that is not there", async (t) => {
  const served = await serveFake(t);
  const { client } = served;
  const input_file_id = await upload(client, [chat("a", "x")]);
  const given = { input_file_id, endpoint, completion_window: "24h" } as const;
  await assert.rejects(client.batches.create({ ...given, endpoint: "/v1/nothing" as never }), {
    status: 400,
    param: "endpoint",
  });
  await assert.rejects(client.batches.create({ ...given, completion_window: "1h" as never }), {
    status: 400,
    param: "completion_window",
  });
  await assert.rejects(client.batches.create({ ...given, metadata: { tags: ["a"] as never } }), {
    status: 400,
    param: "metadata.tags",
  });
  await assert.rejects(client.batches.retrieve("batch_none"), { status: 404 });
  await assert.rejects(client.batches.cancel("batch_none"), { status: 404 });
  const { id } = await client.batches.create({ ...given, input_file_id: "file-none" });
  const batch = await ended(served, id);
  assert.equal(batch.status, "failed");
  assert.equal(batch.errors!.data![0]!.param, "input_file_id");
});

test("an idempotency key gives the same batch again, and refuses another request", async (t) => {
  const served = await serveFake(t);
  const { client } = served;
  const input_file_id = await upload(client, [chat("a", "x")]);
  const given = { input_file_id, endpoint, completion_window: "24h", idempotency_key: "k" } as const;
  const first = await client.batches.create(given as OpenAI.BatchCreateParams);
  const second = await client.batches.create(given as OpenAI.BatchCreateParams);
  assert.equal(second.id, first.id);
  const other = { ...given, metadata: { a: "b" } } as OpenAI.BatchCreateParams;
  await assert.rejects(client.batches.create(other), { status: 409 });
  const page = await client.batches.list({ limit: 1 });
  assert.deepEqual(
    page.data.map(({ id }) => id),
    [first.id],
  );
});

test("a cancelled batch keeps what is answered; cancelling again changes nothing", async (t) => {
  const served = await serveFake(t, { delayMs: 20 });
  const { client } = served;
  const made = await create(
    served,
    Array.from({ length: 40 }, (_, index) => chat(`line ${index}`, "a b c")),
  );
  await until(async () => (await client.batches.retrieve(made.id)).request_counts!.completed >= 4);
  const cancelling = await client.batches.cancel(made.id);
  assert.equal(cancelling.status, "cancelling");
  assert.ok((await client.batches.cancel(made.id)).cancelling_at === cancelling.cancelling_at);
  const batch = await ended(served, made.id);
  assert.equal(batch.status, "cancelled");
  const { completed, total, failed } = batch.request_counts!;
  assert.ok(completed >= 4 && completed < 40 && total === 40 && failed === 0);
  assert.equal((await records(client, batch.output_file_id!)).length, completed);
  assert.equal((await client.batches.cancel(made.id)).status, "cancelled");
  assert.deepEqual(served.errors, []);
});

test("a batch goes on after its server was killed, and answers no finished line twice", async (t) => {
  await using store = await openStore(":memory:");
  const killed = mortalStore(store);
  const open = async (model: FakeTextModel, own = store) => {
    const server = await startServer({
      models: [{ name: "fake", model }],
      host: "127.0.0.1",
      port: 0,
      store: own,
      checksAnswers: true,
    });
    return { server, client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 }) };
  };
  const slow = new FakeTextModel({ reply: ([message]) => `Echo: ${message!.content}`, delayMs: 10 });
  const first = await open(slow, killed.store);
  const lines = Array.from({ length: 20 }, (_, index) => chat(`line ${index}`, `text ${index}`));
  const made = await create(first, lines);
  await until(async () => (await first.client.batches.retrieve(made.id)).request_counts!.completed >= 6);
  killed.kill();
  void first.server.close({ graceMs: 0 });
  const model = new FakeTextModel();
  const second = await open(model);
  t.after(() => second.server.close({ graceMs: 0 }));
  const before = (await second.client.batches.retrieve(made.id)).request_counts!.completed;
  assert.ok(before >= 6 && before < 20);
  const batch = await ended(second, made.id);
  assert.equal(batch.status, "completed");
  assert.deepEqual(batch.request_counts, { total: 20, completed: 20, failed: 0 });
  const output = await records(second.client, batch.output_file_id!);
  assert.deepEqual(
    output.map(({ custom_id, response }) => [custom_id, response.body.choices[0]!.message.content]),
    lines.map(({ custom_id }, index) => [custom_id, `Echo: text ${index}`]),
  );
  assert.ok(model.calls.length <= 20 - 6);
  for (let line = 1; line <= 20; line++) assert.equal(await store.getBytes(`${made.id}/${line}`), null);
});
