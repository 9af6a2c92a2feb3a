import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createFakeHome } from "./fake-home.ts";
import { runCommand } from "./fake-terminal.ts";

const { path: home, llamero, needsModel } = createFakeHome();

test("llamero tokenize --json and --decode give back the text", async (t) => {
  if (!needsModel(t)) return;
  const text = "Hello world, 🦙!\n";
  const { ids } = JSON.parse(
    (await llamero(["tokenize", "--model", "smol", "--json"], { input: text })).stdout,
  );
  assert.deepEqual(ids.slice(0, 2), [19556, 905]);
  const decoded = await llamero(["tokenize", "--model", "smol", "--decode"], { input: ids.join(" ") });
  assert.equal(decoded.stdout, text);
});

test("llamero run --json --raw --temp 0 repeats itself and keeps its form", async (t) => {
  if (!needsModel(t)) return;
  const words = ["run", "smol", "--json", "--raw", "--temp", "0", "-n", "12"];
  const input = "The capital of France is";
  const first = JSON.parse((await llamero(words, { input })).stdout);
  assert.match(first.text, /Paris/);
  assert.equal(first.ids.length, 12);
  assert.equal(first.usage.completionTokens, 12);
  assert.equal(first.finishReason, "length");
  for (const key of ["timings", "backend", "mode", "degraded"]) assert.ok(key in first, key);
  const { ids } = JSON.parse((await llamero(["tokenize", "--model", "smol", "--json"], { input })).stdout);
  const file = join(home, "ids.json");
  await writeFile(file, JSON.stringify({ ids }));
  const again = JSON.parse(
    (await llamero(["run", "smol", "--json", "--prompt-ids", file, "--temp", "0", "-n", "12"])).stdout,
  );
  assert.deepEqual(again.ids, first.ids);
});

test("llamero run stops at the first Ctrl-C with exit code 130", async (t) => {
  if (!needsModel(t)) return;
  const words = ["run", "smol", "--raw", "--temp", "0", "-n", "4000", "Once upon a time"];
  const { code, stdout } = await runCommand(words, {
    env: { LLAMERO_HOME: home },
    interruptWhen: (stdout) => stdout.length >= 20,
  });
  assert.equal(code, 130);
  assert.ok(stdout.length < 8000, `${stdout.length} characters, about half of the answer`);
});

test("llamero logits --json gives 20 candidates for each position", async (t) => {
  if (!needsModel(t)) return;
  const input = "[19556, 905, 28]";
  const { positions } = JSON.parse(
    (await llamero(["logits", "smol", "--prompt-ids", "-", "--json"], { input })).stdout,
  );
  assert.equal(positions.length, 3);
  for (const { top } of positions) assert.equal(top.length, 20);
  assert.equal(positions[0].next.id, 905);
  assert.equal(positions[2].next, null);
});

test("llamero perplexity --json scores all but the first token of each window", async (t) => {
  if (!needsModel(t)) return;
  const input = "The quick brown fox jumps over the lazy dog. ".repeat(10);
  const words = ["perplexity", "smol", "--file", "-", "--window", "32", "--json"];
  const { ppl, tokens } = JSON.parse((await llamero(words, { input })).stdout);
  assert.ok(ppl > 1 && ppl < 30, String(ppl));
  assert.ok(tokens > 80 && tokens < 110, String(tokens));
});

test("llamero bench --json keeps raw samples for every test and batch", async (t) => {
  if (!needsModel(t)) return;
  const words = ["bench", "smol", "--prompt", "16", "--gen", "4", "--batch", "1,2", "-r", "2", "--json"];
  const { results, threads } = JSON.parse((await llamero(words)).stdout);
  assert.ok(threads >= 1);
  assert.equal(results.length, 4);
  for (const { samples, best, median } of results) {
    assert.equal(samples.length, 2);
    assert.equal(best, Math.max(...samples));
    assert.ok(median <= best);
  }
});

test("llamero bench serve --json times every answer of its own server", async (t) => {
  if (!needsModel(t)) return;
  const words = ["bench", "serve", "smol", "--rate", "4", "--requests", "4", "--prompt", "8", "--gen", "4"];
  const { result, samples, server } = JSON.parse((await llamero([...words, "-c", "512", "--json"])).stdout);
  assert.equal(result.numErrors, 0);
  assert.equal(samples.length, 4);
  assert.ok(server.threads >= 1);
  assert.equal(result.timeToFirstTokenMs.count, 4);
});

test("llamero template check agrees with SmolLM2's own template", async (t) => {
  if (!needsModel(t)) return;
  const { same, cases } = JSON.parse((await llamero(["template", "check", "smol", "--json"])).stdout);
  assert.equal(same, true);
  assert.ok(cases.length > 3);
});

test("llamero doctor --json names backend, bandwidth and expected speed", async (t) => {
  if (!needsModel(t)) return;
  const facts = JSON.parse((await llamero(["doctor", "--json"])).stdout);
  assert.ok(facts.backend.name.length > 0 && facts.backend.why.length > 0);
  assert.ok(facts.readBandwidth.bytesPerSecond > 1e8);
  assert.equal(facts.expected[0].model, "smol");
  assert.ok(facts.expected[0].predicted.generationTokensPerSecond > 0.5);
  assert.equal(facts.home, home);
});
