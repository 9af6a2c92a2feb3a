import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createFakeHome } from "./fake-home.ts";

const home = createFakeHome();
let numRequests = 0;

const known = new Set<string>();

/** A teacher that is overloaded the first time it is asked anything. */
const server = createServer(async (incoming, response) => {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  response.setHeader("content-type", "application/json");
  if (incoming.url === "/v1/models")
    return response.end(JSON.stringify({ data: [{ id: "SmolLM2-served" }] }));
  if (incoming.url !== "/v1/chat/completions") return response.writeHead(404).end("{}");
  numRequests++;
  if (!known.has(text)) {
    known.add(text);
    return response.writeHead(503).end("{}");
  }
  const subjects = ["tides of the sea", "birds in winter", "bread without yeast", "clocks of towers"];
  const subject = subjects[numRequests % subjects.length]!;
  const content = text.includes("Invent one new request")
    ? JSON.stringify({ instruction: `Explain ${subject} in your own words`, input: "" })
    : `This is a plain answer about ${subject}, in a sentence.`;
  return response.end(
    JSON.stringify({ choices: [{ message: { content }, finish_reason: "stop" }], usage: {} }),
  );
});
let url: string;

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function recipe(name: string, text: string): string {
  const path = join(home.path, name);
  writeFileSync(path, text);
  return path;
}

test("data synth makes records with a URL that fails half the time", async () => {
  const path = recipe("ok.yaml", "out: made\ntasks:\n  - {kind: instructions, count: 4}\n");
  const words = ["data", "synth", path, "--teacher", url, "--json"];
  const { code, stdout, stderr } = await home.llamero(words);
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout);
  assert.equal(result.numItems, 4);
  assert.ok(result.numKept >= 1);
  const records = readFileSync(join(home.path, "made", "data", "chat.jsonl"), "utf8")
    .trim()
    .split("\n");
  assert.equal(records.length, result.numKept);
  assert.equal(JSON.parse(records[0]!).meta.teacher, "SmolLM2-served");
  const asked = numRequests;
  const again = await home.llamero(words);
  assert.deepEqual(JSON.parse(again.stdout).files, result.files);
  assert.equal(numRequests, asked);
});

test("data synth refuses wrong recipes, missing teachers and licences", async () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["taks: []", [], /has no field taks; did you mean tasks\?/],
    ["tasks:\n  - {kind: tools}", [], /names no teacher/],
    ["tasks:\n  - {kind: tools}", ["--teacher", `${url}#Llama-3.2-1B`], /name beginning with "Llama"/],
    ["tasks:\n  - {kind: tools}", ["--teacher", `${url}#mystery`], /licence of mystery is not known/],
  ];
  for (const [text, words, message] of cases) {
    const { code, stderr } = await home.llamero(["data", "synth", recipe("bad.yaml", text), ...words]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
  const missing = await home.llamero(["data", "synth", join(home.path, "none.yaml")]);
  assert.match(missing.stderr, /Cannot read .*none\.yaml/);
});
