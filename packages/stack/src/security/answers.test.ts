import assert from "node:assert/strict";
import { test } from "node:test";
import { serveFake } from "../fake-server.ts";
import { toOrigin } from "./cors.ts";
import { toRequestId } from "./prepare-answer.ts";

const chat = { model: "fake", messages: [{ role: "user", content: "hi" }] };
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
