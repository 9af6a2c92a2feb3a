import assert from "node:assert/strict";
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { itemIdPrefixes } from "../api/conversation-items.ts";
import { errorBodySchema } from "../api/errors.ts";
import { serveFake } from "../fake-server.ts";

/** A kept resource: how it is made, and where it is found. */
interface Resource {
  create: { path: string; body: unknown };
  /** Field of the answer, or of the request, that names it. */
  idField: string;
  /** Path of one, before its id. */
  one: string;
  list?: string;
  /** Status of the deletion. */
  deleted: 200 | 204;
}

const rows = [{ input_query: "1+1", expected_answer: "2", generated_answer: "It is 2" }];

const resources: Readonly<Record<string, Resource>> = {
  prompts: {
    create: { path: "/v1/prompts", body: { prompt: "Hi {{ name }}", variables: ["name"] } },
    idField: "prompt_id",
    one: "/v1/prompts/",
    list: "/v1/prompts",
    deleted: 204,
  },
  conversations: {
    create: { path: "/v1/conversations", body: { metadata: { topic: "a" } } },
    idField: "id",
    one: "/v1/conversations/",
    deleted: 200,
  },
  "stored chat completions": {
    create: {
      path: "/v1/chat/completions",
      body: { model: "fake", messages: [{ role: "user", content: "hi" }], store: true },
    },
    idField: "id",
    one: "/v1/chat/completions/",
    list: "/v1/chat/completions",
    deleted: 200,
  },
  shields: {
    create: { path: "/v1/shields", body: { shield_id: "a/guard", params: {} } },
    idField: "shield_id",
    one: "/v1/shields/",
    list: "/v1/shields",
    deleted: 204,
  },
  benchmarks: {
    create: {
      path: "/v1alpha/eval/benchmarks",
      body: { benchmark_id: "mine", dataset_id: "d", scoring_functions: ["basic::equality"] },
    },
    idField: "benchmark_id",
    one: "/v1alpha/eval/benchmarks/",
    list: "/v1alpha/eval/benchmarks",
    deleted: 204,
  },
  datasets: {
    create: {
      path: "/v1beta/datasets",
      body: { purpose: "eval/question-answer", source: { type: "rows", rows }, dataset_id: "d1" },
    },
    idField: "dataset_id",
    one: "/v1beta/datasets/",
    list: "/v1beta/datasets",
    deleted: 204,
  },
  "scoring functions": {
    create: {
      path: "/v1/scoring-functions",
      body: {
        scoring_fn_id: "mine::digits",
        description: "The first number",
        return_type: { type: "number" },
        params: { type: "regex_parser", parsing_regexes: ["(\\d+)"] },
      },
    },
    idField: "scoring_fn_id",
    one: "/v1/scoring-functions/",
    list: "/v1/scoring-functions",
    deleted: 204,
  },
};

type Call = (
  method: string,
  path: string,
  body?: unknown,
  key?: string,
) => Promise<{ status: number; body: Record<string, unknown> }>;

function caller(url: string): Call {
  return async (method, path, body, key = "ann-key") => {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, "X-LlamaStack-Client-Version": "99.1.0" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
  };
}

const keys = [
  { name: "ann", key: "ann-key" },
  { name: "bob", key: "bob-key" },
];

for (const [name, { create, idField, one, list, deleted }] of Object.entries(resources)) {
  test(`${name} can be created, read, listed and deleted, by their owner alone`, async (t) => {
    const { server, errors } = await serveFake(t, {}, { keys });
    const call = caller(server.url);
    const created = await call("POST", create.path, create.body);
    assert.ok(created.status === 200 || created.status === 204, JSON.stringify(created.body));
    const id = String(created.body[idField] ?? (create.body as Record<string, unknown>)[idField]);
    const ids = async (key?: string): Promise<unknown[]> => {
      const { body } = await call("GET", list!, undefined, key);
      return (body["data"] as Record<string, unknown>[]).map(
        (each) => each["id"] ?? each["identifier"] ?? each["prompt_id"],
      );
    };
    const path = `${one}${id}`;
    assert.equal((await call("GET", path)).status, 200);
    assert.equal((await call("GET", `/v1/openai${path}`)).status, path.startsWith("/v1/") ? 200 : 404);
    if (list !== undefined) assert.ok((await ids()).includes(id));
    assert.equal((await call("GET", path, undefined, "bob-key")).status, 404);
    assert.equal((await call("DELETE", path, undefined, "bob-key")).status, 404);
    if (list !== undefined) assert.ok(!(await ids("bob-key")).includes(id));
    assert.equal((await call("GET", path, undefined, "no-key")).status, 401);
    assert.equal((await call("DELETE", path)).status, deleted);
    const gone = await call("GET", path);
    assert.equal(gone.status, 404);
    errorBodySchema.parse(gone.body);
    assert.equal((await call("DELETE", path)).status, 404);
    if (list !== undefined) assert.ok(!(await ids()).includes(id));
    assert.deepEqual(errors, []);
  });
}

