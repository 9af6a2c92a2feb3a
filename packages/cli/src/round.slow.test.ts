import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadModel, superviseModel } from "@llamero/core";
import { startServer } from "@llamero/stack";
import { openStore } from "@llamero/stack/config";
import { command as replay } from "./commands/replay.ts";
import { command as round } from "./commands/round.ts";
import { command as rollback } from "./commands/round-rollback.ts";

const path = fileURLToPath(new URL("../model/cria.gguf", import.meta.url));

const questions = [..."abcdef"];

async function wholeRound(t: TestContext, isSupervised: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "round-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const gate = join(folder, "gate.jsonl");
  writeFileSync(
    gate,
    questions
      .map((content) => `${JSON.stringify({ messages: [{ role: "user", content }], answer: "z" })}\n`)
      .join(""),
  );
  const model = isSupervised ? superviseModel(path) : await loadModel(path);
  t.after(() => model[Symbol.asyncDispose]());
  const errors: unknown[] = [];
  const server = await startServer({
    models: [{ name: "cria", model }],
    host: "127.0.0.1",
    port: 0,
    checksAnswers: true,
    onError: (error) => errors.push(error),
  });
  t.after(() => server.close({ graceMs: 0 }));
  const post = async <T>(route: string, body: object): Promise<T> => {
    const response = await fetch(`${server.url}${route}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text) as T;
  };
  interface Chat {
    id: string;
    choices: { message: { content: string } }[];
  }
  const chat = (content: string, more = {}): Promise<Chat> =>
    post("/v1/chat/completions", {
      model: "cria",
      messages: [{ role: "user", content }],
      max_tokens: 1,
      temperature: 0,
      ...more,
    });
  const teach = async (answer: string): Promise<void> => {
    for (const content of questions) {
      const { id } = await chat(content, { store: true });
      await post("/v1alpha/feedback", { target_id: id, rating: "down", better_answer: answer });
    }
  };
  const said = async (): Promise<string> => (await chat("a")).choices[0]!.message.content;
  const learn = (out: string): Promise<number> =>
    round.execute("round", "", [
      "cria",
      ..."--from traces --allowed-loss 0 --epochs 12 --lr 0.005 --min-pairs 100 --threads 1".split(" "),
      ...["--server", server.url, "--file", path, "--gate", gate, "--out", join(folder, out)],
    ]);

  const before = await said();
  assert.notEqual(before, "z");
  await teach("z");
  // Long answers go on through the switch, each with what it began with.
  const long = { max_tokens: 100, temperature: 0 };
  const expected = (await chat("Tell me a long story about the sea.", long)).choices[0]!.message.content;
  let isOver = false;
  let numDuring = 0;
  const load = async (): Promise<void> => {
    while (!isOver) {
      await chat("Tell me a long story about the sea.", long);
      numDuring++;
    }
  };
  const loads = [load(), load()];
  assert.equal(await learn("one"), 0);
  const atSwitch = chat("Tell me a long story about the sea.", long);
  isOver = true;
  await Promise.all([...loads, atSwitch]);
  assert.ok(numDuring > 0);
  assert.equal(await said(), "z");
  const served = await (await fetch(`${server.url}/v1alpha/admin/adapters`)).json();
  const [{ current }] = (served as { data: [{ current: { name: string } }] }).data;
  assert.match(current.name, /^round-[0-9a-f]{12}$/);
  assert.equal(
    (await chat("Tell me a long story about the sea.", { ...long, model: "cria:base" })).choices[0]!.message
      .content,
    expected,
  );

  // What the gate refuses changes nothing.
  await teach("y");
  assert.equal(await learn("two"), 1);
  assert.equal(await said(), "z");

  // A running answer keeps its adapter when the model goes back.
  const under = chat("Tell me a long story about the sea.", long);
  assert.equal(await rollback.execute("round rollback", "", ["cria", "--server", server.url]), 0);
  assert.equal(await said(), before);
  assert.notEqual((await under).choices[0]!.message.content, expected);
  assert.deepEqual(errors, []);
}

test("round learns from ratings, is judged, switches a server without a pause and rolls back", (t) =>
  wholeRound(t, false));

test("round does the same with the model in a process of its own", (t) => wholeRound(t, true));

test("replay repeats answers of the shipped model token for token, on a server and from its store", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "replay-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const where = join(folder, "store.db");
  const store = await openStore(where);
  const model = await loadModel(path, { mode: "deterministic", threads: 2 });
  const server = await startServer({ models: [{ name: "cria", model }], host: "127.0.0.1", port: 0, store });
  const ids: string[] = [];
  for (const route of ["/v1/chat/completions", "/v1/responses"]) {
    const input =
      route === "/v1/responses"
        ? { input: "Tell me a story." }
        : { messages: [{ role: "user", content: "Tell me a story." }], store: true };
    const response = await fetch(`${server.url}${route}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: "cria", temperature: 1, ...input }),
    });
    ids.push(((await response.json()) as { id: string }).id);
  }
  for (const id of [...ids, ...ids])
    assert.equal(await replay.execute("replay", "", [id, "--server", server.url]), 0);
  await server.close({ graceMs: 0 });
  await store[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  for (const id of ids)
    assert.equal(
      await replay.execute("replay", "", [id, "--store", where, "--file", path, "--threads", "1"]),
      0,
    );
});
