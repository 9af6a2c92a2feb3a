import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createFakeHome } from "../fake-home.ts";

const home = createFakeHome();
const file = (name: string): string => join(home.path, name);

function writeLines(name: string, records: readonly unknown[]): string {
  writeFileSync(file(name), records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return file(name);
}

const letters = [..."abcdefghijkl"];
const chat = (): string =>
  writeLines(
    "chat.jsonl",
    letters.map((prompt) => ({ prompt, completion: "OK" })),
  );
const small = ["batch.tokens=120", "batch.microTokens=160", "batch.pairs=4", "learningRate=0.01"];
const slow = ["--backend", "reference", "--max-length", "80", "--json"];

/** A model of a few thousand parameters, made by the commands themselves. */
async function makeBase(): Promise<string> {
  const folder = file("base-run");
  if (existsSync(folder)) return join(folder, "model");
  writeLines(
    "texts.jsonl",
    letters.map((letter) => ({ text: `${letter} is a letter. `.repeat(20) })),
  );
  const made = await home.llamero([
    "train",
    "tokenizer",
    "-i",
    file("texts.jsonl"),
    "-v",
    "290",
    "-o",
    file("words"),
  ]);
  assert.equal(made.code, 0, made.stderr);
  const recipe = {
    tokenizer: file("words"),
    model: {
      hiddenSize: 16,
      intermediateSize: 32,
      numHiddenLayers: 1,
      numAttentionHeads: 2,
      maxPositionEmbeddings: 128,
    },
    data: { sources: { texts: { files: [file("texts.jsonl")] } } },
    batch: { steps: 2, length: 32, tokens: 64, microTokens: 64 },
  };
  writeFileSync(file("base.yaml"), JSON.stringify(recipe));
  const words = ["train", "pretrain", file("base.yaml"), "--backend", "reference", "-o", folder, "--json"];
  const trained = await home.llamero(words);
  assert.equal(trained.code, 0, trained.stderr);
  return join(folder, "model");
}

test("train sft, merge and train dpo take each other's results", async () => {
  const base = await makeBase();
  const sft = await home.llamero([
    "train",
    "sft",
    ...slow,
    "-m",
    base,
    "-d",
    chat(),
    "-o",
    file("sft"),
    ...small,
  ]);
  assert.equal(sft.code, 0, sft.stderr);
  const { paths, after, before } = JSON.parse(sft.stdout);
  const model: string = paths[0];
  assert.equal(model, join(file("sft"), "model"));
  assert.ok(after.validationLoss < before.validationLoss);
  const pairs = writeLines(
    "pairs.jsonl",
    letters.map((prompt) => ({ prompt, chosen: "AA", rejected: "BB" })),
  );
  const words = ["train", "dpo", ...slow, "-m", model, "-d", pairs, "-o", file("dpo"), "--lora", "rank=2"];
  const dpo = await home.llamero([...words, ...small]);
  assert.equal(dpo.code, 0, dpo.stderr);
  const adapter = JSON.parse(dpo.stdout).paths[1];
  const merged = await home.llamero(["merge", model, adapter, "-o", file("merged.gguf"), "--format", "f16"]);
  assert.equal(merged.code, 0, merged.stderr);
  const mean = ["merge", "--average", base, model, "-o", file("mean"), "--weights", "1,3", "--format", "f32"];
  const averaged = await home.llamero(mean);
  assert.equal(averaged.code, 0, averaged.stderr);
  const bad = await home.llamero(["merge", model, adapter, base, "-o", file("bad")]);
  assert.match(bad.stderr, /merge takes one adapter; --average takes several models/);
  const shown = await home.llamero(["inspect", file("merged.gguf"), "--json"]);
  assert.equal(shown.code, 0, shown.stderr);
  const answer = await home.llamero([
    "run",
    model,
    "a",
    "-n",
    "2",
    "--lora",
    `x=${adapter}`,
    "--backend",
    "reference",
  ]);
  assert.equal(answer.code, 0, answer.stderr);
});

test("train reward and train round go from pairs and prompts to a lineage", async () => {
  const base = await makeBase();
  const graded = letters.map((prompt) => ({ prompt, chosen: "AA", rejected: "BB", grade: "better" }));
  const pairs = writeLines("graded.jsonl", graded);
  const reference = ["--backend", "reference", "--json"];
  const words = [
    "train",
    "reward",
    "-m",
    base,
    "-d",
    pairs,
    "-o",
    file("reward"),
    "batch.length=80",
    ...small,
  ];
  const reward = await home.llamero([...words, ...reference]);
  assert.equal(reward.code, 0, reward.stderr);
  const { paths, after } = JSON.parse(reward.stdout);
  assert.equal(paths[0], join(file("reward"), "model"));
  assert.ok("preferenceAccuracy" in after);
  writeLines(
    "prompts.jsonl",
    letters.map((prompt) => ({ prompt })),
  );
  writeLines("gate.jsonl", [{ messages: [{ role: "user", content: "a" }], answer: "A" }]);
  const recipe = {
    model: base,
    out: "rounds",
    prompts: "prompts.jsonl",
    promptsPerRound: 2,
    samples: 2,
    sampling: { maxTokens: 4 },
    rewards: [{ kind: "model", path: paths[0] }],
    threshold: 2,
    sft: { data: [chat()], maxSteps: 1, batch: { length: 80, tokens: 120, microTokens: 160 } },
    gate: { tasks: ["gate.jsonl"] },
    context: 96,
  };
  writeFileSync(file("rounds.yaml"), JSON.stringify(recipe));
  const round = await home.llamero(["train", "round", file("rounds.yaml"), ...reference]);
  assert.equal(round.code, 0, round.stderr);
  const { stopped, rounds } = JSON.parse(round.stdout);
  assert.equal(stopped, "finished");
  assert.equal(rounds[0].stages.sample.report.accepted, 0);
  assert.equal(rounds[0].stages.sft.steps, 1);
  assert.match(rounds[0].verdict, /accepted|rolled back/);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["round", file("rounds.yaml")], /holds a run of 1 rounds; give --resume/],
    [["round", file("rounds.yaml"), "sampels=3"], /no field sampels; did you mean samples/],
    [["round", file("rounds.yaml"), "gate.tasks=[cria_nothing]"], /there is no task cria_nothing/],
    [["round"], /Missing required argument/],
    [["reward", "-m", base, "-d", pairs], /out is missing; give --out/],
    [["reward", "-m", base, "-d", pairs, "-o", "x", "beta=1"], /no field beta/],
  ];
  for (const [given, pattern] of cases) {
    const { code, stderr } = await home.llamero(["train", ...given]);
    assert.equal(code, 2, given.join(" "));
    assert.match(stderr, pattern);
  }
});

