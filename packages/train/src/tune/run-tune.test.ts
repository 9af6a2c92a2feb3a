import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openCheckpoint, readAdapter } from "@llamero/core";
import { createReferenceTraining } from "@llamero/kernels";
import type { RunEvent } from "../run/run-event.ts";
import { writeByteModel, writeJsonLines } from "./fake-model-folder.ts";
import { parseTuneRecipe } from "./parse-recipe.ts";
import { previewTune } from "./preview.ts";
import type { TuneRecipe } from "./recipe.ts";
import { type RunTuneOptions, runTune } from "./run-tune.ts";

async function setUp(t: TestContext, records: readonly unknown[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "llamero-tune-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await writeByteModel(join(folder, "base"), 5);
  writeJsonLines(folder, "data.jsonl", records);
  return folder;
}

function recipeOf(
  method: TuneRecipe["method"],
  folder: string,
  out: string,
  more: readonly string[] = [],
): TuneRecipe {
  const table = { model: "base", data: "data.jsonl", out };
  const overrides = [
    "batch.length=96",
    "batch.tokens=160",
    "batch.pairs=4",
    "batch.microTokens=192",
    "validation.share=0.2",
    "learningRate=0.02",
    "sampleEvery=0",
    "epochs=3",
    ...more,
  ];
  return parseTuneRecipe(table, { method, owner: "recipe", folder, overrides });
}

async function run(
  recipe: TuneRecipe,
  options: RunTuneOptions = {},
): Promise<Awaited<ReturnType<typeof runTune>>> {
  await using backend = createReferenceTraining();
  return await runTune(recipe, { backend, ...options });
}

const questions = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const conversations = questions.map((content) => ({
  messages: [
    { role: "user", content },
    { role: "assistant", content: "OK" },
  ],
}));
const pairs = questions.map((prompt) => ({ prompt, chosen: "AAA", rejected: "BBB" }));

test("runTune trains all weights and writes a model that the engine's loader opens", async (t) => {
  const folder = await setUp(t, conversations);
  const recipe = recipeOf("sft", folder, "out");
  const result = await run(recipe);
  assert.equal(result.stopped, "finished");
  assert.ok(result.after["validationLoss"]! < result.before["validationLoss"]! - 0.5, JSON.stringify(result));
  const [path] = result.paths;
  assert.equal(path, join(folder, "out", "model"));
  const { config, eosTokenIds, tokenizer } = openCheckpoint(path!);
  assert.equal(config.hiddenSize, 16);
  assert.equal(tokenizer?.kind, "tokenizer.json");
  assert.equal(eosTokenIds.length, 3, "the ends of the chat format");
  assert.ok(existsSync(join(folder, "out", "recipe.json")));
  const card = readFileSync(join(path!, "README.md"), "utf8");
  assert.match(card, /base_model: "base".*8 examples of data\.jsonl.*\| validationLoss \| \d/s);
});

test("runTune stopped and resumed writes the bytes of one unbroken run", async (t) => {
  const folder = await setUp(t, conversations);
  const lora = ["lora.rank=2", "checkpointEvery=1"];
  const whole = recipeOf("sft", folder, "whole", lora);
  await run(whole);
  const parts = recipeOf("sft", folder, "parts", lora);
  const controller = new AbortController();
  const listener = (event: RunEvent): void => {
    if (event.event === "step" && event.step === 3) controller.abort();
  };
  const first = await run(parts, { signal: controller.signal, listener });
  assert.deepEqual([first.stopped, first.step, first.paths], ["interrupted", 3, []]);
  await assert.rejects(run(parts), /give --resume/);
  await assert.rejects(run({ ...parts, seed: 2 }, { resume: true }), /Setting seed was 1/);
  const last = await run(parts, { resume: true });
  assert.equal(last.stopped, "finished");
  const bytes = (out: string): Buffer =>
    readFileSync(join(folder, out, "adapter", "adapter_model.safetensors"));
  assert.deepEqual(bytes("parts"), bytes("whole"));
});

test("runTune writes an adapter in both forms, which leaves the model as it is", async (t) => {
  const folder = await setUp(t, conversations);
  const result = await run(recipeOf("sft", folder, "out", ["lora.rank=2", "lora.alpha=8"]));
  assert.ok(result.after["validationLoss"]! < result.before["validationLoss"]!);
  const base = openCheckpoint(join(folder, "base"));
  const [peft, gguf] = result.paths.map((path) => readAdapter(path, base, "x"));
  assert.deepEqual(peft, gguf);
  assert.equal(peft!.targets.length, 7);
  assert.equal(peft!.targets[0]!.scale, 4);
});

test("runTune on pairs raises the held-out accuracy and computes the reference once", async (t) => {
  const folder = await setUp(t, pairs);
  const recipe = recipeOf("dpo", folder, "out", ["checkpointEvery=1"]);
  const result = await run(recipe);
  assert.equal(result.before["preferenceAccuracy"], 0.5);
  assert.ok(Math.abs(result.before["margin"]!) < 1e-9, "the policy begins as the reference");
  assert.equal(result.after["preferenceAccuracy"], 1);
  assert.ok(result.after["margin"]! > 0);
  const { logProbs } = JSON.parse(readFileSync(join(folder, "out", "reference.json"), "utf8"));
  assert.equal(logProbs.length, 10);
});

test("runTune refuses what cannot be trained on before it begins", async (t) => {
  const folder = await setUp(t, conversations);
  await assert.rejects(run(recipeOf("dpo", folder, "out")), /data\.jsonl:1: the record: has no chosen/);
  await assert.rejects(run(recipeOf("sft", folder, "out", ["batch.length=8"])), /longer than 8 tokens/);
  await assert.rejects(run(recipeOf("sft", folder, "out", ["batch.length=512"])), /the model takes 256/);
  assert.ok(!existsSync(join(folder, "out", "metrics.jsonl")));
});

test("previewTune counts data as often as the recipe says", async (t) => {
  const folder = await setUp(t, conversations);
  writeJsonLines(folder, "more.jsonl", conversations);
  const data = "data=[{file: data.jsonl, repeat: 2.5}, {file: more.jsonl, repeat: 0.5}]";
  const recipe = recipeOf("sft", folder, "out", [data, "validation.share=0"]);
  const { examples, first, trainedTokens } = await previewTune(recipe);
  const held = await previewTune(
    recipeOf("sft", folder, "out", ["validation.share=0.5", "validation.most=3"]),
  );
  assert.deepEqual([held.examples, held.validation], [7, 3]);
  assert.equal(examples, 30);
  assert.equal(trainedTokens, 90);
  assert.deepEqual(first[0]!.spans.at(-1), { text: "OK<|eot_id|>", isTrained: true });
  const all = await previewTune(
    recipeOf("sft", folder, "out", [data, "validation.share=0", "promptWeight=0.5"]),
  );
  assert.ok(all.first[0]!.spans.slice(1).every(({ isTrained }) => isTrained));
  assert.ok(all.trainedTokens > trainedTokens);
});

test("parseTuneRecipe names what is wrong with a recipe", () => {
  const parse = (table: Record<string, unknown>, overrides: readonly string[] = []): TuneRecipe =>
    parseTuneRecipe(
      { model: "m", data: "d", out: "o", ...table },
      { method: "sft", owner: "r.yaml", folder: "/x", overrides },
    );
  assert.deepEqual(parse({ lora: true }).lora, {
    rank: 8,
    alpha: 16,
    targets: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
  });
  assert.equal(parse({}, ["batch.length=77"]).batch.length, 77);
  assert.equal(parse({}).model, "/x/m");
  assert.throws(() => parse({ epoch: 1 }), /r\.yaml has no field epoch; did you mean epochs\?/);
  assert.throws(() => parse({ lora: { targets: ["x"] } }), /lora: LoRA target x is not one of/);
  assert.throws(() => parse({}, ["batch"]), /batch is not an override/);
  assert.throws(() => parse({ epochs: 0.5 }), /epochs takes a whole number of at least 1, not 0.5/);
  assert.throws(() => parse({ promptWeight: 2 }), /promptWeight is 2; it is between 0/);
  assert.throws(() => parse({ products: "f16" }), /products takes f32, bf16/);
});
