import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import OpenAI, { toFile } from "openai";
import { serveFake } from "../fake-server.ts";
import { FakeTextModel } from "../fake-text-model.ts";
import { Admission } from "./admission.ts";
import { toOrigin } from "./cors.ts";
import { toRequestId } from "./prepare-answer.ts";
import { TokenBucket } from "./token-bucket.ts";

const chat = { model: "fake", messages: [{ role: "user", content: "hi" }] };
const bearer = (key: string): Record<string, string> => ({ Authorization: `Bearer ${key}` });

async function errorOf(response: Response): Promise<[status: number, code: string]> {
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
}

test("TokenBucket refills up to its amount and lets owe", () => {
  const bucket = new TokenBucket(60, 60_000, 0);
  bucket.spend(60, 0);
  assert.equal(bucket.waitMs(1, 0), 1000);
  assert.equal(bucket.waitMs(1, 1000), 0);
  bucket.spend(31, 1000);
  assert.equal(bucket.waitMs(1, 1000), 31_000);
  assert.equal(bucket.waitMs(60, 1_000_000), 0);
  assert.equal(bucket.waitMs(61, 1_000_000), 1000);
});

test("Admission counts for each key and in all", () => {
  let now = 0;
  const limits = { concurrent: 3, concurrentPerKey: 2, requestsPerMinute: 3, tokensPerDay: null };
  const keys = [{ name: "b", key: "b", requestsPerMinute: 100, tokensPerDay: 10 }];
  const admission = new Admission(
    limits,
    (name) => keys.find((key) => key.name === name),
    () => now,
  );
  const ends: (() => void)[] = [];
  const outgoing = { destroyed: false, once: (_: string, end: () => void) => ends.push(end) } as never;
  const refused = (owner: string, code: string, retryAfter: string): void =>
    assert.throws(
      () => admission.admit(owner, "POST", outgoing),
      (error: { status: number; body: { error: { code: string } }; headers: Record<string, string> }) =>
        error.status === 429 && error.body.error.code === code && error.headers["Retry-After"] === retryAfter,
      code,
    );
  admission.admit("a", "POST", outgoing);
  admission.admit("a", "POST", outgoing);
  refused("a", "too_many_concurrent_requests", "1");
  admission.admit("b", "POST", outgoing);
  refused("b", "server_busy", "1");
  for (const end of ends.splice(0)) end();
  admission.admit("a", "POST", outgoing);
  refused("a", "rate_limit_exceeded", "20");
  now = 20_000;
  admission.admit("a", "POST", outgoing);
  for (const end of ends.splice(0)) end();
  admission.charge("b", 10);
  refused("b", "token_limit_exceeded", "8640");
  admission.admit("b", "GET", outgoing);
});

test("startServer refuses what goes beyond the limits of keys", async (t) => {
  const keys = [
    { name: "slow", key: "slow", requestsPerMinute: 2 },
    { name: "short", key: "short", tokensPerDay: 4 },
    { name: "free", key: "free" },
  ];
  const { post } = await serveFake(t, {}, { keys, limits: { bodyBytes: 200 } });
  for (let index = 0; index < 2; index++) assert.equal((await post(chat, bearer("slow"))).status, 200);
  const early = await post(chat, bearer("slow"));
  assert.match(early.headers.get("retry-after") ?? "", /^\d+$/);
  assert.deepEqual(await errorOf(early), [429, "rate_limit_exceeded"]);
  await (await post({ ...chat, stream: true }, bearer("short"))).text();
  assert.deepEqual(await errorOf(await post(chat, bearer("short"))), [429, "token_limit_exceeded"]);
  const large = { ...chat, user: "a".repeat(200) };
  assert.deepEqual(await errorOf(await post(large, bearer("free"))), [413, "body_too_large"]);
  assert.equal((await post(chat, bearer("free"))).status, 200);
});