test("files are uploaded, listed by purpose and in pages, read, and deleted", async (t) => {
  const { client, server, errors } = await serveFake(t);
  const upload = (text: string, purpose: "assistants" | "batch") =>
    client.files.create({ file: new File([text], `${text} é.txt`), purpose });
  const first = await upload("one", "assistants");
  const second = await upload("two", "batch");
  const third = await client.files.create({
    file: new File(["three"], "three.txt"),
    purpose: "assistants",
    expires_after: { anchor: "created_at", seconds: 3600 },
  });
  assert.equal(third.expires_at, third.created_at + 3600);
  assert.equal(first.filename, "one é.txt");
  assert.equal(await (await client.files.content(first.id)).text(), "one");
  const names = async (query: OpenAiFileQuery): Promise<string[]> =>
    (await client.files.list(query)).data.map(({ id }) => id);
  assert.deepEqual(await names({}), [third.id, second.id, first.id]);
  assert.deepEqual(await names({ order: "asc", limit: 2 }), [first.id, second.id]);
  assert.deepEqual(await names({ after: third.id }), [second.id, first.id]);
  assert.deepEqual(await names({ purpose: "batch" }), [second.id]);
  assert.equal((await client.files.delete(second.id)).deleted, true);
  await assert.rejects(client.files.content(second.id), { status: 404 });
  await assert.rejects(client.files.list({ after: "file-none" }), { status: 400 });
  for (const fields of [
    { purpose: "vision" },
    { purpose: "batch", "expires_after[anchor]": "created_at", "expires_after[seconds]": "1" },
    { purpose: "batch", color: "red" },
    {},
  ]) {
    const form = new FormData();
    form.set("file", new File(["a"], "a.txt"));
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const response = await fetch(`${server.url}/v1/files`, { method: "POST", body: form });
    assert.equal(response.status, 400, JSON.stringify(fields));
    errorBodySchema.parse(await response.json());
  }
  assert.deepEqual(errors, []);
});

interface OpenAiFileQuery {
  after?: string;
  limit?: number;
  order?: "asc" | "desc";
  purpose?: string;
}

test("prompts have versions, one of them the default, and refuse what is not declared", async (t) => {
  const { server } = await serveFake(t);
  const call = caller(server.url);
  const { body: first } = await call("POST", "/v1/prompts", { prompt: "v1" });
  const path = `/v1/prompts/${first["prompt_id"]}`;
  const second = await call("PUT", path, { prompt: "v2 {{a}}", variables: ["a"], version: 1 });
  assert.deepEqual([second.body["version"], second.body["is_default"]], [2, true]);
  assert.equal((await call("PUT", path, { prompt: "v3", version: 1 })).status, 409);
  const third = await call("PUT", path, { prompt: "v3", version: 2, set_as_default: false });
  assert.equal(third.body["is_default"], false);
  assert.equal((await call("GET", path)).body["prompt"], "v2 {{a}}");
  assert.equal((await call("GET", `${path}?version=1`)).body["prompt"], "v1");
  assert.equal((await call("GET", `${path}?version=9`)).status, 404);
  assert.equal((await call("GET", `${path}?version=x`)).status, 400);
  assert.equal((await call("PUT", `${path}/set-default-version`, { version: 3 })).body["prompt"], "v3");
  assert.equal((await call("GET", path)).body["version"], 3);
  const { body } = await call("GET", `${path}/versions`);
  assert.deepEqual(
    (body["data"] as { version: number; is_default: boolean }[]).map(({ version, is_default: is }) => [
      version,
      is,
    ]),
    [
      [1, false],
      [2, false],
      [3, true],
    ],
  );
  assert.equal((await call("POST", "/v1/prompts", { prompt: "{{ b }}", variables: ["a"] })).status, 400);
});

