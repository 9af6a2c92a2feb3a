import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openCheckpoint } from "@llamero/core";
import { parseEvents } from "../run/run-log.ts";
import { fakeFolder, fakeRecipe } from "./fake-pretrain.ts";
import { type PretrainOptions, pretrain } from "./pretrain.ts";

const options = (folder: string, name: string, more: PretrainOptions = {}): PretrainOptions => ({
  folder: join(folder, name),
  tokensFolder: join(folder, "tokens"),
  backend: "reference",
  resume: true,
  ...more,
});

test("pretrain learns, and writes a model that opens", async () => {
  const folder = fakeFolder();
  const result = await pretrain(fakeRecipe(folder), options(folder, "run"));
  assert.equal(result.stopped, "finished");
  assert.ok(result.after["validationLoss"]! < result.before["validationLoss"]! - 0.5, JSON.stringify(result));
  assert.deepEqual(Object.keys(result.after), [
    "validationLoss",
    "validationLoss/counts",
    "validationLoss/letters",
  ]);
  const model = openCheckpoint(result.model!);
  assert.equal(model.config.vocabSize, 258);
  assert.equal(model.bosTokenId, 256);
  assert.equal(model.tokenizer?.kind, "tokenizer.json");
  const run = JSON.parse(readFileSync(join(result.folder, "run.json"), "utf8")) as {
    data: Record<string, { documents: number }>;
  };
  assert.equal(run.data["counts"]!.documents, 40);
});

test("pretrain stopped and resumed ends with the bytes of one unbroken run, through all stages", async () => {
  const folder = fakeFolder();
  const recipe = fakeRecipe(folder, {
    batch: { steps: 12, length: 32, tokens: 96, microTokens: 64, ramp: [{ until: 3, tokens: 40 }] },
    anneal: { steps: 4, mix: { letters: 1 }, averageEvery: 2 },
    long: { fromStep: 6, length: 48, ropeTheta: 50000 },
  });
  const whole = await pretrain(recipe, options(folder, "whole"));
  for (const stop of [5, 7, 9]) {
    const controller = new AbortController();
    const part = await pretrain(
      recipe,
      options(folder, "parts", {
        signal: controller.signal,
        listener: (event) => {
          if (event.event === "step" && event.step === stop) controller.abort();
        },
      }),
    );
    assert.deepEqual([part.stopped, part.step], ["interrupted", stop]);
  }
  const last = await pretrain(recipe, options(folder, "parts"));
  const bytes = (path: string, name: string): Buffer => readFileSync(join(path, name));
  assert.deepEqual(bytes(last.checkpoint, "state.safetensors"), bytes(whole.checkpoint, "state.safetensors"));
  assert.deepEqual(bytes(last.model!, "model.safetensors"), bytes(whole.model!, "model.safetensors"));
  assert.deepEqual(last.average, whole.average);
  assert.notEqual(whole.average, null);
  assert.equal(openCheckpoint(whole.model!).config.ropeTheta, 50000);
  const sizes = parseEvents(readFileSync(join(whole.folder, "metrics.jsonl"))).flatMap((event) =>
    event.event === "step" ? event.tokens : [],
  );
  assert.ok(sizes[0]! <= 40 && sizes[2]! <= 120 && sizes[11]! > 800, `batches of ${sizes.join(", ")}`);
});

test("pretrain goes on with a model and a replay of old text", async () => {
  const folder = fakeFolder();
  const data = (more: object): object => ({
    sources: { counts: "counts.jsonl", letters: { files: ["letters/*.txt"] } },
    validation: { share: 0.1, tokens: 64 },
    ...more,
  });
  const base = await pretrain(
    fakeRecipe(folder, { data: data({ mix: { counts: 1 } }) }),
    options(folder, "base"),
  );
  const recipe = fakeRecipe(folder, {
    model: null,
    init: base.model,
    data: data({ replay: { sources: ["counts"], share: 0.25 } }),
  });
  let planned: Readonly<Record<string, { tokens: number }>> = {};
  const next = await pretrain(
    recipe,
    options(folder, "next", {
      onStart: ({ sources }) => {
        planned = sources;
      },
    }),
  );
  const { counts, letters } = planned;
  const share = counts!.tokens / (counts!.tokens + letters!.tokens);
  assert.ok(Math.abs(share - 0.25) < 0.03, `share of the replay ${share}`);
  const fresh = "validationLoss/letters";
  assert.ok(next.after[fresh]! < next.before[fresh]! - 0.3, JSON.stringify([next.before, next.after]));
  assert.ok(Math.abs(next.before["validationLoss/counts"]! - base.after["validationLoss/counts"]!) < 0.05);
});
