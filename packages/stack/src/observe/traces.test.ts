import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "../api/paging.ts";
import type { TraceObject, TraceSummary } from "../api/traces.ts";
import { serveFake } from "../fake-server.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { readTraceParent } from "./trace.ts";
import { Traces } from "./traces.ts";
import { usageIn } from "./usage-in.ts";

const chat = { model: "fake", messages: [{ role: "user", content: "some private words" }] };

test("GET /v1alpha/traces lists a key's requests with filters and pages; one trace has its spans", async (t) => {
  const keys = ["a", "b"].map((name) => ({ name, key: name }));
  const { server, post } = await serveFake(t, {}, { keys });
  const get = async <T>(path: string, key = "a"): Promise<T> => {
    const answer = await fetch(`${server.url}/v1alpha/traces${path}`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    assert.equal(answer.status, 200);
    return (await answer.json()) as T;
  };
  const auth = { Authorization: "Bearer a" };
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const { id } = (await (await post(chat, { ...auth, traceparent, "X-Request-Id": "mine" })).json()) as {
    id: string;
  };
  await (await post({ ...chat, stream: true }, auth)).text();
  await (await post({ ...chat, model: "none" }, auth)).text();
  await (await post(chat, { Authorization: "Bearer b" })).text();
  await (await post(chat, { Authorization: "Bearer wrong" })).text();
  const list = await get<Page<TraceSummary>>("");
  assert.deepEqual(
    list.data.map(({ name, status, status_code }) => [name, status, status_code]),
    [
      ["POST /v1/chat/completions", "error", 404],
      ["POST /v1/chat/completions", "ok", 200],
      ["POST /v1/chat/completions", "ok", 200],
    ],
  );
  assert.equal((await get<Page<TraceSummary>>("", "b")).data.length, 1);
  const [first] = (await get<Page<TraceSummary>>("?request_id=mine")).data;
  assert.equal(first!.response_id, id);
  assert.equal(first!.trace_id, "0af7651916cd43dd8448eb211c80319c");
  assert.deepEqual(
    [first!.model, first!.input_tokens, first!.cached_tokens, first!.output_tokens],
    ["fake", 4, 1, 4],
  );
  const page = await get<Page<TraceSummary>>(`?limit=1&after=${list.data[0]!.id}&status=ok`);
  assert.deepEqual([page.data[0]!.id, page.has_more], [list.data[1]!.id, true]);
  const whole = await get<TraceObject>(`/${first!.id}`);
  assert.deepEqual(
    whole.spans.map(({ name, kind }) => [name, kind]),
    [
      ["POST /v1/chat/completions", "server"],
      ["chat fake", "internal"],
      ["queue", "internal"],
      ["prefill", "internal"],
      ["decode", "internal"],
    ],
  );
  assert.equal(whole.spans[0]!.parent_span_id, "b7ad6b7169203331");
  assert.equal(whole.spans[2]!.parent_span_id, whole.spans[1]!.span_id);
  assert.equal(whole.spans[1]!.attributes["gen_ai.usage.output_tokens"], 4);
  assert.doesNotMatch(JSON.stringify(whole), /private/);
  const other = await fetch(`${server.url}/v1alpha/traces/${first!.id}`, {
    headers: { Authorization: "Bearer b" },
  });
  assert.equal(other.status, 404);
});

test("traces hold content only where it is asked for", async (t) => {
  const { server, post } = await serveFake(t, {}, { traces: { content: true } });
  await (await post(chat)).text();
  const { data } = (await (await fetch(`${server.url}/v1alpha/traces`)).json()) as Page<TraceSummary>;
  const { spans } = (await (
    await fetch(`${server.url}/v1alpha/traces/${data[0]!.id}`)
  ).json()) as TraceObject;
  assert.match(String(spans[1]!.attributes["gen_ai.input.messages"]), /some private words/);
  assert.match(String(spans[1]!.attributes["gen_ai.output.messages"]), /Echo: some private words/);
});

test("Traces keeps the newest within its limits, also those of an earlier process, and loses what a store refuses", async () => {
  const store = await openStore(":memory:");
  const fill = async (traces: Traces, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const trace = traces.begin(`step ${i}`, "internal");
      trace.owner = "local";
      traces.end(trace);
    }
    await traces.flush();
  };
  const names = async (): Promise<string[]> => {
    const { items } = await store.list<{ name: string }>("trace", { owner: null, limit: 100, order: "asc" });
    return items.map(({ value }) => value.name);
  };
  await fill(new Traces(store, { maxTraces: 3 }), 5);
  assert.deepEqual(await names(), ["step 2", "step 3", "step 4"]);
  await fill(new Traces(store, { maxTraces: 3 }), 1);
  assert.deepEqual(await names(), ["step 3", "step 4", "step 0"]);
  await fill(new Traces(store, { maxBytes: 1 }), 1);
  assert.deepEqual(await names(), []);
  const none: Store = {
    ...store,
    list: store.list.bind(store),
    write: () => Promise.reject(new Error("full")),
  };
  const lossy = new Traces(none);
  await fill(lossy, 600);
  assert.deepEqual([lossy.numStored, lossy.numLost], [0, 600]);
  await store[Symbol.asyncDispose]();
});

test("Traces go on being kept after a write that took longer than the time between two, failed ones first", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const store = {
    list: async () => ({ items: [], hasMore: false }),
    write: () => held,
  } as unknown as Store;
  const traces = new Traces(store);
  const end = (count: number, error?: Error): void => {
    for (let i = 0; i < count; i++) {
      const trace = traces.begin("step", "internal");
      trace.owner = "local";
      traces.end(trace, error);
    }
  };
  end(1);
  t.mock.timers.tick(1000);
  end(1);
  t.mock.timers.tick(1000);
  release();
  await traces.flush();
  assert.equal(traces.numStored, 2);
  end(60);
  end(60, new Error("no"));
  t.mock.timers.tick(1000);
  while (traces.numStored < 22) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(traces.numLost, 100);
});

test("readTraceParent takes what W3C says and nothing else", () => {
  const id = "0af7651916cd43dd8448eb211c80319c";
  assert.deepEqual(readTraceParent(`00-${id}-b7ad6b7169203331-01`), {
    traceId: id,
    spanId: "b7ad6b7169203331",
    isSampled: true,
  });
  assert.equal(readTraceParent(`cc-${id}-b7ad6b7169203331-00-more`)?.isSampled, false);
  for (const bad of [
    undefined,
    "",
    `ff-${id}-b7ad6b7169203331-01`,
    `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
    `00-${id}-${"0".repeat(16)}-01`,
    `00-${id}-b7ad6b7169203331-01-more`,
    `00-${id.toUpperCase()}-b7ad6b7169203331-01`,
  ])
    assert.equal(readTraceParent(bad), null, bad);
});

test("usageIn reads the last usage of an answer", () => {
  assert.deepEqual(usageIn('{"usage":null}{"usage":{"prompt_tokens":3,"completion_tokens": 5}}'), {
    "gen_ai.usage.input_tokens": 3,
    "gen_ai.usage.output_tokens": 5,
  });
  assert.deepEqual(usageIn("{}"), {});
});