/** An item of each type, as a request gives it. */
const items: Readonly<Record<keyof typeof itemIdPrefixes, Record<string, unknown>>> = {
  message: { role: "user", content: "hi" },
  function_call: { call_id: "c1", name: "f", arguments: "{}" },
  function_call_output: { call_id: "c1", output: "sunny" },
  web_search_call: { action: { type: "search", query: "a", sources: [{ type: "url", url: "b" }] } },
  code_interpreter_call: { code: "1", container_id: "auto", outputs: null },
  file_search_call: { queries: ["a"], results: [] },
  mcp_call: { server_label: "s", name: "t", arguments: "{}", output: "x" },
  mcp_list_tools: { server_label: "s", tools: [{ name: "t", input_schema: { type: "object" } }] },
  mcp_approval_request: { server_label: "s", name: "t", arguments: "{}" },
  mcp_approval_response: { approval_request_id: "mcpr_1", approve: true },
  reasoning: { summary: [{ type: "summary_text", text: "because" }], encrypted_content: "gAAA" },
  computer_call: {
    call_id: "c2",
    action: { type: "scroll", x: 1, y: 2, scroll_x: 0, scroll_y: -9 },
    pending_safety_checks: [{ id: "s1", message: "sure?" }],
  },
  computer_call_output: {
    call_id: "c2",
    output: { type: "computer_screenshot", image_url: "data:image/png;base64,AA==" },
    acknowledged_safety_checks: [{ id: "s1" }],
  },
  image_generation_call: { result: "AA==" },
  tool_search_call: { call_id: null, execution: "client", arguments: { query: "weather" } },
  tool_search_output: {
    call_id: null,
    execution: "server",
    tools: [
      { type: "custom", name: "f", format: { type: "grammar", syntax: "lark", definition: "start: /a/" } },
      { type: "file_search", vector_store_ids: ["vs"], filters: { type: "eq", key: "a", value: 1 } },
      { type: "code_interpreter", container: { type: "auto", memory_limit: "4g" } },
      { type: "mcp", server_label: "s", allowed_tools: { tool_names: ["t"] }, require_approval: "never" },
    ],
  },
  compaction: { encrypted_content: "gAAA" },
  local_shell_call: { call_id: "c3", action: { type: "exec", command: ["ls"], env: { A: "b" } } },
  local_shell_call_output: { output: "a\n" },
  shell_call: {
    call_id: "c4",
    action: { commands: ["ls"], timeout_ms: 1000, max_output_length: null },
    environment: { type: "local" },
  },
  shell_call_output: {
    call_id: "c4",
    output: [{ stdout: "a", stderr: "", outcome: { type: "exit", exit_code: 0 } }],
    max_output_length: null,
  },
  apply_patch_call: { call_id: "c5", operation: { type: "update_file", path: "a", diff: "+b" } },
  apply_patch_call_output: { call_id: "c5", output: null, status: "failed" },
  custom_tool_call: { call_id: "c6", name: "sql", input: "SELECT 1", created_by: "someone" },
  custom_tool_call_output: {
    call_id: "c6",
    output: [{ type: "input_image", image_url: "data:image/png;base64,AA==", detail: "original" }],
  },
};

/** Items that a conversation does not keep, each with the path that the refusal names. */
const refusedItems: readonly { item: Record<string, unknown>; param: string }[] = [
  { item: { type: "computer_call" }, param: "items[0].call_id" },
  { item: { type: "computer_call_output", call_id: "c", output: "a" }, param: "items[0].output" },
  { item: { type: "compaction", encrypted_content: "a", x: 1 }, param: "items[0].x" },
  {
    item: { type: "tool_search_output", tools: [{ type: "teleport" }] },
    param: "items[0].tools[0].type",
  },
  { item: { type: "teleport_call" }, param: "items[0].type" },
  { item: { type: "message", role: "root", content: "a" }, param: "items[0].role" },
];

