import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Message } from "@llamero/core";
import type { ServedAdapter } from "../api/adapters.ts";
import type { ArenaPair } from "../api/arena.ts";
import type { Feedback, RoundData } from "../api/feedback.ts";
import type { Page } from "../api/paging.ts";
import type { ReplayResult } from "../api/replay.ts";
import { type Served, serveFake } from "../fake-server.ts";
import { FakeTextModel } from "../fake-text-model.ts";
import { startServer } from "../server.ts";
import { openStore } from "../store/open-store.ts";

async function call<T>(
  { server }: Pick<Served, "server">,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: T }> {
  const response = await fetch(`${server.url}/v1alpha${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

const messageOf = ({ body }: { body: unknown }): string =>
  (body as { error: { message: string } }).error.message;

test("feedback on stored chats and responses, and arena votes, become data of a round", async (t) => {
  let said = "fine";
  let numArena = 0;
  const reply = (messages: readonly Message[]): string =>
    messages.at(-1)!.content === "arena" ? `answer ${++numArena}` : said;
  const served = await serveFake(t, { reply });
  const { client } = served;
  const chat = async (content: string): Promise<string> => {
    const messages = [{ role: "user" as const, content }];
    return (await client.chat.completions.create({ model: "fake", messages, store: true })).id;
  };
  const liked = await chat("a");
  said = "poor";
  const disliked = await chat("a");
  const alone = await chat("b");
  const mended = await client.responses.create({ model: "fake", instructions: "be kind", input: "c" });
  const rate = (target_id: string, rating: string, more = {}) =>
    call<Feedback>(served, "POST", "/feedback", { target_id, rating, ...more });
  const first = await rate(liked, "down");
  assert.equal(first.status, 200);
  const again = await rate(liked, "up");
  assert.equal(again.body.id, first.body.id);
  await rate(disliked, "down");
  await rate(alone, "down", { reason: "wrong" });
  await rate(mended.id, "down", { better_answer: "good" });
  const { body: pair } = await call<ArenaPair>(served, "POST", "/arena/pairs", {
    messages: [{ role: "user", content: "arena" }],
  });
  await call(served, "POST", `/arena/pairs/${pair.id}/votes`, { choice: "right" });
  const { body: list } = await call<Page<Feedback>>(served, "GET", "/feedback?rating=down");
  assert.deepEqual(
    list.data.map(({ target_id }) => target_id),
    [mended.id, alone, disliked],
  );
  const { body: data } = await call<RoundData>(served, "GET", "/round-data?model=fake");
  const user = (content: string) => ({ role: "user", content });
  assert.deepEqual(
    data.sft.map(({ messages }) => messages),
    [
      [user("a"), { role: "assistant", content: "fine" }],
      [{ role: "system", content: "be kind" }, user("c"), { role: "assistant", content: "good" }],
    ],
  );
  assert.deepEqual(
    data.pairs.map(({ prompt, chosen, rejected }) => [prompt.at(-1)!.content, chosen, rejected]),
    [
      ["c", "good", "poor"],
      ["a", "fine", "poor"],
      ["arena", pair.right.text, pair.left.text],
    ],
  );
  assert.deepEqual(data.left_out, { "disliked, with no better answer to the same prompt": 1 });
  const later = await call<RoundData>(served, "GET", `/round-data?model=fake&since=${data.learned_until}`);
  assert.deepEqual(
    [later.body.sft, later.body.pairs, later.body.learned_until],
    [[], [], data.learned_until],
  );
  assert.equal((await call<RoundData>(served, "GET", "/round-data?model=other")).body.sft.length, 0);
  const one = await call(served, "DELETE", `/feedback/${first.body.id}`);
  assert.deepEqual(one.body, { id: first.body.id, object: "feedback.deleted", deleted: true });
  assert.equal((await call(served, "GET", `/feedback/${first.body.id}`)).status, 404);
  assert.equal((await rate("chatcmpl-no", "up")).status, 404);
  assert.equal((await rate(liked, "meh")).status, 400);
});

/** A model that knows which adapters it has. */
class AdapterModel extends FakeTextModel {
  readonly loaded = new Map<string, string>();
  async loadAdapter(name: string, path: string): Promise<void> {
    this.loaded.set(name, path);
  }
  async unloadAdapter(name: string): Promise<void> {
    if (!this.loaded.delete(name)) throw new RangeError(`There is no adapter ${name}`);
  }
}

test("adapters are switched, rolled back, kept by the store and found again by the next server", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "adapters-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = ["one", "two", "three"].map((name) => join(folder, name));
  for (const path of paths) writeFileSync(path, path);
  const store = await openStore(":memory:");
  t.after(() => store[Symbol.asyncDispose]());
  const model = new AdapterModel();
  const served = await serveFake(t, {}, { store, models: [{ name: "fake", model }] });
  const ask = async (name: string): Promise<string | undefined> => {
    await served.client.chat.completions.create({ model: name, messages: [{ role: "user", content: "x" }] });
    return model.calls.at(-1)!.options.adapter;
  };
  const register = (index: number, more = {}) =>
    call<ServedAdapter>(served, "POST", "/admin/adapters", {
      model: "fake",
      name: `a${index}`,
      path: paths[index],
      ...more,
    });
  const rollback = () => call<ServedAdapter>(served, "POST", "/admin/adapters/rollback", { model: "fake" });
  assert.equal(await ask("fake"), undefined);
  assert.equal((await rollback()).status, 409);
  assert.equal((await register(0)).body.current!.name, "a0");
  assert.equal(await ask("fake"), "a0");
  assert.equal(await ask("fake:base"), undefined);
  assert.equal((await register(0)).status, 409);
  assert.match(messageOf(await register(1, { sha256: "0".repeat(64) })), /has SHA-256/);
  assert.match(messageOf(await register(1, { path: join(folder, "none") })), /There is no adapter/);
  assert.match(messageOf(await register(1, { model: "none" })), /Model 'none' .*not found/);
  await register(1);
  await register(2, { learned_until: 5 });
  assert.equal(await ask("fake"), "a2");
  assert.equal(await ask("fake:a1"), "a1");
  assert.deepEqual([...model.loaded.keys()], ["a1", "a2"]);
  await rollback();
  assert.equal(await ask("fake"), "a1");
  await rollback();
  assert.equal(await ask("fake"), "a0");
  assert.deepEqual([...model.loaded.keys()], ["a0"]);
  const restarted = new AdapterModel();
  const errors: unknown[] = [];
  const start = () =>
    startServer({
      models: [{ name: "fake", model: restarted }],
      store,
      host: "127.0.0.1",
      port: 0,
      onError: (error) => errors.push(error),
    });
  await (await start()).close({ graceMs: 0 });
  assert.deepEqual([...restarted.loaded], [["a0", paths[0]]]);
  writeFileSync(paths[0]!, "changed");
  await (await start()).close({ graceMs: 0 });
  assert.match(String(errors[0]), /served without its adapter a0: .* has changed/);
  assert.equal((await rollback()).body.current, null);
  assert.equal(await ask("fake"), undefined);
});

test("replays compute a stored chat or response again and say at which token it first differs", async (t) => {
  let said = "one two three";
  const served = await serveFake(t, { reply: () => said });
  const { client, model } = served;
  const messages = [{ role: "user" as const, content: "x" }];
  const chat = await client.chat.completions.create({ model: "fake", messages, store: true });
  const { seed } = model.calls[0]!.options.sampling!;
  assert.equal(typeof seed, "number");
  const response = await client.responses.create({ model: "fake", input: "x" });
  const replay = (id: string) => call<ReplayResult>(served, "POST", "/replays", { id });
  for (const { id } of [chat, response]) {
    const { body } = await replay(id);
    assert.deepEqual([body.identical, body.num_tokens, body.changed], [true, 3, []]);
  }
  assert.equal(model.calls[2]!.options.sampling!.seed, seed);
  said = "one twice three";
  const { body } = await replay(response.id);
  assert.deepEqual(body.first_difference, { generation: 0, token: 1, expected: 4, got: 6 });
  said = "one two";
  assert.deepEqual((await replay(chat.id)).body.first_difference, {
    generation: 0,
    token: 2,
    expected: 6,
    got: null,
  });
  await client.chat.completions.delete(chat.id);
  await client.responses.delete(response.id);
  assert.deepEqual([(await replay(chat.id)).status, (await replay(response.id)).status], [404, 404]);
});
