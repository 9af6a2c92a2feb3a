import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serveFake } from "../fake-server.ts";
import { type RequestRecord, requestLine } from "./observe-requests.ts";
import { Counter, Histogram, metricText } from "./prometheus.ts";

const chat = { model: "fake", messages: [{ role: "user", content: "some private words" }] };

test("Counter and Histogram write Prometheus text", () => {
  const counter = new Counter();
  counter.add({ path: 'a"\\\n' });
  counter.add({ path: 'a"\\\n' }, 2);
  assert.equal(
    metricText("n_total", "counter", "Help", counter.lines("n_total")),
    '# HELP n_total Help\n# TYPE n_total counter\nn_total{path="a\\"\\\\\\n"} 3\n',
  );
  const histogram = new Histogram([0.1, 1]);
  for (const value of [0.1, 0.5, 2]) histogram.record(value);
  assert.deepEqual(histogram.lines("h", { m: "x" }), [
    'h_bucket{m="x",le="0.1"} 1',
    'h_bucket{m="x",le="1"} 2',
    'h_bucket{m="x",le="+Inf"} 3',
    'h_sum{m="x"} 2.6',
    'h_count{m="x"} 3',
  ]);
});

test("GET /metrics counts requests, tokens, times and open streams", async (t) => {
  const { server, post } = await serveFake(
    t,
    { delayMs: 20, reply: (messages) => (messages.length > 1 ? "word ".repeat(500) : "one two three") },
    { hourly: 2 },
  );
  const metrics = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
  await (await post({ ...chat, stream: true })).text();
  await (await post({})).text();
  const long = await post({ ...chat, messages: [...chat.messages, ...chat.messages], stream: true });
  const text = await metrics();
  for (const line of [
    'llamero_requests_total{method="POST",route="/v1/chat/completions",status="200"} 1',
    'llamero_requests_total{method="POST",route="/v1/chat/completions",status="400"} 1',
    'llamero_prompt_tokens_total{model="fake"} 4',
    'llamero_cached_tokens_total{model="fake"} 1',
    'llamero_completion_tokens_total{model="fake"} 3',
    "llamero_open_streams 1",
    "llamero_open_requests 2",
    "llamero_cost_per_hour 2",
  ])
    assert.ok(text.includes(`${line}\n`), `${line} is not in\n${text}`);
  for (const pattern of [
    // The long answer is under way, and may be at its first word or later.
    /^llamero_inter_token_seconds_count\{model="fake"\} ([2-9]|\d{2,})$/m,
    /^llamero_time_to_first_token_seconds_bucket\{model="fake",le="\+Inf"\} [12]$/m,
    /^process_resident_memory_bytes \d{7,}$/m,
    /^llamero_event_loop_lag_seconds\{quantile="0.99"\} [\d.e-]+$/m,
    /^llamero_cost_per_million_tokens [\d.]+$/m,
  ])
    assert.match(text, pattern);
  for (const line of text.trimEnd().split("\n"))
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+|\w+(\{.*\})? NaN)$/);
  await long.body!.cancel();
});

test("GET /metrics takes the scope admin where there are keys", async (t) => {
  const keys = [
    { name: "user", key: "user", scopes: ["read", "write"] as const },
    { name: "admin", key: "admin", scopes: ["admin"] as const },
  ];
  const { server } = await serveFake(t, {}, { keys });
  for (const [key, status] of [
    ["none", 401],
    ["user", 403],
    ["admin", 200],
  ] as const) {
    const answer = await fetch(`${server.url}/metrics`, { headers: { Authorization: `Bearer ${key}` } });
    assert.equal(answer.status, status, key);
    await answer.text();
  }
});

test("onRequest is told of each request, and of nothing that is in it", async (t) => {
  const records: RequestRecord[] = [];
  let tell = (): void => {};
  const { server, post } = await serveFake(
    t,
    { delayMs: 5, reply: () => "word ".repeat(500) },
    {
      apiKey: "secret-key",
      onRequest: (record) => {
        records.push(record);
        tell();
      },
    },
  );
  const next = (): Promise<void> => new Promise((resolve) => (tell = resolve));
  const ask = async (answer: Promise<Response>): Promise<void> => {
    const told = next();
    const { body } = await answer;
    await body?.cancel();
    await told;
  };
  await ask(post({ ...chat, max_tokens: 1 }, { "X-Request-Id": "one" }));
  await ask(post({ ...chat, stream: true }));
  await ask(fetch(`${server.url}/v1/files/file-private`, { headers: { Authorization: "Bearer wrong-key" } }));
  await ask(fetch(`${server.url}/private-address`));
  assert.deepEqual(
    records.map(({ method, route, status, complete, owner }) => [method, route, status, complete, owner]),
    [
      ["POST", "/v1/chat/completions", 200, true, "local"],
      ["POST", "/v1/chat/completions", 200, false, "local"],
      ["GET", "/v1/files/{file_id}", 401, true, null],
      ["GET", "(other)", 404, true, null],
    ],
  );
  assert.equal(records[0]!.requestId, "one");
  const log = records.map((record) => requestLine(record)).join("");
  assert.doesNotMatch(log, /private|secret|wrong|words/);
  assert.equal(JSON.parse(log.split("\n")[0]!).request_id, "one");
});

test("pages keep their own content security policy", async (t) => {
  const webRoot = mkdtempSync(join(tmpdir(), "llamero-page-"));
  t.after(() => rmSync(webRoot, { recursive: true }));
  writeFileSync(join(webRoot, "index.html"), "<p>page</p>");
  const { server } = await serveFake(t, {}, { webRoot });
  const { headers } = await fetch(`${server.url}/`);
  assert.match(headers.get("content-security-policy") ?? "", /^default-src 'self'; .*frame-ancestors 'none'/);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
});