test("conversations keep items of every type, and give them in pages", async (t) => {
  const { client, server, errors } = await serveFake(t);
  const call = caller(server.url);
  const { id } = await client.conversations.create({ items: [{ role: "user", content: "first" }] });
  const path = `/v1/conversations/${id}`;
  for (const [type, fields] of Object.entries(items)) {
    const added = await call("POST", `${path}/items`, { items: [{ type, ...fields }] });
    assert.equal(added.status, 200, JSON.stringify(added.body));
    const [item] = added.body["data"] as ({ id: string; type: string } & Record<string, unknown>)[];
    assert.equal(item!.type, type);
    assert.ok(item!.id.startsWith(itemIdPrefixes[type as keyof typeof items]));
    assert.deepEqual((await call("GET", `${path}/items/${item!.id}`)).body, item);
    const kept = Object.fromEntries(Object.keys(fields).map((name) => [name, item![name]]));
    assert.deepEqual(kept, type === "message" ? { ...fields, content: item!["content"] } : fields);
    // What came back is taken as it is.
    const { id: _, ...again } = item!;
    assert.equal((await call("POST", "/v1/conversations", { items: [again] })).status, 200);
  }
  const all = [];
  for await (const item of client.conversations.items.list(id, { limit: 3, order: "asc" })) all.push(item);
  assert.deepEqual(
    all.map(({ type }) => type),
    ["message", ...Object.keys(items)],
  );
  const last = all.at(-1) as { id: string };
  const reference = { type: "item_reference", id: last.id };
  const copied = await call("POST", "/v1/conversations", { items: [reference] });
  const copies = await call("GET", `/v1/conversations/${copied.body["id"]}/items`);
  const [copy] = copies.body["data"] as { id: string }[];
  assert.notEqual(copy!.id, last.id);
  assert.deepEqual({ ...copy, id: last.id }, last);
  assert.equal((await call("DELETE", `${path}/items/${last.id}`)).status, 200);
  assert.equal((await call("GET", `${path}/items/${last.id}`)).status, 404);
  assert.equal((await call("GET", `${path}/items?limit=101`)).status, 400);
  for (const { item, param } of refusedItems) {
    const { status, body } = await call("POST", `${path}/items`, { items: [item] });
    assert.deepEqual(
      [status, (body["error"] as { param: string }).param],
      [400, param],
      JSON.stringify(body),
    );
  }
  const refused = await call("POST", "/v1/responses", { model: "fake", input: "hi", conversation: id });
  assert.equal(refused.status, 400);
  assert.match((refused.body["error"] as { message: string }).message, /is not one that the model can read/);
  const again = await call("POST", `${path}/items`, {
    items: [{ ...items.message, id: (all[0] as { id: string }).id }],
  });
  assert.equal(again.status, 400);
  assert.deepEqual((await client.conversations.update(id, { metadata: { a: "b" } })).metadata, { a: "b" });
  assert.equal((await client.conversations.delete(id)).deleted, true);
  assert.deepEqual(errors, []);
});

test("stored chat completions are there when their stream ends, and keep their messages and metadata", async (t) => {
  const { client } = await serveFake(t);
  const request = {
    model: "fake",
    messages: [{ role: "user" as const, content: "hi" }],
    store: true,
    metadata: { topic: "greeting" },
  };
  let id = "";
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
    id = chunk.id;
    if (chunk.choices[0]?.finish_reason !== "stop") continue;
    assert.equal((await client.chat.completions.retrieve(id)).choices[0]!.message.content, "Echo: hi");
  }
  const kept = (await client.chat.completions.retrieve(id)) as unknown as Record<string, unknown>;
  assert.deepEqual(kept["input_messages"], request.messages);
  assert.deepEqual(kept["metadata"], request.metadata);
  await client.chat.completions.create({ ...request, store: false });
  await client.chat.completions.create(request);
  const listed = [];
  for await (const each of client.chat.completions.list({ limit: 1 })) listed.push(each.id);
  assert.equal(listed.length, 2);
  assert.equal((await client.chat.completions.list({ model: "other" })).data.length, 0);
  assert.equal((await client.chat.completions.list({ metadata: { no: "such" } })).data.length, 0);
  await assert.rejects(client.chat.completions.list({ metadata: { "a.b": "c" } }), /metadata.a.b/);
  const said = await client.chat.completions.messages.list(id);
  assert.deepEqual(
    said.data.map((each) => [each.id, each.role, each.content]),
    [[`${id}-0`, "user", "hi"]],
  );
  const changed = await client.chat.completions.update(id, { metadata: { topic: "b" } });
  assert.equal(changed.id, id);
});