test("startServer lets a key that leaves early have its place back", async (t) => {
  const { post } = await serveFake(
    t,
    { delayMs: 20, reply: () => "word ".repeat(5000) },
    { limits: { concurrentPerKey: 1 } },
  );
  const first = await post({ ...chat, stream: true });
  assert.deepEqual(await errorOf(await post(chat)), [429, "too_many_concurrent_requests"]);
  await first.body!.cancel();
  for (;;) {
    const again = await post({ ...chat, max_tokens: 1 });
    if (again.status === 200) break;
    assert.equal(again.status, 429);
    await again.text();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test("keys do what their scopes and models allow", async (t) => {
  const keys = [
    { name: "reader", key: "reader", scopes: ["read"] as const },
    { name: "writer", key: "writer", scopes: ["write"] as const, models: ["other"] },
    { name: "admin", key: "admin", scopes: ["admin"] as const, models: ["fake"] },
  ];
  const { server, post } = await serveFake(t, {}, { keys });
  const get = (path: string, key: string): Promise<Response> =>
    fetch(server.url + path, { headers: bearer(key) });
  const scoring = (key: string, model: string): Promise<Response> =>
    fetch(`${server.url}/v1/embeddings`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...bearer(key) },
      body: JSON.stringify({ model, input: "a" }),
    });
  const cases: [name: string, answer: Promise<Response>, status: number, code?: string][] = [
    ["reader reads", get("/v1/models", "reader"), 200],
    ["reader does not write", post(chat, bearer("reader")), 403, "missing_scope"],
    ["writer does not read", get("/v1/models", "writer"), 403, "missing_scope"],
    ["writer has another model", post(chat, bearer("writer")), 403, "model_not_allowed"],
    ["embeddings too", scoring("writer", "llamero/fake"), 403, "model_not_allowed"],
    ["reader is no admin", get("/v1alpha/admin/health", "reader"), 403, "missing_scope"],
    ["admin is", get("/v1alpha/admin/health", "admin"), 200],
    ["admin writes", post({ ...chat, model: "llamero/fake" }, bearer("admin")), 200],
    ["old prefix", get("/v1/openai/v1/models", "writer"), 403, "missing_scope"],
    ["no key", get("/v1/models", "none"), 401, "invalid_api_key"],
  ];
  for (const [name, answer, status, code] of cases) {
    const response = await answer;
    assert.equal(response.status, status, name);
    if (code !== undefined) assert.deepEqual(await errorOf(response), [status, code], name);
  }
  const twice = [keys[0]!, { name: "reader", key: "x" }];
  await assert.rejects(serveFake(t, {}, { keys: twice }), /Two API keys are called reader/);
});

test("lines of batches keep to the models of their key and use its tokens", async (t) => {
  const models = ["fake", "other"].map((name) => ({ name, model: new FakeTextModel() }));
  const keys = [{ name: "a", key: "a", models: ["fake"], tokensPerDay: 4 }];
  const { server, post } = await serveFake(t, {}, { models, keys });
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "a", maxRetries: 0 });
  const lines = models.map(({ name }) =>
    JSON.stringify({
      custom_id: name,
      method: "POST",
      url: "/v1/chat/completions",
      body: { ...chat, model: name },
    }),
  );
  const file = await toFile(Buffer.from(lines.join("\n")), "in.jsonl");
  const { id } = await client.files.create({ file, purpose: "batch" });
  const batch = await client.batches.create({
    input_file_id: id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  let ended = batch;
  while (ended.status !== "completed" && ended.status !== "failed") {
    await new Promise((resolve) => setTimeout(resolve, 50));
    ended = await client.batches.retrieve(batch.id);
  }
  assert.equal(ended.request_counts?.completed, 1, JSON.stringify(ended));
  assert.match(await (await client.files.content(ended.error_file_id!)).text(), /"model_not_allowed"/);
  assert.deepEqual(await errorOf(await post(chat, bearer("a"))), [429, "token_limit_exceeded"]);
});

/** All that a server says on a connection of its own until it closes it. */
function talk(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(text));
    let heard = "";
    socket.on("data", (data) => {
      heard += String(data);
    });
    socket.on("error", reject).on("close", () => resolve(heard));
  });
}

test("guardServer answers what never becomes a request, in the form of all errors", async (t) => {
  const { server } = await serveFake(t, {}, { limits: { headerBytes: 2048 } });
  const { server: hasty } = await serveFake(
    t,
    {},
    { limits: { headersTimeoutMs: 100, requestTimeoutMs: 200 } },
  );
  const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n";
  const cases: [text: string, status: number, code: string][] = [
    ["HELLO\r\n\r\n", 400, "bad_request"],
    [`${head}X-Large: ${"a".repeat(4000)}\r\n\r\n`, 431, "headers_too_large"],
    [head, 408, "request_timeout"],
    [`${head}Content-Length: 10\r\n\r\n{`, 408, "request_timeout"],
  ];
  for (const [text, status, code] of cases) {
    const heard = await talk((status === 408 ? hasty : server).url, text);
    assert.match(heard, new RegExp(`^HTTP/1.1 ${status} `), code);
    assert.match(heard, new RegExp(`"code":"${code}"`));
    assert.match(heard, /X-Content-Type-Options: nosniff/);
  }
});

