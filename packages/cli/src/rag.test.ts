import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createFakeHome } from "./fake-home.ts";

const home = createFakeHome();

test("rag ingests, searches, evaluates, lists and rolls back an index with the model that ships", async () => {
  const docs = join(home.path, "docs");
  mkdirSync(docs);
  writeFileSync(join(docs, "llamas.md"), "# Llamas\n\nLlamas eat hay.\n");
  const first = await home.llamero(["rag", "ingest", docs, "--json"]);
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(JSON.parse(first.stdout), { version: 1, numSources: 1, numChunks: 1, failures: [] });
  writeFileSync(join(docs, "camels.txt"), "Camels drink.");
  writeFileSync(join(docs, "broken.pdf.txt"), Buffer.from([0xff]));
  const second = await home.llamero(["rag", "ingest", docs]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /broken\.pdf\.txt is no text/);
  const found = await home.llamero(["rag", "search", "what", "drink", "camels", "--search", "keyword"]);
  assert.match(found.stdout, /camels\.txt \[0, 13\)\nCamels drink\./);
  const questions = join(home.path, "q.jsonl");
  writeFileSync(questions, '{"question":"hay for llamas","source":"llamas.md"}\n');
  const report = await home.llamero(["rag", "eval", questions, "--search", "keyword"]);
  assert.match(report.stdout, /recall@5 {2}100\.0 %\nMRR {2}1\.000/);
  assert.equal((await home.llamero(["rag", "rollback", "1"])).code, 0);
  assert.match((await home.llamero(["rag", "versions"])).stdout, /^\* 1 .*1 files.*\n {2}2 .*2 files/);
  assert.match((await home.llamero(["rag", "rollback", "7"])).stderr, /no version 7; there is 1, 2/);
});