test("datasets are read in pages and appended to; files lie in the data folder or are not found", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-data-"));
  const outside = mkdtempSync(join(tmpdir(), "llamero-outside-"));
  writeFileSync(join(folder, "a.jsonl"), '{"n":1}\n\n{"n":2}\n');
  writeFileSync(join(folder, "bad.jsonl"), '{"n":1}\n[2]\n');
  writeFileSync(join(outside, "secret.jsonl"), '{"n":1}\n');
  symlinkSync(join(outside, "secret.jsonl"), join(folder, "link.jsonl"));
  const { server } = await serveFake(t, {}, { dataFolder: folder });
  const call = caller(server.url);
  const registerUri = (uri: string, dataset_id = "d") =>
    call("POST", "/v1beta/datasets", {
      purpose: "eval/question-answer",
      source: { type: "uri", uri },
      dataset_id,
    });
  assert.equal((await registerUri("a.jsonl")).status, 200);
  const append = await call("POST", "/v1beta/datasetio/append-rows/d", { rows: [{ n: 3 }, { n: 4 }] });
  assert.equal(append.status, 204);
  const page = await call("GET", "/v1beta/datasetio/iterrows/d?start_index=1&limit=2");
  assert.deepEqual(page.body, { data: [{ n: 2 }, { n: 3 }], has_more: true, url: null });
  assert.equal(((await call("GET", "/v1beta/datasetio/iterrows/d")).body["data"] as []).length, 4);
  const csv = 'n,text\r\n1,"a, ""b"""\r\n2,\r\n';
  const inline: [string, unknown[]][] = [
    [
      `data:text/csv;base64,${btoa(csv)}`,
      [
        { n: "1", text: 'a, "b"' },
        { n: "2", text: "" },
      ],
    ],
    [`data:text/csv,${encodeURIComponent("n\n1")}`, [{ n: "1" }]],
    [`data:application/jsonl,${encodeURIComponent('{"n":1}\n\n{"n":2}')}`, [{ n: 1 }, { n: 2 }]],
    [`data:application/json;base64,${btoa('[{"n":1}]')}`, [{ n: 1 }]],
  ];
  for (const [uri, wanted] of inline) {
    assert.equal((await registerUri(uri, "inline")).status, 200, uri);
    assert.deepEqual((await call("GET", "/v1beta/datasetio/iterrows/inline")).body["data"], wanted);
    assert.equal((await call("DELETE", "/v1beta/datasets/inline")).status, 204);
  }
  assert.equal((await registerUri("bad.jsonl", "bad")).status, 200);
  assert.equal((await call("GET", "/v1beta/datasetio/iterrows/bad")).status, 400);
  for (const uri of [
    "../a.jsonl",
    `../${outside.split("/").at(-1)}/secret.jsonl`,
    join(outside, "secret.jsonl"),
    `file://${join(outside, "secret.jsonl")}`,
    "link.jsonl",
    "/etc/passwd",
    "file:///etc/passwd",
    "file://host/a.jsonl",
    "a.jsonl\0",
    ".",
    "",
    "http://127.0.0.1/a.jsonl",
    "huggingface://datasets/a",
    "file:///%00",
    "%2e%2e/a.jsonl",
    "data:text/csv",
    "data:text/html,a",
    "data:application/json,{}",
    "data:application/json,[1]",
    "data:application/jsonl,{",
    "data:text/csv,%ff",
    'data:text/csv,a,b%0a"1,2',
    "data:text/csv,a,b%0a1",
  ]) {
    assert.equal((await registerUri(uri)).status, 400, uri);
  }
});

test("scoring compares answers, parses them by expressions, judges them, and stops endless expressions", async (t) => {
  const { server, errors } = await serveFake(t, { reply: () => "Grade: B" });
  const call = caller(server.url);
  const score = (scoring_functions: unknown, input_rows: unknown = rows) =>
    call("POST", "/v1/scoring/score", { input_rows, scoring_functions });
  const { body } = await score({
    "basic::equality": null,
    "basic::subset_of": null,
    "basic::regex_parser_multiple_choice_answer": {
      type: "regex_parser",
      parsing_regexes: ["(\\d)"],
      aggregation_functions: ["average", "median", "categorical_count"],
    },
  });
  const results = body["results"] as Record<string, { score_rows: unknown; aggregated_results: unknown }>;
  assert.deepEqual(results["basic::equality"]!.score_rows, [{ score: 0 }]);
  assert.deepEqual(results["basic::subset_of"]!.aggregated_results, {
    accuracy: { accuracy: 1, num_correct: 1, num_total: 1 },
  });
  assert.deepEqual(results["basic::regex_parser_multiple_choice_answer"]!.aggregated_results, {
    average: { average: 1 },
    median: { median: 1 },
    categorical_count: { categorical_count: { "1": 1 } },
  });
  const judge = {
    type: "llm_as_judge",
    judge_model: "fake",
    prompt_template: "{input_query} {generated_answer}",
    judge_score_regexes: ["Grade: (\\w)"],
  };
  const judged = await score({ "basic::equality": judge });
  assert.deepEqual((judged.body["results"] as typeof results)["basic::equality"]!.score_rows, [
    { score: "B" },
  ]);
  assert.equal((await score({ "llm-as-judge::base": judge })).status, 200);
  assert.equal((await score({ "llm-as-judge::base": null })).status, 400);
  const endless = await score({ "basic::equality": { type: "regex_parser", parsing_regexes: ["^(a+)+$"] } }, [
    { expected_answer: "a", generated_answer: `${"a".repeat(40)}!` },
  ]);
  assert.equal(endless.status, 400);
  assert.match(JSON.stringify(endless.body), /regex_timeout/);
  assert.equal((await score({ "basic::none": null })).status, 404);
  assert.equal(
    (await score({ "basic::equality": { type: "regex_parser", parsing_regexes: ["("] } })).status,
    400,
  );
  assert.equal((await score({ "basic::equality": null }, [{}])).status, 400);
  await call("POST", "/v1beta/datasets", {
    purpose: "eval/question-answer",
    source: { type: "rows", rows },
    dataset_id: "d",
  });
  const batch = await call("POST", "/v1/scoring/score-batch", {
    dataset_id: "d",
    scoring_functions: { "basic::subset_of": null },
    save_results_dataset: true,
  });
  const saved = await call("GET", `/v1beta/datasetio/iterrows/${batch.body["dataset_id"]}`);
  assert.deepEqual(saved.body["data"], [{ ...rows[0], "basic::subset_of": 1 }]);
  assert.deepEqual(errors, []);
});

