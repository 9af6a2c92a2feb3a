import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { spawnServer } from "./fake-serve-process.ts";

const numRounds = Number(process.env["LLAMERO_STORE_ROUNDS"] ?? 100);

/** Chat completions that say "yes", whole or streamed. */
const upstream = createServer((incoming, outgoing) => {
  let text = "";
  incoming.on("data", (bytes) => {
    text += String(bytes);
  });
  incoming.on("end", () => {
    const head = { id: "chatcmpl-1", created: 1_700_000_000, model: "m" };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    if (incoming.method === "GET")
      return outgoing.end(JSON.stringify({ object: "list", data: [{ id: "m" }] }));
    if (JSON.parse(text).stream !== true) {
      const choice = { index: 0, message: { role: "assistant", content: "yes" }, finish_reason: "stop" };
      outgoing.setHeader("content-type", "application/json");
      return outgoing.end(JSON.stringify({ ...head, object: "chat.completion", choices: [choice], usage }));
    }
    outgoing.setHeader("content-type", "text/event-stream");
    const choice = { index: 0, delta: { role: "assistant", content: "yes" }, finish_reason: "stop" };
    const events = [{ choices: [choice] }, { choices: [], usage }];
    const lines = events.map((each) => JSON.stringify({ ...head, object: "chat.completion.chunk", ...each }));
    outgoing.end([...lines, "[DONE]"].map((line) => `data: ${line}\n\n`).join(""));
  });
});

const json = { "content-type": "application/json" };

const post = (url: string, body: object): Promise<Response> =>
  fetch(url, { method: "POST", headers: json, body: JSON.stringify(body) });

const idOf = async (answer: Promise<Response>): Promise<string> =>
  ((await (await answer).json()) as { id: string }).id;

/** What creates an object, and the address that has it then. */
const creations: readonly ((base: string) => Promise<string>)[] = [
  async (base) =>
    `/responses/${await idOf(post(`${base}/responses`, { model: "up/m", input: "a", store: true }))}`,
  async (base) => {
    const messages = [{ role: "user", content: "a" }];
    const body = { model: "up/m", messages, store: true };
    return `/chat/completions/${await idOf(post(`${base}/chat/completions`, body))}`;
  },
  async (base) => `/conversations/${await idOf(post(`${base}/conversations`, { metadata: { a: "b" } }))}`,
  async (base) => {
    const form = new FormData();
    form.set("purpose", "assistants");
    form.set("file", new Blob(["some text"]), "a.txt");
    return `/files/${await idOf(fetch(`${base}/files`, { method: "POST", body: form }))}`;
  },
  async (base) => {
    const body = { model: "up/m", input: "a", store: true, stream: true };
    let text = "";
    // The last event is the acknowledgement.
    for await (const bytes of (await post(`${base}/responses`, body)).body!) {
      text += Buffer.from(bytes).toString();
      if (text.includes("event: response.completed")) break;
    }
    return `/responses/${/"id":"(resp_[^"]+)"/.exec(text)![1]}`;
  },
];

test("llamero serve has what it acknowledged after it was killed at once", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "llamero-killed-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  t.after(() => void upstream.close());
  const config = join(home, "config.yaml");
  const { port } = upstream.address() as AddressInfo;
  writeFileSync(
    config,
    `providers:\n  - { id: up, type: "remote::openai", url: "http://127.0.0.1:${port}/v1", models: [m] }\n`,
  );
  const made: string[] = [];
  for (let round = 0; round <= numRounds; round++) {
    const { child, url } = await spawnServer(["--config", config], { LLAMERO_HOME: home });
    const base = `${url}/v1`;
    t.after(() => child.kill("SIGKILL"));
    for (const path of round === numRounds ? made : made.slice(-1)) {
      const answer = await fetch(base + path);
      assert.equal(answer.status, 200, `round ${round}: ${path}`);
      const { status } = (await answer.json()) as { status?: string };
      assert.ok(!path.startsWith("/responses/") || status === "completed", `${path} is ${status}`);
    }
    if (round < numRounds) made.push(await creations[round % creations.length]!(base));
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  t.diagnostic(`${made.length} acknowledged, each followed by a kill, none lost`);
});