test("train sft --dry-run shows the first example with what is trained marked", async () => {
  const words = ["train", "sft", "-m", await makeBase(), "-d", chat(), "--dry-run", "--max-length", "100"];
  const { code, stdout, stderr } = await home.llamero(words);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^11 examples, 1 held out, 2 steps; chat format /);
  assert.match(stdout, /⟦OK<\|eot_id\|>⟧\n$/);
});

test("train sft explains what is wrong", async () => {
  const base = await makeBase();
  const data = chat();
  const wrong = writeLines("wrong.jsonl", [{ messages: [{ role: "user", content: "a" }] }]);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["-d", data, "-o", "x"], /model is missing; give --model/],
    [["-m", base, "-o", "x"], /data is missing; give --data/],
    [["-m", base, "-d", data], /out is missing; give --out/],
    [["-m", base, "-d", data, "-o", "x", "--lora", "rank"], /--lora takes rank=N/],
    [["-m", base, "-d", data, "-o", "x", "epoch=3"], /no field epoch; did you mean epochs/],
    [["-m", base, "-d", wrong, "-o", "x"], /wrong\.jsonl:1: the record: has no message of the assistant/],
    [["-m", base, "-d", data, "-o", file("x"), "--max-length", "9"], /longer than 9 tokens/],
    [["-m", base, "-d", file("none.jsonl"), "-o", file("x")], /There is no file .*none\.jsonl/],
  ];
  for (const [words, pattern] of cases) {
    const { code, stderr } = await home.llamero(["train", "sft", ...words]);
    assert.equal(code, 2, words.join(" "));
    assert.match(stderr, pattern);
  }
  assert.ok(!existsSync(file("x")));
});