test("guardServer cuts off a client that takes nothing of an answer", async (t) => {
  const { server, model } = await serveFake(
    t,
    { reply: () => `${"x".repeat(20_000)} `.repeat(1000), contextLimit: 100_000 },
    { checksAnswers: false, limits: { stallTimeoutMs: 100 } },
  );
  const body = JSON.stringify({ ...chat, stream: true });
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.pause();
  socket.on("error", () => {});
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  while (model.numAborted === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(model.numRunning, 0);
  socket.destroy();
});

function makeCertificate(t: TestContext): { cert: string; key: string } | null {
  const folder = mkdtempSync(join(tmpdir(), "llamero-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const options =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost";
  try {
    execFileSync("openssl", [...options.split(" "), "-keyout", key, "-out", cert], { stdio: "ignore" });
  } catch {
    return null;
  }
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

test("startServer speaks HTTPS with a certificate and refuses what is none", async (t) => {
  await assert.rejects(serveFake(t, {}, { tls: { cert: "no", key: "no" } }), /cannot be used .*as PEM/);
  const tls = makeCertificate(t);
  if (tls === null) return t.skip("needs the openssl command");
  const { server } = await serveFake(t, {}, { tls });
  assert.match(server.url, /^https:/);
  const status = await new Promise((resolve, reject) => {
    get(`${server.url}/health`, { ca: tls.cert, checkServerIdentity: () => undefined }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
  assert.equal(status, 200);
});

const page = "https://page.example";

test("every answer bears security headers and a request id", async (t) => {
  const { server, post } = await serveFake(t);
  const answers: [name: string, answer: Promise<Response>, status: number][] = [
    ["health", fetch(`${server.url}/health`), 200],
    ["unknown", fetch(`${server.url}/nothing`), 404],
    ["whole", post(chat), 200],
    ["stream", post({ ...chat, stream: true }), 200],
    ["refused", post({}), 400],
  ];
  for (const [name, answer, status] of answers) {
    const { headers, status: actual } = await answer;
    assert.equal(actual, status, name);
    assert.equal(headers.get("x-content-type-options"), "nosniff", name);
    assert.equal(headers.get("x-frame-options"), "DENY", name);
    assert.equal(headers.get("referrer-policy"), "no-referrer", name);
    assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/, name);
    assert.match(headers.get("x-request-id") ?? "", /^req_/, name);
  }
});

test("errors name the request id, whole and in a stream", async (t) => {
  const { post } = await serveFake(t, {
    reply: () => {
      throw new Error("broken");
    },
  });
  const id = { "X-Request-Id": "abc-1" };
  const whole = await post({}, id);
  assert.equal(whole.headers.get("x-request-id"), "abc-1");
  assert.equal(((await whole.json()) as { error: { request_id: string } }).error.request_id, "abc-1");
  const failed = await post({ ...chat, stream: true }, id);
  assert.match(await failed.text(), /"request_id":"abc-1"/);
});

test("toRequestId takes an id only if it is sane", () => {
  for (const id of ["a", "0af7651916cd43dd8448eb211c80319c", "a.b:c-d_e"]) assert.equal(toRequestId(id), id);
  for (const id of [undefined, "", "a b", "a\nb", "é", '"', "a".repeat(129), ["a"]])
    assert.match(toRequestId(id), /^req_[\da-f-]{36}$/);
});

test("toOrigin takes nothing but an origin", () => {
  for (const text of ["https://a.example", "http://localhost:3000"]) assert.equal(toOrigin(text), text);
  for (const text of ["*", "null", "a.example", "https://a.example/", "https://a.example/x", "file:///a"])
    assert.equal(toOrigin(text), null, text);
});

test("only pages of configured origins may use the server", async (t) => {
  const { server, post } = await serveFake(t, {}, { origins: [page], apiKey: "secret" });
  for (const stream of [true, false]) {
    const answer = await post({ ...chat, stream }, { Origin: page });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), page);
    assert.equal(answer.headers.get("vary"), "Origin");
    await answer.text();
  }
  const preflight = (origin: string): Promise<Response> =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: "OPTIONS",
      headers: {
        Origin: origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
      },
    });
  const allowed = await preflight(page);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-headers"), "authorization,content-type");
  for (const origin of ["https://evil.example", `${page}.evil.example`, "null"]) {
    const refused = await preflight(origin);
    assert.equal(refused.status, 403);
    assert.equal(refused.headers.get("access-control-allow-origin"), null);
  }
  await assert.rejects(serveFake(t, {}, { origins: ["*"] }), /is no origin/);
});
