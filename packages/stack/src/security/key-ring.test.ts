import assert from "node:assert/strict";
import { test } from "node:test";
import type { CreatedKey, KeyObject } from "../api/keys.ts";
import type { Page } from "../api/paging.ts";
import { serveFake } from "../fake-server.ts";
import { openStore } from "../store/open-store.ts";

const chat = { model: "fake", messages: [{ role: "user", content: "hi" }] };

test("keys are made, shown once, limited, revoked, and outlive the server", async (t) => {
  const store = await openStore(":memory:");
  t.after(() => store[Symbol.asyncDispose]());
  const options = { store, keys: [{ name: "root", key: "root-key" }] };
  const serve = async () => {
    const { server, post } = await serveFake(t, {}, options);
    const ask = async <T>(method: string, path = "", body?: unknown, key = "root-key") => {
      const answer = await fetch(`${server.url}/v1alpha/keys${path}`, {
        method,
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as T };
    };
    const chatAs = async (key: string, model = "fake"): Promise<number> => {
      const answer = await post({ ...chat, model }, { Authorization: `Bearer ${key}` });
      await answer.text();
      return answer.status;
    };
    return { server, ask, chatAs };
  };
  const first = await serve();
  const made = await first.ask<CreatedKey>("POST", "", {
    name: "app",
    scopes: ["read", "write"],
    models: ["fake"],
    requests_per_minute: 3,
  });
  assert.equal(made.status, 200);
  const { key, id } = made.body;
  assert.match(key, /^llk_[\w-]{43}$/);
  assert.equal(await first.chatAs(key), 200);
  assert.equal(await first.chatAs(key, "other"), 403);
  assert.equal((await first.ask("GET", "", undefined, key)).status, 403);
  assert.equal((await first.ask("POST", "", { name: "app" })).status, 409);
  assert.equal((await first.ask("POST", "", { name: "root" })).status, 409);
  assert.equal((await first.ask("POST", "", { name: "old", expires_at: 1 })).status, 400);
  const { body: list } = await first.ask<Page<KeyObject>>("GET");
  assert.deepEqual(
    list.data.map(({ name, source }) => [name, source]),
    [
      ["root", "config"],
      ["app", "store"],
    ],
  );
  assert.ok(
    !JSON.stringify([list, await store.list("api_key", { owner: null, limit: 9, order: "asc" })]).includes(
      key,
    ),
  );
  await first.server.close();
  const second = await serve();
  for (let index = 0; index < 3; index++) assert.equal(await second.chatAs(key), 200);
  assert.equal(await second.chatAs(key), 429);
  assert.equal((await second.ask<KeyObject>("GET", `/${id}`)).body.hint, key.slice(-4));
  const revoked = await second.ask<KeyObject>("DELETE", `/${id}`);
  assert.notEqual(revoked.body.revoked_at, null);
  assert.equal(await second.chatAs(key), 401);
  assert.equal((await second.ask("POST", "", { name: "app" })).status, 409);
  assert.equal((await second.ask("DELETE", "/config:root")).status, 409);
  assert.equal((await second.ask("DELETE", "/none")).status, 404);
});
