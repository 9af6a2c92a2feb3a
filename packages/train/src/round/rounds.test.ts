import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { openCheckpoint, readAdapter } from "@llamero/core";
import { FakeAnswers } from "../reject/fake-answers.ts";
import { chooseTrainBackend } from "../session/choose-backend.ts";
import { fakeRounds, fakeRoundsFolder } from "./fake-rounds.ts";
import { type FeedbackRoundResult, runFeedbackRound } from "./feedback-round.ts";
import { readLineage } from "./lineage.ts";
import { parseRoundRecipe, readRoundRecipe } from "./parse-recipe.ts";
import type { RoundRecipe } from "./recipe.ts";
import { type RoundsResult, type RunRoundsOptions, runRounds } from "./run-rounds.ts";
import type { OpenedGenerator, RoundEvent } from "./stages.ts";

async function setUp(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "llamero-rounds-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await fakeRoundsFolder(folder);
  return folder;
}

/** A model answers prompts by its seed, and the gate's task as `isGood` says of its path. */
function answersOf(isGood: (path: string) => boolean): (path: string) => Promise<OpenedGenerator> {
  return async (path) => ({
    generator: new FakeAnswers(
      (_, { seed, temperature }) =>
        temperature === 0 ? (isGood(path) ? "z" : "no") : seed % 2 === 0 ? "z ok" : "bad answer",
      path,
    ),
    async [Symbol.asyncDispose]() {},
  });
}

async function run(recipe: RoundRecipe, options: RunRoundsOptions = {}): Promise<RoundsResult> {
  const { backend } = chooseTrainBackend({ threads: 1 });
  await using _ = backend;
  return await runRounds(recipe, { backend, openGenerator: answersOf(() => true), ...options });
}

test("runRounds takes a round that the gate lets through as the next one's base", async (t) => {
  const folder = await setUp(t);
  const events: RoundEvent[] = [];
  const { stopped, lineage } = await run(fakeRounds(folder), { listener: (event) => events.push(event) });
  assert.equal(stopped, "finished");
  assert.deepEqual(
    lineage.rounds.map(({ verdict }) => verdict),
    ["accepted", "accepted"],
  );
  const [first, second] = lineage.rounds;
  assert.deepEqual(first!.base.path, join(folder, "base"));
  assert.deepEqual(second!.base, first!.candidate);
  assert.deepEqual(lineage.model, second!.candidate);
  assert.notEqual(first!.candidate!.digest, first!.base.digest);
  assert.deepEqual(first!.stages.average!.of, ["sft", "dpo"]);
  assert.ok(first!.stages.sample!.report.accepted > 0 && first!.stages.dpo!.steps > 0);
  assert.equal(lineage.figures[0]!.before, 1);
  assert.equal(openCheckpoint(lineage.model.path).config.hiddenSize, 16);
  assert.deepEqual(readLineage(join(folder, "out")), lineage);
  assert.ok(!existsSync(join(folder, "out", "round-01", "sft", "checkpoints")), "checkpoints are gone");
  assert.deepEqual(events.flatMap((event) => (event.event === "stage" ? [event.stage] : [])).slice(0, 5), [
    "sample",
    "sft",
    "dpo",
    "average",
    "gate",
  ]);
  await assert.rejects(run(fakeRounds(folder)), /holds a run of 2 rounds; give --resume/);
  const changed = fakeRounds(folder, { samples: 5 });
  await assert.rejects(run(changed, { resume: true }), /samples has changed since it began/);
});

test("runRounds rolls back what the gate refuses, with the reason", async (t) => {
  const folder = await setUp(t);
  // The models of round 1 are bad, those of round 2 good.
  const openGenerator = answersOf((path) => !path.includes("round-01"));
  const { lineage } = await run(fakeRounds(folder, { average: false }), { openGenerator });
  const [first, second] = lineage.rounds;
  assert.equal(first!.verdict, "rolled back");
  assert.match(first!.reason!, /^contains of gate went from 1\.000 to 0\.000 \(0 allowed\)$/);
  assert.equal(second!.base.path, join(folder, "base"));
  assert.equal(second!.verdict, "accepted");
  assert.match(second!.candidate!.path, /round-02\/dpo\/model$/, "an adapter is merged");
  const none = await run(fakeRounds(folder, { out: "none", rounds: 1, threshold: 2, sft: {} }));
  assert.match(
    none.lineage.rounds[0]!.reason!,
    /nothing was trained: none of 48 answers reached 2; there are 0 pairs/,
  );
  assert.deepEqual(none.lineage.model.path, join(folder, "base"));
});

