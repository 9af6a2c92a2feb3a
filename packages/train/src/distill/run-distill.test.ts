import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openCheckpoint } from "@llamero/core";
import { createReferenceBackend, createReferenceTraining } from "@llamero/kernels";
import { byteConfig, writeByteModel, writeJsonLines } from "../tune/fake-model-folder.ts";
import { type DistillRecipe, parseDistillRecipe } from "./recipe.ts";
import { type DistillResult, type RunDistillOptions, runDistill } from "./run-distill.ts";
import { keptLayers, studentConfig } from "./student.ts";

const base = {
  teacher: "teacher",
  out: "out",
  data: "data.jsonl",
  batch: { length: 96, tokens: 160, microTokens: 192 },
  validation: { share: 0.2 },
  learningRate: 0.01,
  sampleEvery: 0,
};
const conversations = ["a", "b", "c", "d", "e", "f"].map((prompt) => ({ prompt, completion: `${prompt}!` }));

async function setUp(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "llamero-distill-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await writeByteModel(join(folder, "teacher"), 5, { ...byteConfig, numHiddenLayers: 3 });
  writeJsonLines(folder, "data.jsonl", conversations);
  return folder;
}

async function run(recipe: DistillRecipe, options: RunDistillOptions = {}): Promise<DistillResult> {
  await using backend = createReferenceTraining();
  const teacherBackend = createReferenceBackend();
  await using _ = teacherBackend;
  return await runDistill(recipe, { backend, teacherBackend, ...options });
}

test("runDistill makes a student of the teacher's layers, learns from its probabilities and goes on after a stop", async (t) => {
  const folder = await setUp(t);
  const table = { ...base, student: { layers: 2 } };
  const result = await run(parseDistillRecipe(table, "recipe", folder));
  assert.equal(result.stopped, "finished");
  assert.ok(result.after["validationLoss"]! < result.before["validationLoss"]!, JSON.stringify(result));
  const student = openCheckpoint(result.paths[0]!);
  assert.equal(student.config.numHiddenLayers, 2);
  assert.ok(Number.isFinite(result.after["validationKl"]));
  const card = readFileSync(join(result.paths[0]!, "README.md"), "utf8");
  assert.match(card, /Distilled from teacher: .* 20 likeliest tokens and 4 draws/);
  const again = { ...table, out: "again" };
  const stop = new AbortController();
  const recipe = parseDistillRecipe(again, "recipe", folder);
  const partly = await run(recipe, {
    signal: stop.signal,
    listener: ({ event }) => event === "step" && stop.abort(),
  });
  assert.equal(partly.stopped, "interrupted");
  // As if killed while targets were written.
  truncateSync(join(folder, "again", "targets.bin"), 1001);
  const asked: number[] = [];
  await run(recipe, { resume: true, onTeacher: (_, done) => asked.push(done) });
  assert.ok(asked.length > 0 && asked.length < 6);
  const bytes = (out: string): Buffer => readFileSync(join(folder, out, "model", "model.safetensors"));
  assert.deepEqual(bytes("again"), bytes("out"));
  const other = parseDistillRecipe({ ...table, student: { layers: 1 } }, "recipe", folder);
  await assert.rejects(run(other), /numHiddenLayers 2, and it is 1 now/);
});

test("runDistill has the teacher answer prompts once, and a student of any kind learns them", async (t) => {
  const folder = await setUp(t);
  const prompts = ["a", "b", "c"].map((prompt) => ({ prompt }));
  writeJsonLines(folder, "prompts.jsonl", prompts);
  const { data: _, ...table } = base;
  const recipe = parseDistillRecipe(
    {
      ...table,
      kind: "answers",
      prompts: "prompts.jsonl",
      student: { hiddenSize: 16, layers: 1 },
      answers: { maxTokens: 3 },
    },
    "recipe",
    folder,
  );
  // A teacher with random weights hardly ends an answer.
  await assert.rejects(run(recipe), /None of 3 answers can be learned from: 3 were cut/);
  const log = join(folder, "out", "answers.log");
  const entries = readFileSync(log, "utf8").trim().split("\n");
  const whole = entries.map((line) => ({ ...(JSON.parse(line) as object), text: "yes", isWhole: true }));
  writeJsonLines(join(folder, "out"), "answers.log", whole);
  const asked: number[] = [];
  const result = await run(recipe, { onTeacher: (_, done) => asked.push(done) });
  assert.deepEqual(asked, [3]);
  assert.equal(result.answers?.answers, 3);
  assert.ok(result.step > 0);
});

test("runDistill refuses a student with another tokenizer, naming both", async (t) => {
  const folder = await setUp(t);
  await writeByteModel(join(folder, "other"), 6);
  const path = join(folder, "other", "tokenizer.json");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(path, readFileSync(path, "utf8").replaceAll("<|begin_of_text|>", "<|begin_of_words|>"));
  const recipe = parseDistillRecipe({ ...base, model: "other" }, "recipe", folder);
  await assert.rejects(
    run(recipe),
    /teacher .*teacher and the student .*other have different tokenizers: token 256/,
  );
});

test("parseDistillRecipe and studentConfig name what does not fit together", () => {
  const parse = (more: object): DistillRecipe =>
    parseDistillRecipe({ ...base, ...more }, "recipe", "/nowhere");
  assert.throws(() => parse({}), /either model, .* or student/);
  assert.throws(() => parse({ model: "m", prompts: "p" }), /either prompts, .* or data/);
  assert.throws(() => parse({ model: "m", softWeigth: 1 }), /softWeigth/);
  assert.throws(() => parse({ model: "m", softWeight: 2 }), /softWeight takes a number from 0 to 1, not 2/);
  assert.throws(() => parse({ student: { layer: 2 } }), /did you mean layers/);
  assert.throws(() => parse({ student: { layers: 2 }, lora: true }), /lora trains an adapter/);
  const shape = { layers: 2, hiddenSize: 24, intermediateSize: null, heads: null, kvHeads: null };
  assert.throws(
    () => studentConfig(byteConfig, { ...shape, init: "teacher" }),
    /hiddenSize of 24 instead of 16/,
  );
  const config = studentConfig(byteConfig, { ...shape, init: "random" });
  assert.deepEqual([config.numAttentionHeads, config.headDim, config.numHiddenLayers], [3, 8, 2]);
  assert.deepEqual(keptLayers(30, 4), [0, 10, 19, 29]);
});
