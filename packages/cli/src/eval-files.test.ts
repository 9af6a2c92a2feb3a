import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createFakeHome } from "./fake-home.ts";

const home = createFakeHome();
const file = (name: string): string => join(home.path, name);

/** The model `good` is right, any other is wrong about the first question. */
const server = createServer(async (incoming, response) => {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  response.setHeader("content-type", "application/json");
  if (incoming.url === "/v1/models")
    return response.end(JSON.stringify({ data: [{ id: "good" }, { id: "bad" }] }));
  const { model } = JSON.parse(text) as { model: string };
  const content =
    model === "bad" && text.includes("France") ? "Lyon" : text.includes("France") ? "Paris" : "Rome";
  const usage = { prompt_tokens: 5, completion_tokens: 4 };
  return response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: "stop" }], usage }));
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

const question = (land: string): object[] => [{ role: "user", content: `What is the capital of ${land}?` }];

test("a user's own JSONL task is run, compared, reported and checked against a corpus", async () => {
  const items = [
    { messages: question("France"), answer: "Paris" },
    { messages: question("Italy"), answer: ["Rome", "Roma"] },
  ];
  const task = file("capitals.jsonl");
  writeFileSync(task, items.map((item) => `${JSON.stringify(item)}\n`).join(""));
  for (const model of ["good", "bad"]) {
    const { code, stderr } = await home.llamero([
      "eval",
      "run",
      `${url}#${model}`,
      task,
      "--out",
      file(`${model}.json`),
    ]);
    assert.equal(code, 0, stderr);
  }
  const diff = await home.llamero(["eval", "diff", file("good.json"), file("bad.json"), "--items", "3"]);
  assert.equal(diff.code, 0, diff.stderr);
  assert.match(diff.stdout, /contains +1\.0000 +0\.5000 +-0\.5000/);
  assert.match(diff.stdout, /item 0, expected Paris\n {2}A 1\.0000 {2}Paris\n {2}B 0\.0000 {2}Lyon/);
  const json = await home.llamero(["eval", "diff", file("good.json"), file("bad.json"), "--json"]);
  assert.equal(JSON.parse(json.stdout)[0].metrics[0].numLosses, 1);

  await home.llamero(["eval", "run", `${url}#bad`, task, "--limit", "1", "--out", file("short.json")]);
  const refused = await home.llamero(["eval", "diff", file("good.json"), file("short.json")]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /cannot be compared: limit null and 1; number of items 2 and 1/);
  const missing = await home.llamero(["eval", "diff", file("good.json"), file("none.json")]);
  assert.match(missing.stderr, /There is no file .*none\.json/);

  const page = file("report.html");
  const report = await home.llamero(["eval", "report", file("good.json"), file("bad.json"), "--out", page]);
  assert.equal(report.code, 0, report.stderr);
  assert.match(readFileSync(page, "utf8"), /capitals.*Lyon/s);
});

test("eval contamination counts the items of a set that a corpus holds", async () => {
  const words = "a b c d e f g h i j k l m n o p".split(" ").map((letter) => letter.repeat(4));
  const task = file("known.jsonl");
  writeFileSync(task, `${JSON.stringify({ prompt: words.join(" "), answer: "x" })}\n`);
  writeFileSync(file("corpus.jsonl"), `${JSON.stringify({ text: `So: ${words.join(", ")}` })}\n`);
  const { code, stdout, stderr } = await home.llamero([
    "eval",
    "contamination",
    task,
    "--corpus",
    file("corpus.jsonl"),
    task,
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /known +1 +0 +1 \(100\.00 %\) +1 \(100\.00 %\) +100\.00 %\nknown: items 0/);
  const none = await home.llamero(["eval", "contamination", task, "--corpus", file("nothing.jsonl")]);
  assert.equal(none.code, 2);
});

test("eval run refuses a task file with what is wrong in it", async () => {
  writeFileSync(file("wrong.yaml"), "name: a\npromt: b\n");
  const { code, stderr } = await home.llamero(["eval", "run", url, file("wrong.yaml")]);
  assert.equal(code, 2);
  assert.match(stderr, /wrong\.yaml, line 2: unknown key promt; did you mean prompt\?/);
});

test("eval run takes the group cria as the six tasks that come with the package", async () => {
  const report = file("cria.json");
  const words = ["eval", "run", `${url}#good`, "cria", "--limit", "1", "--out", report, "--json"];
  const { code, stderr } = await home.llamero(words);
  assert.equal(code, 0, stderr);
  const { results } = JSON.parse(readFileSync(report, "utf8")) as { results: { task: string }[] };
  assert.equal(results.length, 6);
  assert.ok(results.every(({ task }) => task.startsWith("cria_")));
});
