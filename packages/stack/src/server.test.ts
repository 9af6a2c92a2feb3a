import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { errorBodySchema } from "./api/errors.ts";
import { healthSchema } from "./api/health.ts";
import { modelListSchema } from "./api/models.ts";
import { serveFake } from "./fake-server.ts";
import { FakeTextModel } from "./fake-text-model.ts";
import { startServer } from "./server.ts";

const body = { model: "fake", messages: [{ role: "user", content: "hi" }] };

/** Status of a GET with headers that fetch would not send. */
function getStatus(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

test("startServer reports its health and its models", async (t) => {
  const { server, client } = await serveFake(t);
  for (const [path, status] of [
    ["/health", "ok"],
    ["/v1/health", "OK"],
  ] as const) {
    const health = healthSchema.parse(await (await fetch(server.url + path)).json());
    assert.equal(health.status, status);
    assert.equal(health.model, "fake");
    assert.equal(health.models[0]!.context_length, 1000);
  }
  modelListSchema.parse(await (await fetch(`${server.url}/v1/models`)).json());
  assert.equal((await client.models.list()).data[0]!.id, "fake");
  assert.equal((await client.models.retrieve("fake")).owned_by, "llamero");
  await assert.rejects(client.models.retrieve("no/such"), /Model 'no\/such' not found/);
});

test("startServer refuses an address of other machines without a key", async () => {
  const models = [{ name: "fake", model: new FakeTextModel() }];
  await assert.rejects(startServer({ models, host: "0.0.0.0", port: 0 }), /give an API key/);
  await assert.rejects(startServer({ models, host: "127.0.0.1", port: 0, apiKey: "" }), /key is empty/);
  await assert.rejects(startServer({ models: [], host: "127.0.0.1", port: 0 }), /no model to serve/);
});

test("startServer demands the key under /v1", async (t) => {
  const { server, client, post } = await serveFake(t, {}, { apiKey: "secret", host: "0.0.0.0" });
  assert.equal((await client.models.list()).data.length, 1);
  for (const authorization of ["Bearer wrong", "Bearer ", "secret", "Bearer secret2"]) {
    const response = await post(body, { Authorization: authorization });
    assert.equal(response.status, 401);
    assert.equal(errorBodySchema.parse(await response.json()).error.code, "invalid_api_key");
  }
  assert.deepEqual(await (await fetch(`${server.url}/health`)).json(), { status: "ok" });
});

test("startServer on loopback refuses foreign host names and origins", async (t) => {
  const { server, post } = await serveFake(t);
  const url = `${server.url}/v1/models`;
  const port = new URL(server.url).port;
  assert.equal(await getStatus(url, { Host: `localhost:${port}` }), 200);
  assert.equal(await getStatus(url, { Host: `[::1]:${port}` }), 200);
  assert.equal(await getStatus(url, { Host: `evil.example:${port}` }), 403);
  assert.equal(await getStatus(url, { Host: "127.0.0.1.evil.example" }), 403);
  assert.equal(await getStatus(url, { Host: "a b" }), 400);
  assert.equal((await post(body, { Origin: "https://evil.example" })).status, 403);
  assert.equal((await post(body, { Origin: "null" })).status, 403);
  const own = await post(body, { Origin: server.url });
  assert.equal(own.status, 200);
  assert.equal(own.headers.get("access-control-allow-origin"), null);
});

test("startServer refuses a body above the limit, announced or not, and one that is not UTF-8", async (t) => {
  const { server, post } = await serveFake(t);
  const large = JSON.stringify({ ...body, padding: "a".repeat(9 * 2 ** 20) });
  for (const headers of [{ "Content-Length": String(large.length) }, { "Transfer-Encoding": "chunked" }]) {
    const status = await new Promise<number | string>((resolve) => {
      const outgoing = request(
        `${server.url}/v1/chat/completions`,
        { method: "POST", headers },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      // The server may close the connection while the rest of the body is still on its way.
      outgoing.on("error", (error) => resolve(error.message));
      outgoing.end(large);
    });
    assert.match(String(status), /413|EPIPE|ECONNRESET/);
  }
  const binary = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    body: new Uint8Array([123, 255, 125]),
  });
  assert.equal(binary.status, 400);
  assert.equal((await post(body)).status, 200);
});