test("completions continue texts and ids, whole and streamed", async (t) => {
  const { client, model, errors } = await serveFake(t);
  const answer = await client.completions.create({
    model: "fake",
    prompt: ["one", "two"],
    n: 2,
    echo: true,
    max_tokens: 3,
    seed: 1,
  });
  assert.deepEqual(
    answer.choices.map(({ text }) => text),
    ["oneEcho: one", "oneEcho: one", "twoEcho: two", "twoEcho: two"],
  );
  assert.deepEqual(
    model.calls.map(({ options }) => options.sampling!.seed),
    [1, 2, 1, 2],
  );
  assert.equal(answer.usage!.prompt_tokens, 4);
  const scored = await client.completions.create({ model: "fake", prompt: "one", logprobs: 1 });
  assert.deepEqual(scored.choices[0]!.logprobs!.text_offset, [0, 5]);
  assert.equal(
    (await client.completions.create({ model: "fake", prompt: [1, 2] })).choices[0]!.text,
    "Echo: 1 2",
  );
  let text = "";
  let usage = 0;
  const stream = await client.completions.create({
    model: "fake",
    prompt: "hi",
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const part of stream) {
    text += part.choices[0]?.text ?? "";
    usage += part.usage?.completion_tokens ?? 0;
  }
  assert.deepEqual([text, usage], ["Echo: hi", 2]);
  for (const extra of [{ suffix: "a" }, { best_of: 2 }, { echo: true, logprobs: 1 }]) {
    await assert.rejects(client.completions.create({ model: "fake", prompt: "a", ...extra }), {
      status: 400,
    });
  }
  assert.deepEqual(errors, []);
});

test("models, providers, version and routes are told in OpenAI's and Llama Stack's words", async (t) => {
  const { server } = await serveFake(t);
  const call = caller(server.url);
  const { body: model } = await call("GET", "/v1/models/llamero/fake");
  assert.deepEqual([model["id"], model["identifier"], model["provider_id"]], ["fake", "fake", "llamero"]);
  assert.equal((await call("GET", "/v1/models/llamero%2Ffake")).status, 200);
  assert.equal((await call("GET", "/v1/openai/v1/models")).status, 200);
  for (const prefix of ["/v1", "/v1alpha/admin"]) {
    assert.match(String((await call("GET", `${prefix}/version`)).body["version"]), /^\d+\.\d+/);
    assert.equal((await call("GET", `${prefix}/health`)).body["status"], "OK");
    assert.equal((await call("GET", `${prefix}/providers/llamero`)).body["provider_type"], "inline::llamero");
    assert.equal((await call("GET", `${prefix}/providers/none`)).status, 404);
    const { body } = await call("GET", `${prefix}/inspect/routes?api_filter=deprecated`);
    assert.ok((body["data"] as []).length >= 8);
  }
  assert.equal((await call("GET", "/v1/inspect/routes?api_filter=v2")).status, 400);
  const { body: tools } = await call("GET", "/v1/tools?toolgroup_id=builtin::calculator");
  assert.deepEqual(
    (tools["data"] as { name: string }[]).map(({ name }) => name),
    ["calculator"],
  );
});
