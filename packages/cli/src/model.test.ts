import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { sharedPath } from "../../core/src/testdata.ts";
import { createFakeHome } from "./fake-home.ts";

const { llamero, needsModel } = createFakeHome();

test("llamero run answers in the chat format, on standard output alone", async (t) => {
  if (!needsModel(t)) return;
  const { code, stdout } = await llamero(["run", "smol", "What", "is", "2+2?", "--temp", "0", "-n", "24"]);
  assert.equal(code, 0);
  assert.match(stdout, /4/);
  const bare = await llamero([], { input: "Say hello.", env: { LLAMERO_PREDICT: "8" } });
  assert.equal(bare.code, 0);
  assert.ok(bare.stdout.trim().length > 0);
});

test("llamero logits matches the float64 goldens of the tiny model", async (t) => {
  const path = sharedPath("golden/tiny/model-f32.gguf");
  const golden = sharedPath("golden/tiny/golden.json");
  if (path === null || golden === null) return t.skip("needs ../shared: golden/tiny");
  const { tokens, logits_last: last } = JSON.parse(await readFile(golden, "utf8")) as {
    tokens: number[];
    logits_last: number[];
  };
  const input = JSON.stringify(tokens);
  const outcome = await llamero(["logits", path, "--prompt-ids", "-", "--json"], { input });
  if (/tokenizer/.test(outcome.stderr)) return t.skip("the tiny model holds no tokenizer");
  const { positions } = JSON.parse(outcome.stdout);
  const max = Math.max(...last);
  const total = Math.log(last.reduce((sum, logit) => sum + Math.exp(logit - max), 0)) + max;
  for (const { id, logprob } of positions.at(-1).top) {
    assert.ok(
      Math.abs(logprob - (last[id]! - total)) < 0.02,
      `${id}: ${logprob} against ${last[id]! - total}`,
    );
  }
});

test("llamero run --prompt-ids draws the golden tokens from a file without a tokenizer", async (t) => {
  const path = sharedPath("golden/tiny/model-f32.gguf");
  const golden = sharedPath("golden/tiny/golden.json");
  if (path === null || golden === null) return t.skip("needs ../shared: golden/tiny");
  const { tokens, greedy_from_first4: greedy } = JSON.parse(await readFile(golden, "utf8")) as {
    tokens: number[];
    greedy_from_first4: number[];
  };
  const input = JSON.stringify(tokens.slice(0, 4));
  const words = ["run", path, "--prompt-ids", "-", "--json", "--temp", "0", "-n", "8", "--mode", "exact"];
  const { ids, degraded } = JSON.parse((await llamero(words, { input })).stdout);
  assert.deepEqual(ids, greedy.slice(0, 8));
  assert.ok(degraded.some(({ what }: { what: string }) => what === "text"));
});