test("startServer drains: health says so, new requests are refused, those under way come to their end", async (t) => {
  const { server, post } = await serveFake(t, { delayMs: 5, reply: () => "word ".repeat(150) });
  const chat = { model: "fake", messages: [{ role: "user", content: "hi" }], stream: true };
  const running = await post(chat);
  const closed = server.close({ graceMs: 600_000 });
  const health = await fetch(`${server.url}/health`);
  assert.deepEqual([health.status, await health.json()], [503, { status: "draining" }]);
  const refused = await post(chat);
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "5"]);
  assert.match(await refused.text(), /server_draining/);
  assert.match(await running.text(), /\[DONE\]/);
  await closed;
  await assert.rejects(fetch(`${server.url}/health`));
});

test("startServer closes when its signal fires, and takes no more requests", async (t) => {
  const controller = new AbortController();
  const { server } = await serveFake(t, {}, { signal: controller.signal });
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
  controller.abort();
  await server.close();
  await assert.rejects(fetch(`${server.url}/health`));
});

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const user = (content: unknown): unknown => ({ model: "fake", messages: [{ role: "user", content }] });
const assistant = (call: unknown): unknown => ({
  model: "fake",
  messages: [{ role: "assistant", tool_calls: [call] }],
});

/** None is a request; each must be refused as one. */
const hostile: readonly unknown[] = [
  "",
  "{",
  "null",
  "[]",
  '"text"',
  "1e999",
  "\u0000",
  "{}",
  "undefined",
  nested(100_000),
  `{"model":"fake","messages":${nested(5000)}}`,
  '{"model":"fake","messages":[{"role":"user","content":"a"}],"__proto__":{"stream":true}}',
  '{"model":"fake","messages":[{"role":"user","content":"a"}],"constructor":{"prototype":1}}',
  `{"model":"fake","messages":[{"role":"user","content":"a"}],"seed":1e999}`,
  { model: "fake" },
  { model: "fake", messages: null },
  { model: "fake", messages: {} },
  { model: "fake", messages: [] },
  { model: "fake", messages: [null] },
  { model: "fake", messages: ["hi"] },
  { model: "fake", messages: [{ role: "king", content: "hi" }] },
  { model: "fake", messages: [{ content: "hi" }] },
  { model: "fake", messages: [{ role: "__proto__", content: "hi" }] },
  { model: "fake", messages: [{ role: "assistant" }] },
  { model: 7, messages: [{ role: "user", content: "hi" }] },
  user(null),
  user(7),
  user([]),
  user([{ type: "text" }]),
  user([{ type: "text", text: 1 }]),
  user({ type: "text", text: "a" }),
  assistant({ id: "a", type: "function", function: { name: "f", arguments: "{" } }),
  assistant({ id: "a", type: "function", function: { name: "f", arguments: "[]" } }),
  assistant({ id: "", type: "function", function: { name: "f", arguments: "{}" } }),
  assistant({ id: "a", type: "custom", custom: {} }),
  { ...body, stop: [""] },
  { ...body, stop: Array.from({ length: 1000 }, () => "a") },
  { ...body, n: 1.5 },
  { ...body, max_tokens: -1 },
  { ...body, max_tokens: 1, max_completion_tokens: 1 },
  { ...body, top_logprobs: 3 },
  { ...body, stream: "yes" },
  { ...body, stream_options: { include_usage: true } },
  { ...body, logit_bias: { a: 1 } },
  { ...body, logit_bias: [1] },
  { ...body, seed: -1 },
  { ...body, tools: [{}] },
  { ...body, tools: [{ type: "function", function: { name: "a b" } }] },
  { ...body, tools: "all" },
];

test(`startServer answers ${hostile.length} hostile bodies with an error body below 500`, async (t) => {
  const { post, errors } = await serveFake(t);
  for (const each of hostile) {
    const response = await post(each);
    const text = await response.text();
    assert.equal(response.status, 400, `${JSON.stringify(each).slice(0, 200)} -> ${text}`);
    assert.ok(errorBodySchema.parse(JSON.parse(text)).error.message.length < 500, text);
  }
  assert.deepEqual(errors, []);
  assert.equal((await post(body)).status, 200);
});

test("startServer answers unknown addresses and methods with an error body", async (t) => {
  const { server } = await serveFake(t);
  for (const [method, path] of [
    ["GET", "/nothing"],
    ["GET", "/v1/embeddings"],
    ["DELETE", "/v1/models/fake"],
    ["POST", "/%E0%A4%A"],
  ] as const) {
    const response = await fetch(server.url + path, { method });
    assert.equal(response.status, 404, path);
    errorBodySchema.parse(await response.json());
  }
});
