import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fakeFolder } from "../../train/src/pretrain/fake-pretrain.ts";
import { createFakeHome } from "./fake-home.ts";
import { runCommand } from "./fake-terminal.ts";

const home = createFakeHome();

test("train pretrain saves at Ctrl-C and prints the command that goes on", async () => {
  const folder = fakeFolder();
  const model = "{hiddenSize: 16, intermediateSize: 32, numHiddenLayers: 1, numAttentionHeads: 2}";
  const words = [
    "train",
    "pretrain",
    join(folder, "counts.jsonl"),
    `tokenizer=${join(folder, "tokenizer.json")}`,
    `model=${model}`,
    "batch={steps: 300, length: 32, tokens: 64}",
    "--backend",
    "reference",
  ];
  const env = { LLAMERO_HOME: home.path };
  const metrics = join(home.path, "runs", "counts_jsonl", "metrics.jsonl");
  const first = await runCommand(words, {
    env,
    interruptWhen: () => existsSync(metrics) && readFileSync(metrics, "utf8").includes('"step":3,'),
  });
  assert.equal(first.code, 130, first.stderr);
  assert.match(first.stderr, /Interrupted after step \d+, which is saved in/);
  assert.match(first.stderr, /Go on: llamero train pretrain .*'model=\{hiddenSize.* --resume\n/);
  const second = await runCommand([...words, "--resume", "--json"], { env });
  assert.equal(second.code, 0, second.stderr);
  assert.equal((JSON.parse(second.stdout) as { step: number }).step, 300);
});
