import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResponseEvent } from "../api/responses-events.ts";
import { foldResponse } from "../fake-fold.ts";
import { serveFake } from "../fake-server.ts";
import { FakeTextModel } from "../fake-text-model.ts";
import { mortalStore } from "../jobs/fake-jobs.ts";
import type { RouteServices } from "../routes/services.ts";
import { ServedModels } from "../served-models.ts";
import { startServer } from "../server.ts";
import { openShields } from "../shields/open-shields.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { BackgroundResponses } from "./background.ts";
import { prepareResponse } from "./prepare.ts";
import { putResponse, type StoredResponse } from "./stored-response.ts";

const ask = { model: "fake", input: "Hi there", background: true } as const;

async function until<T>(get: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await get();
    if (isSo(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a response in the background is queued, goes on without its client, and completes", async (t) => {
  const { client } = await serveFake(t, { delayMs: 10 });
  const queued = await client.responses.create(ask);
  assert.deepEqual([queued.status, queued.output.length, queued.background], ["queued", 0, true]);
  const done = await until(
    () => client.responses.retrieve(queued.id),
    ({ status }) => status === "completed",
  );
  assert.equal(done.output_text, "Echo: Hi there");
  await assert.rejects(client.responses.retrieve(queued.id, { stream: true }), {
    status: 400,
    param: "stream",
  });
  assert.equal((await client.responses.cancel(queued.id)).status, "completed");
});

test("a response in the background can be cancelled while it runs, while it waits, and before it is deleted", async (t) => {
  const { client, model } = await serveFake(t, { delayMs: 10, reply: () => "word ".repeat(500) });
  const all = await Promise.all(Array.from({ length: 7 }, () => client.responses.create(ask)));
  await until(
    async () => model.numRunning,
    (num) => num === 4,
  );
  for (const { id } of all.slice(0, 6)) {
    const { status, output } = await client.responses.cancel(id);
    assert.equal(status, "cancelled");
    for (const item of output) assert.ok(item.type === "message" && item.status === "incomplete");
    assert.equal((await client.responses.retrieve(id)).status, "cancelled");
  }
  await client.responses.delete(all[6]!.id);
  await assert.rejects(client.responses.retrieve(all[6]!.id), { status: 404 });
  assert.equal(model.numRunning, 0);
  const { id } = await client.responses.create({ ...ask, background: false, max_output_tokens: 1 });
  await assert.rejects(client.responses.cancel(id), { status: 400 });
});

test("the events of a response in the background can be taken up where they broke off", async (t) => {
  const { client } = await serveFake(t, { delayMs: 10 });
  const seen: ResponseEvent[] = [];
  const stream = await client.responses.create({ ...ask, stream: true });
  for await (const event of stream) {
    seen.push(event as ResponseEvent);
    if (event.type === "response.output_text.delta") break;
  }
  stream.controller.abort();
  const first = seen[0]!;
  assert.ok(first.type === "response.created");
  const { id } = first.response;
  const follow = async (after: number): Promise<ResponseEvent[]> => {
    const events: ResponseEvent[] = [];
    const rest = await client.responses.retrieve(id, { stream: true, starting_after: after });
    for await (const event of rest) events.push(event as ResponseEvent);
    return events;
  };
  const all = [...seen, ...(await follow(seen.at(-1)!.sequence_number))];
  const { output_text: _, ...stored } = await client.responses.retrieve(id);
  assert.deepEqual(foldResponse(all), stored);
  assert.deepEqual(all.slice(3), await follow(2));
});

test("a response in the background fails as a response, and waits while the queue is full", async (t) => {
  const reply = (): string => "word ".repeat(20);
  const { client, model } = await serveFake(t, { queueLimit: 1, delayMs: 20, reply });
  const long = await client.responses.create({ ...ask, input: "word ".repeat(2000) });
  const two = await Promise.all([client.responses.create(ask), client.responses.create(ask)]);
  const ended = (id: string) =>
    until(
      () => client.responses.retrieve(id),
      ({ status }) => status !== "queued" && status !== "in_progress",
    );
  const failed = await ended(long.id);
  assert.deepEqual([failed.status, failed.error?.code], ["failed", "context_length_exceeded"]);
  for (const { id } of two) assert.equal((await ended(id)).status, "completed");
  assert.ok(model.calls.length > 3);
});

test("a response in the background outlives its server", async (t) => {
  const store = await openStore(":memory:");
  t.after(() => store[Symbol.asyncDispose]());
  const serve = (model: FakeTextModel) =>
    startServer({ models: [{ name: "fake", model }], host: "127.0.0.1", port: 0, store });
  const slow = new FakeTextModel({ delayMs: 20, reply: () => "word ".repeat(500) });
  const before = await serve(slow);
  const post = await fetch(`${before.url}/v1/responses`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Connection: "close" },
    body: JSON.stringify(ask),
  });
  const { id } = (await post.json()) as { id: string };
  await until(
    async () => slow.numRunning,
    (num) => num === 1,
  );
  await before.close({ graceMs: 0 });
  const stored = async () => (await store.get("response", id, "local"))!.value as Record<string, unknown>;
  assert.equal((await stored())["status"], "queued");
  assert.equal(slow.numRunning, 0);
  // One that its process did not even put back, and one that ended its process too often.
  const value = await stored();
  const run = value["run"] as Record<string, unknown>;
  const put = (other: string, fields: object) =>
    store.write({
      write: "put",
      kind: "response",
      id: other,
      owner: "local",
      value: JSON.parse(JSON.stringify({ ...value, id: other, status: "in_progress", ...fields })),
    });
  await put("resp_left", { run: { ...run, numStarts: 1 } });
  await put("resp_deadly", { run: { ...run, numStarts: 3 } });
  const after = await serve(new FakeTextModel());
  t.after(() => after.close({ graceMs: 0 }));
  const get = async (other: string): Promise<{ status: string; error: { code: string } | null }> =>
    (await (await fetch(`${after.url}/v1/responses/${other}`)).json()) as never;
  for (const other of [id, "resp_left"]) {
    await until(
      () => get(other),
      ({ status }) => status === "completed",
    );
  }
  const deadly = await get("resp_deadly");
  assert.deepEqual([deadly.status, deadly.error?.code], ["failed", "server_stopped"]);
});

