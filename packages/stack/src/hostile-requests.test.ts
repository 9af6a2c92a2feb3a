import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { errorBodySchema } from "./api/errors.ts";
import { serveFake } from "./fake-server.ts";

interface Attack {
  method?: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Which statuses are a refusal here; default any from 400 to 499. */
  status?: number;
}

const chat = "/v1/chat/completions";
const ok = { model: "fake", messages: [{ role: "user", content: "hi" }] };
const deep = (depth: number, open = "[", close = "]"): string => open.repeat(depth) + close.repeat(depth);
const post = (path: string, body: unknown, headers?: Record<string, string>): Attack => ({
  method: "POST",
  path,
  body,
  ...(headers && { headers }),
});
const bomb = Buffer.alloc(4 * 2 ** 20, "[");
const multipart = (...parts: string[]): Buffer =>
  Buffer.from([...parts.map((part) => `--x\r\n${part}\r\n`), "--x--\r\n"].join(""), "latin1");
const form = (body: Buffer | string, type = "multipart/form-data; boundary=x"): Attack =>
  post("/v1/files", body, { "Content-Type": type });
const filePart = (name: string): string =>
  `Content-Disposition: form-data; name="file"; filename="${name}"\r\n\r\na`;
const field = (name: string, value: string): string =>
  `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
const score = (scoring_functions: unknown, input_rows: unknown = [{}]): Attack =>
  post("/v1/scoring/score", { input_rows, scoring_functions });
const dataset = (fields: Record<string, unknown>): Attack =>
  post("/v1beta/datasets", {
    purpose: "eval/question-answer",
    source: { type: "rows", rows: [] },
    ...fields,
  });
const get = (path: string, headers?: Record<string, string>): Attack => ({
  path,
  ...(headers && { headers }),
});

/** Bodies that are no JSON, or no JSON object of a request, for every route that takes one. */
const notRequests: readonly unknown[] = [
  "",
  "{",
  "null",
  "[]",
  "7",
  '"a"',
  "\u0000",
  deep(2000),
  `{"a":${deep(200)}}`,
];
const bodyPaths: readonly string[] = [
  "/v1/completions",
  "/v1/embeddings",
  "/v1/rerank",
  "/v1alpha/inference/rerank",
  "/v1/prompts",
  "/v1/conversations",
  "/v1/shields",
  "/v1/scoring/score",
  "/v1/scoring-functions",
  "/v1alpha/eval/benchmarks",
  "/v1beta/datasets",
  "/v1/responses",
  "/v1/vector_stores",
  "/v1/vector-io/insert",
  "/v1/vector-io/query",
];

const attacks: readonly Attack[] = [
  ...bodyPaths.flatMap((path) => notRequests.map((body) => post(path, body))),
  // Types and sizes.
  post(chat, { ...ok, temperature: "0" }),
  post(chat, { ...ok, metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, "v"])) }),
  post(chat, { ...ok, metadata: { k: "v".repeat(513) } }),
  post(chat, { ...ok, metadata: { k: 1 } }),
  post(chat, { ...ok, store: "yes" }),
  post(chat, { ...ok, ["x".repeat(100_000)]: 1 }),
  post(chat, `{"model":"fake","messages":[{"role":"user","content":"a"}],"n":${"9".repeat(400)}}`),
  post(chat, `{"model":"fake","messages":[{"role":"user","content":"a"}],"seed":-0.5}`),
  post("/v1/completions", { model: "fake", prompt: [] }),
  post("/v1/completions", { model: "fake", prompt: [[-1]] }),
  post("/v1/completions", { model: "fake", prompt: [1.5] }),
  post("/v1/completions", { model: "fake", prompt: "a", logprobs: 6 }),
  post("/v1/completions", { model: "fake", prompt: "a", max_tokens: 0 }),
  post("/v1/completions", { model: "fake", prompt: "a", best_of: 5 }),
  post("/v1/completions", { model: "fake", prompt: Array.from({ length: 17 }, () => "a") }),
  post("/v1/completions", { model: "fake", prompt: "a", stream_options: {} }),
  post("/v1/embeddings", { model: "fake", input: Array.from({ length: 2049 }, () => "a") }),
  post("/v1/vector_stores", { metadata: { k: 1 } }),
  post("/v1/vector_stores", { file_ids: ["../../etc/passwd"] }),
  post("/v1/vector_stores", { expires_after: { anchor: "created_at", days: 1 } }),
  post("/v1/vector_stores", { chunking_strategy: { type: "static", static: { max_chunk_size_tokens: 1 } } }),
  post("/v1/vector_stores/vs_none/search", { query: "a" }),
  post("/v1/vector_stores/vs_none/search", { query: [] }),
  post("/v1/vector_stores/vs_none%2Ffile-a/files", { file_id: "a" }),
  get("/v1/vector_stores?after=vs_none"),
  get("/v1/vector_stores/%00/files/%00/content"),
  post("/v1/prompts", { prompt: "" }),
  post("/v1/prompts", { prompt: "{{ a }}" }),
  post("/v1/prompts", { prompt: "a", variables: ["a b"] }),
  post("/v1/prompts", { prompt: "a", variables: ["a", "a"] }),
  post("/v1/prompts", { prompt: "{{".repeat(600_000) }),
  post("/v1/conversations", { items: Array.from({ length: 21 }, () => ({ role: "user", content: "a" })) }),
  post("/v1/conversations", { items: [{ type: "__proto__" }] }),
  post("/v1/conversations", { items: [{ type: "message", role: "root", content: "a" }] }),
  post("/v1/conversations", {
    items: [{ type: "message", role: "user", content: [{ type: "input_audio" }] }],
  }),
  post("/v1/conversations", { metadata: [] }),
  post("/v1/shields", { shield_id: "../../etc/passwd" }),
  post("/v1/shields", { shield_id: "a", provider_id: "other" }),
  post("/v1/shields", { shield_id: "é" }),
  post("/v1/shields", { shield_id: "a".repeat(129) }),
  post("/v1alpha/eval/benchmarks", { benchmark_id: "a", dataset_id: "b", scoring_functions: "all" }),
  post("/v1beta/datasetio/append-rows/none", { rows: [{}] }),
  dataset({ purpose: "war" }),
  dataset({ source: { type: "rows", rows: [1] } }),
  dataset({ source: { type: "uri", uri: "file:///etc/passwd" } }),
  dataset({ source: { type: "uri", uri: "http://169.254.169.254/latest" } }),
  dataset({ source: { type: "uri", uri: "../../../../etc/passwd" } }),
  dataset({ source: { type: "uri", uri: "a".repeat(1001) } }),
  dataset({ dataset_id: "a b" }),
  score({ none: null }),
  score({ "basic::equality": { type: "basic", aggregation_functions: ["max"] } }),
  score({ "basic::equality": { type: "regex_parser", parsing_regexes: ["["] } }, [
    { expected_answer: "a", generated_answer: "a" },
  ]),
  score({ "basic::equality": { type: "llm_as_judge", judge_model: "none", prompt_template: "a" } }),
  score({ "basic::equality": { type: "llm_as_judge", judge_model: "fake" } }),
  score({ "basic::equality": null }, [{ expected_answer: {}, generated_answer: [] }]),
  score({ __proto__: null, "basic::equality": 7 }),
  { ...post("/v1/scoring/score", '{"input_rows":[{}],"scoring_functions":{"__proto__":null}}') },
  // Unicode.
  post(chat, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
  post(chat, Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])),
  post(chat, Buffer.from([0xef, 0xbb, 0xbf, 0xc0, 0xaf])),
  post(chat, { ...ok, model: "fa\u0000ke" }),
  post(chat, { ...ok, model: "\u202Efake" }),
  post(chat, { ...ok, "\uD800": 1 }),
  get("/v1/files/%ED%A0%80"),
  get("/v1/files/%FF%FE"),
  get("/v1/files/%00"),
  // Paths and queries.
  get("/v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
  get("/v1/models/..%2f..%2fetc%2fpasswd"),
  get("/v1/models/%E0%A4%A"),
  get(`/v1/models/${"a".repeat(8000)}`),
  get("/v1/files/..%2f..%2fetc%2fpasswd/content"),
  get("/v1/files/none/content"),
  get("/v1/files?limit=0"),
  get("/v1/files?limit=10001"),
  get("/v1/files?limit=1e3"),
  get("/v1/files?limit=NaN"),
  get("/v1/files?limit=1&limit=2"),
  get("/v1/files?order=sideways"),
  get("/v1/files?after="),
  get("/v1/files?after=file-none"),
  get("/v1/files?purpose=evil"),
  get("/v1/files?__proto__=1"),
  get("/v1/files?constructor[prototype]=1"),
  get("/v1/files?limit[]=1"),
  get("/v1/models?x=1"),
  get("/v1/chat/completions?limit=-1"),
  get("/v1/chat/completions?model=a&model=b"),
  get("/v1/prompts/a?version=1.5"),
  get("/v1/prompts/a?version=99999999999999999999"),
  get("/v1beta/datasetio/iterrows/none?start_index=-1"),
  get("/v1beta/datasetio/iterrows/none"),
  get("/v1/inspect/routes?api_filter[]=v1&api_filter[]=v2"),
  get("/v1//files"),
  get("/v1/Files"),
  get("/V1/files"),
  get("/v1/openai/v1/openai/v1/models"),
  get("/v1/conversations/a/items/b"),
  { method: "DELETE", path: "/v1/models/fake" },
  { method: "PUT", path: chat },
  { method: "PATCH", path: chat },
  { method: "OPTIONS", path: chat },
  { method: "PROPFIND", path: "/v1/models" },
  // Headers.
  get("/v1/models", { Host: "evil.example" }),
  get("/v1/models", { Host: "127.0.0.1:1@evil.example" }),
  get("/v1/models", { Origin: "https://evil.example" }),
  get("/v1/models", { Origin: "null" }),
  post(chat, ok, { "Content-Encoding": "rot13" }),
  // Compression bombs, and compression at all.
  post(chat, gzipSync(bomb), { "Content-Encoding": "gzip" }),
  post(chat, deflateSync(bomb), { "Content-Encoding": "deflate" }),
  post(chat, brotliCompressSync(bomb.subarray(0, 65_536)), { "Content-Encoding": "br" }),
  post(chat, gzipSync(gzipSync(bomb)), { "Content-Encoding": "gzip, gzip" }),
  post(chat, gzipSync(bomb)),
  post("/v1/files", gzipSync(bomb), {
    "Content-Encoding": "gzip",
    "Content-Type": "multipart/form-data; boundary=x",
  }),
  // Forms.
  post("/v1/files", { file: "a", purpose: "batch" }),
  form("", "multipart/form-data"),
  form("", "multipart/form-data; boundary="),
  form(""),
  form("garbage"),
  form("--x\r\n"),
  form(multipart()),
  form(multipart(field("purpose", "batch"))),
  form(multipart(filePart("a.txt"))),
  form(multipart(field("file", "text"), field("purpose", "batch"))),
  form(multipart(filePart("a.txt"), field("purpose", "evil"))),
  form(multipart(filePart(".."), field("purpose", "batch"))),
  form(multipart(filePart("a/"), field("purpose", "batch"))),
  form(multipart(filePart("a".repeat(300)), field("purpose", "batch"))),
  form(multipart(filePart("a.txt"), filePart("b.txt"), field("purpose", "batch"))),
  form(multipart(filePart("a.txt"), field("purpose", "batch"), field("__proto__", "1"))),
  form(multipart(filePart("a.txt"), field("purpose", "batch"), field("expires_after", "1"))),
  form(multipart(filePart("a.txt"), field("purpose", "batch"), field("expires_after[seconds]", "1"))),
  form(multipart("Content-Disposition: attachment\r\n\r\na")),
  form(multipart("no header at all")),
  form(
    multipart(filePart("a.txt"), field("purpose", "batch")),
    `multipart/form-data; boundary=${"y".repeat(80)}`,
  ),
];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function send(
  url: string,
  { method = "GET", path, body, headers = {} }: Attack,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      // Such paths do not survive a URL.
      { method, path, headers: { "Content-Type": "application/json", ...headers }, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(
      body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    );
  });
}

test(`the server refuses ${attacks.length} hostile requests with an error body`, {
  timeout: 170_000,
}, async (t) => {
  const { server, errors, client } = await serveFake(t);
  const failures: string[] = [];
  for (const attack of attacks) {
    const { status, text } = await send(server.url, attack);
    const what = `${attack.method ?? "GET"} ${attack.path.slice(0, 100)} ${String(
      typeof attack.body === "object" && !Buffer.isBuffer(attack.body)
        ? JSON.stringify(attack.body)
        : attack.body,
    ).slice(0, 200)} ${JSON.stringify(attack.headers ?? {})} -> ${status} ${text.slice(0, 300)}`;
    const parsed = status >= 400 && status < 500 ? errorBodySchema.safeParse(parseJson(text)) : null;
    if (!parsed?.success || parsed.data.error.message.length >= 1000) failures.push(what);
  }
  assert.deepEqual(failures, []);
  assert.deepEqual(errors, []);
  assert.equal((await client.models.list()).data.length, 1);
});

/** Bytes that are no HTTP request. */
const broken: Readonly<Record<string, string>> = {
  "no HTTP at all": "\u0016\u0003\u0001\u0000\r\n\r\n",
  "two lengths": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
  "a length and chunks":
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "a bad length": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
  "a bad chunk": "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  "a header of 64 KB": `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${"a".repeat(65_536)}\r\n\r\n`,
  "a header with a line feed": "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\u0000b\r\n\r\n",
  "no Host": "GET /v1/models HTTP/1.1\r\n\r\n",
};

for (const [name, bytes] of Object.entries(broken)) {
  test(`the server refuses ${name} and goes on`, { timeout: 60_000 }, async (t) => {
    const { server, errors, client } = await serveFake(t);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () =>
        socket.write(bytes, "latin1"),
      );
      let text = "";
      socket.on("data", (part) => {
        text += part.toString("latin1");
        socket.end();
      });
      socket.on("error", () => resolve(text));
      socket.on("close", () => resolve(text));
    });
    assert.match(answer, /^(HTTP\/1\.1 4\d\d |$)/);
    assert.deepEqual(errors, []);
    assert.equal((await client.models.list()).data.length, 1);
  });
}
