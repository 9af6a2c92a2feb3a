import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
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
  const card = readFileSync(join(result.model!, "README.md"), "utf8");
  assert.match(card, /\| counts \| 40 \| \d+ \|/);
  assert.match(card, /\| validationLoss \| 5\.\d+ \| [1-4]\.\d+ \|/);
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

test("pretrain refuses a tokenizer that is not the model's, and files that are not there", async () => {
  const folder = fakeFolder();
  const run = (overrides: readonly string[]): Promise<unknown> =>
    pretrain(fakeRecipe(folder, {}, overrides), options(folder, "bad"));
  await assert.rejects(run(["model.vocabSize=200"]), /has 258 tokens, but the model 200/);
  await assert.rejects(run(["tokenizer=none.json"]), /No such tokenizer: .*none\.json/);
  await assert.rejects(run(["data.sources.counts=none.jsonl"]), /No file matches .*none\.jsonl/);
  const { model } = await pretrain(fakeRecipe(folder, {}, ["batch.steps=2"]), options(folder, "base"));
  const other = join(folder, "other.json");
  const json = readFileSync(join(folder, "tokenizer.json"), "utf8");
  writeFileSync(other, json.replace('"a":97,"b":98', '"b":97,"a":98'));
  await assert.rejects(
    pretrain(fakeRecipe(folder, { model: null, init: model, tokenizer: other }), options(folder, "next")),
    /Token 97 of tokenizer .*other\.json is "b", but that of .* "a"/,
  );
});