test("servers on one store leave each other's responses alone, cancel them, and take over those of the dead", async (t) => {
  const shared = await openStore(":memory:");
  const serve = (store: Store, model: FakeTextModel) => {
    const closing = new AbortController();
    t.after(() => closing.abort());
    const shields = openShields({}, { findModel: () => model });
    const services: RouteServices = {
      shields,
      guardBorder: shields.guardBorder,
      models: new ServedModels([{ name: "fake", model }]),
      store,
      routes: [],
      dataFolder: null,
      closing: closing.signal,
      ended: closing.signal,
      onError: (error) => assert.fail(String(error)),
    };
    return { services, background: new BackgroundResponses(services, { isShared: true }) };
  };
  const slow = new FakeTextModel({ delayMs: 10, reply: () => "word ".repeat(400) });
  const { store, kill } = mortalStore(shared);
  const first = serve(store, slow);
  const start = async () =>
    (await first.background.start(await prepareResponse(ask, "local", first.services))).id;
  const statusOf = async (id: string) => {
    const found = await shared.get("response", id, "local");
    return (found?.value as { status: string } | undefined)?.status;
  };
  const [cancelled, taken] = [await start(), await start()];
  const quick = new FakeTextModel();
  const second = serve(shared, quick);
  t.after(() => shared[Symbol.asyncDispose]());
  await until(
    async () => slow.numRunning,
    (num) => num === 2,
  );
  await second.background.tick();
  assert.equal(quick.calls.length, 0);
  // The other server cannot end it itself, and says so in the store.
  const change = async (id: string, fields: (value: StoredResponse) => Partial<StoredResponse>) => {
    const found = (await shared.get("response", id, "local"))!.value as unknown as StoredResponse;
    await shared.write(putResponse({ ...found, ...fields(found) }, "local"));
  };
  await change(cancelled, () => ({ status: "cancelled" }));
  await first.background.tick();
  assert.equal(slow.numRunning, 1);
  assert.equal(await statusOf(cancelled), "cancelled");
  kill();
  await change(taken, ({ run }) => ({ run: { ...run!, heldUntil: 0 } }));
  await second.background.tick();
  await until(
    () => statusOf(taken),
    (status) => status === "completed",
  );
  assert.equal(quick.calls.length, 1);
  await second.background.stop();
});
