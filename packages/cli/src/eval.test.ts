import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createFakeHome } from "./fake-home.ts";

const home = createFakeHome();
const data = join(home.path, "eval");

/** Answers every second question right. */
const server = createServer(async (incoming, response) => {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  response.setHeader("content-type", "application/json");
  if (incoming.url === "/v1/models") return response.end(JSON.stringify({ data: [{ id: "served" }] }));
  if (incoming.url !== "/v1/chat/completions") return response.writeHead(404).end("{}");
  const number = /What is (\d+) plus/.exec(text)![1]!;
  if (number === "13") return response.writeHead(400).end('{"error": {"message": "Unlucky"}}');
  const content = Number(number) % 2 === 0 ? `The answer is ${Number(number) + 1}` : "The answer is 0";
  const usage = { prompt_tokens: 5, completion_tokens: 4 };
  return response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: "stop" }], usage }));
});
let url: string;

before(async () => {
  mkdirSync(join(data, "mgsm"), { recursive: true });
  const rows = Array.from({ length: 10 }, (_, at) => `What is ${at} plus 1?\t${at + 1}\n`);
  writeFileSync(join(data, "mgsm", "mgsm_en.tsv"), rows.join(""));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

test("eval ls lists tasks with where their data is", async () => {
  const { code, stdout } = await home.llamero(["eval", "ls", "--json"]);
  assert.equal(code, 0);
  const rows = JSON.parse(stdout) as { name: string; isHere: boolean; origin: string }[];
  assert.equal(rows.find(({ name }) => name === "mgsm_native_cot_en")!.isHere, true);
  assert.equal(rows.find(({ name }) => name === "mgsm_native_cot_es")!.isHere, false);
  const made = await home.llamero(["eval", "ls", "--category", "long-context"]);
  assert.match(made.stdout, /needle_single .* generated/);
  assert.ok(rows.every(({ origin }) => origin !== ""));
  const wrong = await home.llamero(["eval", "ls", "--category", "nothing"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /There are: .*math|multilingual/);
});

test("eval run scores a model behind a URL and writes a report", async () => {
  const out = join(home.path, "report.json");
  const words = ["eval", "run", url, "mgsm_native_cot_en", "--out", out];
  const { code, stdout, stderr } = await home.llamero(words);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^TASK +METRIC +VALUE +ERROR +95 % +SHOTS +ITEMS\nmgsm_native_cot_en +\S+ +0\.5000/);
  assert.match(stderr, /10 of 10/);
  const { results } = JSON.parse(readFileSync(out, "utf8"));
  assert.equal(results[0].model.model, "served");
  assert.equal(results[0].numItems, 10);
  const samples = readFileSync(out.replace(".json", ".samples.jsonl"), "utf8").trim().split("\n");
  assert.equal(samples.length, 10);
  const again = await home.llamero([...words, "--json"]);
  assert.equal(JSON.parse(again.stdout).results[0].numResumed, 10);
});

test("eval run names wrong tasks, lengths and servers", async () => {
  const run = async (...words: string[]) => await home.llamero(["eval", "run", ...words]);
  const name = await run(url, "mgsm_native_cot_eng");
  assert.deepEqual(
    [name.code, /Did you mean mgsm_native_cot_en\?/.test(name.stderr)],
    [2, true],
    name.stderr,
  );
  const missing = await run(url, "gsm8k");
  assert.match(missing.stderr, /get the set from openai\/gsm8k \(MIT\)/);
  const lengths = await run(url, "needle_single", "--lengths", "10");
  assert.match(lengths.stderr, /--lengths is 10; it must be whole numbers above 200/);
  const without = await run(url, "needle_single,xcopa_val_it", "--data", join(home.path, "none"));
  assert.match(without.stderr, /^Error: xcopa_val_it: No file matches/);
});

test("eval run says which model has no log-probabilities", async () => {
  mkdirSync(join(data, "xcopa"), { recursive: true });
  const row = { premise: "Piove.", choice1: "Resto.", choice2: "Esco.", question: "effect", label: 0 };
  writeFileSync(join(data, "xcopa", "val.it.jsonl"), `${JSON.stringify(row)}\n`);
  const { code, stderr } = await home.llamero(["eval", "run", url, "xcopa_val_it"]);
  assert.notEqual(code, 0);
  assert.match(stderr, /served gives no log-probabilities of a prompt; take a local model/);
});

test("eval run fails with the items that failed, and scores the others", async () => {
  const folder = join(home.path, "unlucky");
  mkdirSync(join(folder, "mgsm"), { recursive: true });
  writeFileSync(join(folder, "mgsm", "mgsm_en.tsv"), "What is 12 plus 1?\t13\nWhat is 13 plus 1?\t14\n");
  const words = ["eval", "run", url, "mgsm_native_cot_en", "--data", folder];
  const { code, stdout, stderr } = await home.llamero(words);
  assert.equal(code, 1);
  assert.match(stdout, /1\.0000 .* 1 \(1 failed\)/);
  assert.match(
    stderr,
    /1 items failed and are in no score, the first item 1 of mgsm_native_cot_en: .*Unlucky/,
  );
});

test("eval run says what is missing before it asks anything", async () => {
  const fails = async (words: readonly string[], message: RegExp): Promise<void> => {
    const { code, stderr } = await home.llamero(["eval", "run", url, ...words]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  };
  await fails(["mgsm_native_cot_en,mgsm_native_cot_es"], /No file matches mgsm.*get the set from/);
  await fails(["mgsm_native_cot_e"], /No task named mgsm_native_cot_e\nDid you mean mgsm_native_cot_/);
  await fails(["nothing*"], /No task begins with nothing/);
  writeFileSync(join(data, "mgsm", "mgsm_es.tsv"), "only one field\n");
  await fails(["mgsm_native_cot_es"], /mgsm_es\.tsv, line 1: 1 fields, but there are \d columns/);
});