test("readRoundRecipe names what is wrong with a recipe", () => {
  const table = {
    model: "m",
    out: "o",
    prompts: ["p.jsonl"],
    rewards: ["exact"],
    gate: { tasks: ["cria_safety"] },
  };
  const parse = (more: object): RoundRecipe =>
    parseRoundRecipe({ ...table, ...more }, { owner: "r.yaml", folder: "/x" });
  assert.deepEqual(parse({}).gate.checks, [
    { task: "cria_safety", metric: null, allowedLoss: 0.01, required: null },
  ]);
  assert.deepEqual(parse({ average: true }).average, { of: ["sft", "dpo"], weights: [1, 1] });
  assert.throws(() => parse({ sample: 3 }), /r\.yaml has no field sample; did you mean samples\?/);
  assert.throws(() => parse({ gate: {} }), /r\.yaml: gate: tasks is missing/);
  assert.throws(() => parse({ sft: false, dpo: false }), /sft and dpo are both false/);
  assert.throws(() => parse({ sft: { model: "m" } }), /sft\.model is filled in round by round/);
  assert.throws(() => parse({ sft: { epoch: 1 } }), /did you mean epochs/);
  assert.throws(() => parse({ average: { of: ["sft"] } }), /takes two models or three/);
  const yaml = "model: m\nout: o\nprompts: p.jsonl\nrewards: [exact]\ngate: {tasks: [cria]}\n";
  const source = { owner: "r.yaml", folder: "/x", overrides: ["rounds=3", "sft.epochs=4"] };
  const recipe = readRoundRecipe(yaml, source);
  assert.deepEqual([recipe.rounds, recipe.sft!.epochs], [3, 4]);
});

test("runFeedbackRound learns and prefers, keeps its rank over rounds, and has the cut adapter judged", async (t) => {
  const folder = await setUp(t);
  const model = join(folder, "base");
  const questions = [..."abcdefgh"];
  const learn = async (
    out: string,
    adapter: string | null,
    isGood: (path: string) => boolean,
  ): Promise<{ result: FeedbackRoundResult; judged: string[] }> => {
    const judged: string[] = [];
    const { backend } = chooseTrainBackend({ threads: 1 });
    await using _ = backend;
    const result = await runFeedbackRound(
      {
        model,
        adapter,
        sft: questions.map((content) => ({
          messages: [
            { role: "user", content },
            { role: "assistant", content: "z" },
          ],
        })),
        pairs: questions.map((prompt) => ({ prompt, chosen: "z", rejected: "no" })),
        out: join(folder, out),
        lora: { rank: 2 },
        maxRank: 4,
        gate: { tasks: [{ task: join(folder, "gate.jsonl"), allowedLoss: 0 }] },
        settings: { batch: { length: 64, tokens: 128, pairs: 4, microTokens: 192 }, epochs: 1 },
        minPairs: 8,
        seed: 3,
        context: 128,
      },
      {
        backend,
        openGenerator: (path) => {
          judged.push(relative(folder, path));
          return answersOf(isGood)(path);
        },
      },
    );
    return { result, judged };
  };
  const rankOf = (path: string): number => readAdapter(path, openCheckpoint(model), "x").targets[0]!.rank;
  const stagesOf = (out: string) => readLineage(join(folder, out, "training"))!.rounds[0]!.stages;

  const first = await learn("one", null, () => true);
  assert.ok(first.result.accepted);
  assert.equal(rankOf(first.result.adapter!.path), 4);
  assert.ok(stagesOf("one").sft!.steps > 0 && stagesOf("one").dpo!.steps > 0);
  assert.deepEqual(first.judged, ["base", "one/training/round-01/dpo/model"]);

  const second = await learn("two", first.result.adapter!.path, () => true);
  assert.equal(rankOf(second.result.adapter!.path), 4);
  assert.match(
    stagesOf("two").average!.note!,
    /^rank 8 cut to 4, which keeps \d+\.\d\d % of the squared changes$/,
  );
  assert.deepEqual(second.judged, ["two/base", "two/training/round-01/average/model"]);

  const third = await learn("three", first.result.adapter!.path, (path) => path.endsWith("base"));
  assert.equal(third.result.adapter, null);
  assert.match(third.result.reason!, /gate/);
});
