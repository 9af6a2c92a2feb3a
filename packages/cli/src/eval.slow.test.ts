import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startOwnServer } from "./bench/own-server.ts";
import { createFakeHome } from "./fake-home.ts";

const home = createFakeHome();

test("eval run scores a model behind our own server", async (t) => {
  if (!home.needsModel(t)) return;
  const data = join(home.path, "eval");
  mkdirSync(join(data, "bfcl"), { recursive: true });
  const question = [[{ role: "user", content: "What is the capital of France?" }]];
  const parameters = { type: "dict", properties: { a: { type: "integer" } }, required: ["a"] };
  const tool = { name: "add", description: "Adds", parameters };
  writeFileSync(
    join(data, "bfcl", "BFCL_v4_irrelevance.json"),
    `${JSON.stringify({ id: "irrelevance_0", question, function: [tool] })}\n`,
  );
  const values = {
    mode: "fast",
    kv: "f16",
    threads: null,
    backend: null,
    context: 1024,
    batch: 2,
  } as const;
  const model = join(home.path, "models", "smol.gguf");
  await using server = await startOwnServer(model, values, new AbortController().signal);
  const words = ["eval", "run", server.url, "bfcl_irrelevance", "--json"];
  const { code, stdout, stderr } = await home.llamero(words);
  assert.equal(code, 0, stderr);
  const [result] = JSON.parse(stdout).results;
  assert.equal(result.numItems, 1);
  assert.equal(result.scores.accuracy.value, 1);
  assert.ok(result.tokens.completion > 0);
});
