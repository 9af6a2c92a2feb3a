import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { RunEvent } from "../run/run-event.ts";
import { chooseTrainBackend } from "../session/choose-backend.ts";
import { writeByteModel, writeJsonLines } from "../tune/fake-model-folder.ts";
import { parseRewardRecipe, type RewardRecipe } from "./recipe.ts";
import { openRewardModel, scoreWith } from "./reward-model.ts";
import { runReward } from "./run-reward.ts";

const letters = "abcdefghijklmnopqrstuvwxyz";
/** Answers in small letters are preferred to those in capitals. */
const pairs = [...letters].flatMap((letter, i) => {
  const other = letters[(i * 7 + 3) % 26]!;
  return [
    { prompt: letter, chosen: `${letter}${other}`, rejected: `${letter}${other}`.toUpperCase() },
    { prompt: other, chosen: `${other}${letter}.`, rejected: `${other}${letter}!`.toUpperCase() },
  ];
});

async function setUp(t: TestContext, records: readonly unknown[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "llamero-reward-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await writeByteModel(join(folder, "base"), 5);
  writeJsonLines(folder, "pairs.jsonl", records);
  return folder;
}

function recipeOf(folder: string, overrides: readonly string[] = []): RewardRecipe {
  return parseRewardRecipe(
    { model: "base", data: "pairs.jsonl", out: "out" },
    {
      owner: "recipe",
      folder,
      overrides: [
        "batch.length=96",
        "batch.pairs=8",
        "batch.microTokens=512",
        "validation.share=0.25",
        "learningRate=0.02",
        "epochs=6",
        ...overrides,
      ],
    },
  );
}

const conversation = (prompt: string, content: string) => ({
  messages: [
    { role: "user" as const, content: prompt },
    { role: "assistant" as const, content },
  ],
});

test("runReward learns a preference, and scoreWith scores by it", async (t) => {
  const folder = await setUp(t, pairs);
  const { backend } = chooseTrainBackend({ threads: 1 });
  await using _ = backend;
  const result = await runReward(recipeOf(folder), { backend });
  assert.equal(result.stopped, "finished");
  assert.ok(result.after["preferenceAccuracy"]! >= 0.9, JSON.stringify(result.after));
  assert.ok(result.after["validationLoss"]! < result.before["validationLoss"]!);
  const [path] = result.paths;
  const model = openRewardModel(path!);
  assert.equal(model.config.evaluation["preferenceAccuracy"], result.after["preferenceAccuracy"]);
  assert.equal(model.head.length, 16);
  const scores = await scoreWith(
    path!,
    [conversation("k", "qx"), conversation("k", "QX"), conversation("k", "qx")],
    { backend },
  );
  assert.ok(scores[0]! > scores[1]!, scores.join());
  assert.ok(Math.abs(scores[0]! - scores[2]!) < 1e-5, "packing changes nothing");
  await assert.rejects(
    scoreWith(path!, [{ messages: [{ role: "user", content: "k" }] }], { backend }),
    /Conversation 0 does not end with the assistant/,
  );
  assert.throws(() => openRewardModel(join(folder, "base")), /holds no reward model/);
});

test("runReward with an adapter writes it merged, and goes on where it was stopped", async (t) => {
  const folder = await setUp(t, pairs);
  const { backend } = chooseTrainBackend({ threads: 1 });
  await using _ = backend;
  const settings = ["lora.rank=4", "format=f32", "checkpointEvery=10", "evalEvery=0", "epochs=5"];
  const controller = new AbortController();
  const listener = (event: RunEvent): void => {
    if (event.event === "step" && event.step === 5) controller.abort();
  };
  const recipe = recipeOf(folder, settings);
  const first = await runReward(recipe, { backend, listener, signal: controller.signal });
  assert.deepEqual([first.stopped, first.step, first.paths], ["interrupted", 5, []]);
  await assert.rejects(runReward({ ...recipe, seed: 2 }, { backend, resume: true }), /Setting seed was 1/);
  const parts = await runReward(recipe, { backend, resume: true });
  const whole = await runReward(recipeOf(folder, [...settings, "out=whole"]), { backend });
  const conversations = [conversation("k", "qx"), conversation("k", "QX")];
  const [a, b] = [
    await scoreWith(parts.paths[0]!, conversations, { backend }),
    await scoreWith(whole.paths[0]!, conversations, { backend }),
  ];
  assert.deepEqual(a, b);
  assert.ok(a[0]! > a[1]!, a.join());
});

test("runReward leaves out pairs that are hardly better, and says so", async (t) => {
  const graded = pairs.map((pair, i) => ({ ...pair, grade: i % 2 === 0 ? "better" : "slightly better" }));
  const folder = await setUp(t, graded);
  const { backend } = chooseTrainBackend({ threads: 1 });
  await using _ = backend;
  const told: string[] = [];
  const onStart = ({ notes, examples }: { notes: readonly string[]; examples: number }): void => {
    told.push(...notes, `${examples} examples`);
  };
  const few = ["maxSteps=1", "validation.share=0"];
  await runReward(recipeOf(folder, few), { backend, onStart });
  assert.deepEqual(told, [
    "26 of 52 pairs are not used, since their grade is none of significantly better, better",
    "26 examples",
  ]);
  await assert.rejects(
    runReward(recipeOf(folder, [...few, "grades=[significantly better]"]), { backend }),
    /nothing is left to learn from/,
  );
  writeJsonLines(folder, "pairs.jsonl", [{ ...pairs[0], grade: "great" }]);
  await assert.rejects(runReward(recipeOf(folder, few), { backend }), /pairs\.jsonl:1: grade is "great"/);
  assert.throws(() => recipeOf(folder, ["beta=0.2"]), /has no field beta; a reward model writes no text/);
  assert.throws(() => recipeOf(folder, ["grades=[good]"]), /grades has "good"/);
});
