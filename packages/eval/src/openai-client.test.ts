import assert from "node:assert/strict";
import { test } from "node:test";
import { serveFakeOpenAi } from "./generators/fake-openai-server.ts";
import { OpenAiClient } from "./openai-client.ts";

test("OpenAiClient sends the key and tries again what may pass", async (t) => {
  const { url, requests } = await serveFakeOpenAi(t, (_, __, nth) =>
    nth < 3 ? { status: nth === 1 ? 503 : 429 } : { body: { ok: true } },
  );
  const client = new OpenAiClient({ url: `${url}/`, apiKey: "secret", baseDelayMs: 1 });
  assert.deepEqual(await client.post("/x", { a: 1 }), { ok: true });
  assert.equal(requests.length, 3);
  assert.equal(requests[0]!.headers.authorization, "Bearer secret");
  assert.deepEqual(requests[2]!.body, { a: 1 });
});

test("OpenAiClient waits as long as Retry-After says, and gives up where that is beyond its budget", async (t) => {
  const { url, requests } = await serveFakeOpenAi(t, (_, __, nth) =>
    nth === 1 ? { status: 429, headers: { "retry-after": "0.3" } } : { body: {} },
  );
  const started = performance.now();
  await new OpenAiClient({ url, baseDelayMs: 1 }).get("/x");
  assert.ok(performance.now() - started >= 290);
  const other = await serveFakeOpenAi(t, () => ({ status: 429, headers: { "retry-after": "60" } }));
  const client = new OpenAiClient({ url: other.url, baseDelayMs: 1, budgetMs: 30_000 });
  await assert.rejects(client.get("/x"), /answered 429.*the time for it \(30 s\) is spent/);
  assert.equal(requests.length, 2);
  assert.equal(other.requests.length, 1);
});

test("OpenAiClient does not repeat what will not pass, and says what the server said", async (t) => {
  const { url, requests } = await serveFakeOpenAi(t, () => ({
    status: 401,
    body: { error: { message: "Wrong key" } },
  }));
  await assert.rejects(new OpenAiClient({ url }).get("/models"), {
    name: "OpenAiError",
    status: 401,
    message: `${url}/models answered 401: Wrong key`,
  });
  assert.equal(requests.length, 1);
});

test("OpenAiClient gives up after its tries, on a silent server and on a page instead of JSON", async (t) => {
  const broken = await serveFakeOpenAi(t, () => ({ status: 500, body: "oops" }));
  await assert.rejects(
    new OpenAiClient({ url: broken.url, baseDelayMs: 1, maxTries: 3 }).get("/x"),
    /answered 500: oops; given up: 3 tries/,
  );
  const silent = await serveFakeOpenAi(t, () => ({ isSilent: true }));
  await assert.rejects(
    new OpenAiClient({ url: silent.url, baseDelayMs: 1, timeoutMs: 60, maxTries: 2 }).get("/x"),
    /no answer within .* given up: 2 tries/,
  );
  const page = await serveFakeOpenAi(t, () => ({ body: "<html>" }));
  await assert.rejects(new OpenAiClient({ url: page.url }).get("/x"), /no JSON: <html>; does it end in \/v1/);
});

test("OpenAiClient stops at an abort, also while it waits", async (t) => {
  const { url } = await serveFakeOpenAi(t, () => ({ status: 429, headers: { "retry-after": "30" } }));
  const stop = new AbortController();
  const asked = new OpenAiClient({ url }).get("/x", stop.signal);
  setTimeout(() => stop.abort(), 50);
  await assert.rejects(asked, { name: "AbortError" });
});
