import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createFakeHome } from "../fake-home.ts";

const home = createFakeHome();
const file = (name: string): string => join(home.path, name);

const lines = Array.from({ length: 60 }, (_, i) =>
  JSON.stringify({
    text: `line ${i} of a text about rivers, lakes and ${i * 17} hills`,
    lang: i % 2 ? "en" : "de",
  }),
);

async function makeTokenizer(): Promise<string> {
  const folder = file("words");
  if (existsSync(folder)) return folder;
  writeFileSync(file("texts.jsonl"), `${lines.join("\n")}\n`);
  const { code, stderr } = await home.llamero([
    "train",
    "tokenizer",
    "-i",
    file("texts.jsonl"),
    "-v",
    "300",
    "-o",
    folder,
  ]);
  assert.equal(code, 0, stderr);
  return folder;
}

/** A recipe that nothing is trained with. */
async function makeRecipe(): Promise<string> {
  const recipe = {
    tokenizer: await makeTokenizer(),
    model: { hiddenSize: 64, intermediateSize: 128, numHiddenLayers: 2, numAttentionHeads: 4 },
    data: { sources: { texts: { files: [file("texts.jsonl")] } } },
    batch: { steps: 100, length: 32, tokens: 256 },
  };
  writeFileSync(file("base.yaml"), JSON.stringify(recipe));
  return file("base.yaml");
}

test("train tokenizer takes filters and weights, keeps what is there, and refuses bad input", async () => {
  const words = await makeTokenizer();
  const again = await home.llamero(["train", "tokenizer", "-i", file("texts.jsonl"), "-o", words]);
  assert.deepEqual([again.code, /holds a tokenizer already/.test(again.stderr)], [2, true]);
  const inputs = ["-i", file("texts.jsonl"), "-i", file("texts.jsonl")];
  const options = [
    "--where",
    "lang=en",
    "--where",
    "",
    "--weight",
    "3",
    "-v",
    "290",
    "-o",
    file("words2"),
    "--json",
  ];
  const { code, stdout } = await home.llamero(["train", "tokenizer", ...inputs, ...options]);
  assert.equal(code, 0);
  const report = JSON.parse(stdout);
  assert.deepEqual(
    report.inputs.map((one: { documents: number; weight: number }) => [one.documents, one.weight]),
    [
      [30, 3],
      [60, 3],
    ],
  );
  const refused: [string[], RegExp][] = [
    [["-o", file("x")], /--input is missing/],
    [["-i", file("texts.jsonl")], /--out is missing/],
    [
      [...inputs, "--weight", "1", "--weight", "2", "--weight", "3", "-o", file("x")],
      /given 3 times for 2 inputs/,
    ],
    [["-i", file("texts.jsonl"), "-v", "100", "-o", file("x")], /100 tokens cannot be made/],
    [["-i", file("gone.txt"), "-o", file("x")], /No file matches/],
  ];
  for (const [more, message] of refused) {
    const { code, stderr } = await home.llamero(["train", "tokenizer", ...more]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});

test("plan train tells what a recipe and a published shape take", async () => {
  const recipe = await makeRecipe();
  const own = await home.llamero(["plan", "train", recipe, "--flops", "1e9", "--json"]);
  assert.equal(own.code, 0, own.stderr);
  const plan = JSON.parse(own.stdout);
  assert.equal(plan.tokens, 25_600);
  assert.equal(plan.tokensPerSecond, 5e8 / plan.flopsPerToken);
  const large = await home.llamero(["plan", "train", "llama3.1:405b", "--tokens", "1M", "--flops", "1e12"]);
  assert.equal(large.code, 1);
  assert.match(large.stderr, /Training takes .* GB are free: take a smaller model/);
  const without = await home.llamero(["plan", "train", "llama3.1:8b"]);
  assert.deepEqual([without.code, /--tokens is missing/.test(without.stderr)], [2, true]);
});

test("train scaling plans, scaling predict writes once, scaling compare reads the run", async () => {
  const recipe = await makeRecipe();
  const sweep = file("sweep");
  const sizes = ["--sizes", "32x1,48x2,64x2", "-o", sweep];
  const planned = await home.llamero([
    "train",
    "scaling",
    recipe,
    ...sizes,
    "--budgets",
    "3e10,6e10",
    "--plan",
    "--json",
  ]);
  assert.equal(planned.code, 0, planned.stderr);
  const { runs } = JSON.parse(planned.stdout);
  assert.equal(runs.length, 6);
  const few = await home.llamero(["train", "scaling", recipe, ...sizes, "--budgets", "1e7,6e10"]);
  assert.match(few.stderr, /would train for \d+ steps/);

  // Losses of a made-up law instead of trained models.
  mkdirSync(sweep);
  const points = runs.map(
    (run: { id: string; budget: number; parameters: number; tokens: number; flopsPerToken: number }) => ({
      id: run.id,
      budget: run.budget,
      parameters: run.parameters,
      tokens: run.tokens,
      flops: run.flopsPerToken * run.tokens,
      loss: 2 + 40 / run.parameters ** 0.4 + 60 / run.tokens ** 0.4,
    }),
  );
  writeFileSync(join(sweep, "points.json"), JSON.stringify(points));
  const predict = ["scaling", "predict", sweep, recipe, "batch.steps=800", "--json"];
  const predicted = await home.llamero(predict);
  assert.equal(predicted.code, 0, predicted.stderr);
  const { loss, file: path } = JSON.parse(predicted.stdout);
  const twice = await home.llamero(predict);
  assert.deepEqual([twice.code, /a prediction is not changed/.test(twice.stderr)], [2, true]);

  const run = file("larger");
  mkdirSync(run);
  const unfinished = await home.llamero(["scaling", "compare", path, run]);
  assert.match(unfinished.stderr, /the run is not finished/);
  writeFileSync(
    join(run, "result.json"),
    JSON.stringify({ after: { validationLoss: loss * 1.02 }, average: null }),
  );
  writeFileSync(
    join(run, "run.json"),
    JSON.stringify({ startedAt: new Date(Date.now() + 1000).toISOString() }),
  );
  const compared = await home.llamero(["scaling", "compare", path, run, "--json"]);
  assert.equal(compared.code, 0, compared.stderr);
  assert.ok(Math.abs(JSON.parse(compared.stdout).error - 0.02) < 1e-9);
  writeFileSync(join(run, "run.json"), JSON.stringify({ startedAt: "2020-01-01T00:00:00Z" }));
  const before = await home.llamero(["scaling", "compare", path, run]);
  assert.deepEqual([before.code, /that is no prediction/.test(before.stderr)], [2, true]);
  assert.equal(JSON.parse(readFileSync(path, "utf8")).version, 1);
});
