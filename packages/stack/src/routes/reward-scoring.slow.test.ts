import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseRewardRecipe, runReward, scoreWith } from "@llamero/train/round";
import { writeByteModel, writeJsonLines } from "../../../train/src/tune/fake-model-folder.ts";
import type { RewardScoringResponse } from "../api/reward-scoring.ts";
import { serveFake } from "../fake-server.ts";

test("answers get the scores of a reward model that was trained here; other models are refused", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "llamero-score-"));
  const earlier = process.env["LLAMERO_HOME"];
  process.env["LLAMERO_HOME"] = home;
  t.after(() => {
    if (earlier === undefined) delete process.env["LLAMERO_HOME"];
    else process.env["LLAMERO_HOME"] = earlier;
    rmSync(home, { recursive: true, force: true });
  });
  mkdirSync(join(home, "models"));
  await writeByteModel(join(home, "models", "bytes"), 5);
  const pairs = ["a", "b", "c", "d"].map((prompt) => ({ prompt, chosen: `${prompt}!`, rejected: "?" }));
  writeJsonLines(home, "pairs.jsonl", pairs);
  const out = join(home, "runs", "judge");
  await runReward(
    parseRewardRecipe(
      { model: "models/bytes", data: ["pairs.jsonl"], out },
      {
        owner: "recipe",
        folder: home,
        overrides: ["batch.length=96", "batch.microTokens=256", "maxSteps=1"],
      },
    ),
  );
  const served = await serveFake(t);
  const ask = async (model: string, role = "assistant"): Promise<Response> =>
    await fetch(`${served.server.url}/v1alpha/reward-scoring/score`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        model,
        dialog_generations: [
          {
            dialog: [{ role: "user", content: "a" }],
            sampled_generations: ["a!", "?"].map((content) => ({ role, content })),
          },
        ],
      }),
    });
  const answer = (await (await ask("judge")).json()) as RewardScoringResponse;
  const scores = answer.scored_generations[0]!.scored_generations.map(({ score }) => score);
  const expected = await scoreWith(
    join(out, "model"),
    ["a!", "?"].map((content) => ({
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content },
      ],
    })),
  );
  assert.deepEqual(scores, [...expected]);
  assert.equal((await ask("judge", "user")).status, 400);
  assert.equal((await ask("bytes")).status, 400);
  assert.equal((await ask("none")).status, 404);
  assert.deepEqual(served.errors, []);
});
