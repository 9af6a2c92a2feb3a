import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FakeHub } from "@llamero/core/hub/fake-hub";
import type { MemoryPlan, PullEvent, StoredModelList } from "../api/stored-models.ts";
import type { TokenizeResponse } from "../api/tokenize.ts";
import { serveFake } from "../fake-server.ts";
import { FakeTextModel } from "../fake-text-model.ts";

const cria = fileURLToPath(new URL("../../../cli/model/cria.gguf", import.meta.url));

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-models-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("the models of a folder are listed, planned and deleted; what is served stays", async (t) => {
  const modelsFolder = temporaryFolder(t);
  for (const name of ["cria", "fake"]) copyFileSync(cria, join(modelsFolder, `${name}.gguf`));
  const { server } = await serveFake(t, {}, { modelsFolder });
  const url = `${server.url}/v1alpha/admin/models`;
  const list = (await (await fetch(url)).json()) as StoredModelList;
  assert.deepEqual(list.data.map(({ name, served }) => [name, served]).sort(), [
    ["cria", false],
    ["fake", true],
  ]);
  const plan = (await (await fetch(`${url}/plan?model=cria&context=128&batch=1`)).json()) as MemoryPlan;
  assert.equal(plan.total_bytes, plan.weight_bytes + plan.kv_bytes + plan.scratch_bytes);
  assert.equal(plan.context_length, 128);
  assert.equal((await fetch(`${url}/plan?model=cria&context=1000000`)).status, 400);
  assert.equal((await fetch(`${url}/plan?model=..%2Fcria`)).status, 404);
  assert.equal((await fetch(`${url}/fake`, { method: "DELETE" })).status, 409);
  assert.equal((await fetch(`${url}/cria`, { method: "DELETE" })).status, 204);
  assert.equal((await fetch(`${url}/cria`, { method: "DELETE" })).status, 404);
});

test("models of a shelf are listed, opened once when a request names them, and deleted when idle", async (t) => {
  const modelsFolder = temporaryFolder(t);
  copyFileSync(cria, join(modelsFolder, "other.gguf"));
  const opened: string[] = [];
  const names = ["fake", "other", "broken"];
  const { server, client } = await serveFake(
    t,
    {},
    {
      modelsFolder,
      shelf: {
        list: async () => names.map((name) => ({ name, embeds: false, sizeBytes: 1 })),
        open: async (name) => {
          opened.push(name);
          if (name === "broken") throw new RangeError("no tokenizer");
          return new FakeTextModel({ reply: () => `I am ${name}` });
        },
      },
    },
  );
  const listed = async (): Promise<string[]> => (await client.models.list()).data.map(({ id }) => id);
  assert.deepEqual(await listed(), names);
  assert.equal((await client.models.retrieve("other")).id, "other");
  assert.deepEqual(opened, []);
  const ask = async (model: string): Promise<string | null> => {
    const messages = [{ role: "user" as const, content: "hi" }];
    return (await client.chat.completions.create({ model, messages })).choices[0]!.message.content;
  };
  assert.deepEqual(await Promise.all(["other", "llamero/other", "fake"].map(ask)), [
    "I am other",
    "I am other",
    "Echo: hi",
  ]);
  assert.equal((await client.responses.create({ model: "other", input: "hi" })).output_text, "I am other");
  assert.deepEqual(opened, ["other"]);
  await assert.rejects(ask("broken"), /400 broken cannot be served: no tokenizer/);
  await assert.rejects(ask("none"), /404 Model 'none' not found; there is fake, other, broken/);
  const url = `${server.url}/v1alpha/admin/models/other`;
  assert.equal((await fetch(url, { method: "DELETE" })).status, 204);
  names.splice(1, 1);
  assert.deepEqual(await listed(), ["fake", "broken"]);
});

test("a model is pulled from the hub with events, and from nowhere else", async (t) => {
  const hub = new FakeHub();
  await hub.listen();
  t.after(() => hub.close());
  const before = process.env["HF_ENDPOINT"];
  process.env["HF_ENDPOINT"] = hub.endpoint;
  t.after(() => {
    if (before === undefined) delete process.env["HF_ENDPOINT"];
    else process.env["HF_ENDPOINT"] = before;
  });
  hub.files.set("tiny-Q4_0.gguf", new Uint8Array(50_000));
  const { server } = await serveFake(t, {}, { modelsFolder: temporaryFolder(t) });
  const pull = (body: object): Promise<Response> =>
    fetch(`${server.url}/v1alpha/admin/models/pull`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  const text = await (await pull({ reference: `hf:${hub.repo}`, stream: true })).text();
  const events = text
    .split("\n\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)) as PullEvent);
  assert.deepEqual(events[0], { type: "plan", name: "tiny-Q4_0", num_files: 1, total_bytes: 50_000 });
  const last = events.at(-1)!;
  assert.ok(last.type === "done" && last.model.size_bytes === 50_000);
  assert.equal(last.model.source, `hf:${hub.repo}`);
  assert.equal((await pull({ reference: "http://127.0.0.1:1/model.gguf" })).status, 400);
  assert.equal((await pull({ reference: "no reference" })).status, 400);
  assert.equal((await pull({ reference: "someone/else" })).status, 400);
});

test("a model without a worker of its own is not unloaded", async (t) => {
  const { server } = await serveFake(t);
  const answer = await fetch(`${server.url}/v1alpha/admin/models/unload`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"model":"fake"}',
  });
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /stays loaded/);
});

test("tokenize gives the tokens of a text, and of a conversation by origin", async (t) => {
  const { server } = await serveFake(t);
  const tokenize = (body: object): Promise<Response> =>
    fetch(`${server.url}/v1alpha/tokenize`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: "fake", ...body }),
    });
  const text = (await (await tokenize({ input: "one two" })).json()) as TokenizeResponse;
  assert.deepEqual(
    text.tokens.map((token) => token.text),
    ["one", " two"],
  );
  assert.equal(text.parts, null);
  const messages = [
    { role: "system", content: "be brief" },
    { role: "user", content: "hello" },
  ];
  const chat = (await (await tokenize({ messages })).json()) as TokenizeResponse;
  assert.deepEqual(chat.parts, { system: 2, messages: 1, tools: 0, template: 2 });
  assert.equal(chat.tokens.filter(({ special }) => special).length, 2);
  assert.equal((await tokenize({})).status, 400);
  assert.equal((await tokenize({ input: "a", messages })).status, 400);
});
