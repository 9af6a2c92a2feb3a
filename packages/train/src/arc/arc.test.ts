import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { randomParams } from "../session/model-params.ts";
import { makeArcData } from "./arc-data.ts";
import { arcDial, pretrainSteps } from "./arc-dial.ts";
import { arcSteps } from "./arc-steps.ts";

test("arcDial counts the parameters of the shape that it gives, and steps follow size, texts and time", () => {
  for (const depth of [1, 2, 4]) {
    const dial = arcDial(depth);
    const { values } = randomParams(
      {
        hiddenSize: dial.width,
        intermediateSize: dial.intermediateSize,
        numHiddenLayers: depth,
        numAttentionHeads: dial.heads,
        numKeyValueHeads: dial.kvHeads,
        headDim: 32,
        vocabSize: dial.vocabSize,
        rmsNormEps: 1e-5,
        ropeTheta: 1e4,
        ropeScaling: null,
        maxPositionEmbeddings: 512,
        tieWordEmbeddings: true,
      },
      1,
    );
    const count = [...values.values()].reduce((sum, { length }) => sum + length, 0);
    assert.equal(dial.parameters, count);
  }
  const dial = arcDial(2);
  const steps = (textTokens: number, minutes: number | null): number =>
    pretrainSteps(dial, { textTokens, minutes, operationsPerSecond: 1e10 });
  assert.equal(steps(1e9, null), Math.floor((20 * dial.parameters) / 4096));
  assert.equal(steps(1e5, null), Math.floor(1.6e6 / 4096));
  assert.ok(steps(1e9, 10) < steps(1e9, 20));
  assert.equal(steps(1e9, 0.01), 20);
  assert.throws(() => arcDial(0), /depth is 0/);
});

test("makeArcData asks what was never asked in training", () => {
  const data = makeArcData({ conversations: 200, pairs: 50, seed: 3 });
  assert.deepEqual(makeArcData({ conversations: 200, pairs: 50, seed: 3 }), data);
  const known = [
    ...data.train.map(({ messages }) => messages[0]!.content),
    ...data.pairs.map(({ prompt }) => prompt),
  ];
  assert.equal(data.questions.length, 12);
  for (const { messages, answer } of data.questions) {
    assert.ok(!known.some((text) => text.includes(messages[0]!.content)), messages[0]!.content);
    assert.ok(data.train.some(({ messages: [, said] }) => said!.content.includes(answer)));
  }
});

test("arcSteps writes each recipe once and gives the command that runs it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-arc-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const steps = arcSteps({ depth: 2, folder, texts: [], minutes: 10, seed: 1, threads: 2 });
  assert.deepEqual(
    steps.map(({ name }) => name),
    ["curate", "tokenizer", "pretrain", "sft", "dpo", "quantize", "eval", "chat"],
  );
  mkdirSync(join(folder, "tokenizer"));
  writeFileSync(
    join(folder, "tokenizer", "report.json"),
    JSON.stringify({ inputs: [{ textBytes: 3e5, bytesPerToken: 3 }] }),
  );
  const pretrain = steps[2]!;
  const words = await pretrain.prepare({ operationsPerSecond: async () => 1e10 });
  assert.deepEqual(words.slice(0, 3), ["train", "pretrain", join(folder, "pretrain.yaml")]);
  const written = readFileSync(join(folder, "pretrain.yaml"), "utf8");
  // Another measurement of the machine does not change a run that began.
  await pretrain.prepare({ operationsPerSecond: async () => 1e7 });
  assert.equal(readFileSync(join(folder, "pretrain.yaml"), "utf8"), written);
  const curate = await steps[0]!.prepare({ operationsPerSecond: async () => 1 });
  assert.equal(curate[1], "curate");
  const config = JSON.parse(readFileSync(join(folder, "curate.yaml"), "utf8")) as {
    sources: { files: string[] }[];
  };
  assert.ok(existsSync(config.sources[0]!.files[0]!));
});
