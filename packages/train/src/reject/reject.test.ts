import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readConversations, readPairs } from "../chat-data/read-chat-data.ts";
import type { Scorer } from "../reward/reward-model.ts";
import { parseRewards } from "../reward/reward-set.ts";
import { writeJsonLines } from "../tune/fake-model-folder.ts";
import { FakeAnswers } from "./fake-answers.ts";
import { readPrompts } from "./prompts.ts";
import { type RejectOptions, type RejectResult, rejectionSample } from "./reject.ts";

const records = [
  { prompt: "1 + 1", expect: { answer: 2 } },
  {
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
      { role: "user", content: "2 + 3" },
      { role: "assistant", content: "5" },
    ],
    expect: { answer: 5 },
  },
  { prompt: "hard", expect: { answer: 9 } },
  { prompt: "long", expect: { answer: 7 } },
];

/** Right answers to some of the seeds; the last number counts. */
function reply(question: string, { seed }: { seed: number }): string {
  if (question === "hard") return "I do not know";
  if (question === "long") return "It is 7...";
  const right = question === "1 + 1" ? 2 : 5;
  return seed % 2 === 0 ? `It is ${right}.` : `It is ${seed % 50}0.`;
}

async function run(
  folder: string,
  generator: FakeAnswers,
  more: Partial<RejectOptions> = {},
): Promise<RejectResult> {
  const path = writeJsonLines(folder, "prompts.jsonl", records);
  const { prompts } = await readPrompts([path]);
  return await rejectionSample({
    prompts,
    samples: 6,
    sampling: { temperature: 1, topP: 1, maxTokens: 20 },
    seed: 3,
    generator,
    rewards: parseRewards("rewards", [{ kind: "exact", part: "last number" }], folder),
    threshold: 0.5,
    minMargin: 0.1,
    folder: join(folder, "out"),
    ...more,
  });
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-reject-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("rejectionSample keeps the best answers and pairs them with the worst", async (t) => {
  const folder = folderOf(t);
  const { report, sft, pairs } = await run(folder, new FakeAnswers(reply));
  assert.deepEqual([report.prompts, report.samples, report.accepted, report.pairs], [4, 24, 2, 2]);
  assert.deepEqual([report.acceptance, report.cut, report.failed], [0.5, 6, 0]);
  assert.equal(report.reasons["cut off"], 6);
  assert.ok(report.meanBestScore > report.meanScore);
  const learned = await readConversations([sft]);
  assert.deepEqual(learned.notes, []);
  assert.deepEqual(
    learned.records.map(({ messages }) => messages.at(-1)!.content),
    ["It is 2.", "It is 5."],
  );
  assert.deepEqual(
    learned.records[1]!.messages.map(({ trainable }) => trainable ?? true),
    [true, false, true, true],
    "only the sampled answer is learned",
  );
  const preferred = await readPairs([pairs]);
  assert.equal(preferred.records[1]!.prompt.length, 3);
  assert.match(preferred.records[1]!.rejected[0]!.content, /^It is \d+0\.$/);
});

test("rejectionSample goes on where it was stopped and gives the same files", async (t) => {
  const folder = folderOf(t);
  const whole = await run(folder, new FakeAnswers(reply), { folder: join(folder, "whole") });
  const first = new FakeAnswers((question, request, turn) => {
    if (turn === 13) throw new Error("The power went");
    return reply(question, request);
  });
  await assert.rejects(run(folder, first), /The power went/);
  // What a kill leaves of the last line.
  appendFileSync(join(folder, "out", "samples.jsonl"), '{"prompt":1,"sam');
  const second = new FakeAnswers(reply);
  const result = await run(folder, second);
  assert.ok(second.numAsked > 0 && second.numAsked <= 24 - 8, `${second.numAsked} asked again`);
  for (const file of ["sft", "pairs"] as const)
    assert.equal(readFileSync(result[file], "utf8"), readFileSync(whole[file], "utf8"));
  const third = new FakeAnswers(reply);
  await run(folder, third, { threshold: 0.9 });
  assert.equal(third.numAsked, 0);
  await assert.rejects(run(folder, third, { seed: 99 }), /cannot be continued: seed has changed/);
  await assert.rejects(run(folder, new FakeAnswers(reply, "other")), /model.model has changed/);
});

test("rejectionSample scores by a reward model beside rules", async (t) => {
  const folder = folderOf(t);
  const asked: number[] = [];
  const scorer: Scorer = {
    identity: "s",
    async score(conversations) {
      asked.push(conversations.length);
      // Longer is better.
      return Float32Array.from(conversations, ({ messages }) => messages.at(-1)!.content.length - 10);
    },
    async [Symbol.asyncDispose]() {},
  };
  const rewards = parseRewards("rewards", [{ kind: "model", path: "m" }], folder);
  const { report } = await run(folder, new FakeAnswers(reply), { rewards, openScorer: () => scorer });
  assert.deepEqual(asked, [18], "cut answers are not scored");
  assert.equal(report.accepted, 3);
  await assert.rejects(
    run(folder, new FakeAnswers(reply), { rewards: parseRewards("r", ["tests"], folder) }),
    /prompts\.jsonl:1: no reward applies/,
  );
});

test("readPrompts names the line that is wrong", async (t) => {
  const folder = folderOf(t);
  const read = async (record: unknown) => await readPrompts([writeJsonLines(folder, "p.jsonl", [record])]);
  await assert.rejects(read({ prompt: "a", expect: 3 }), /p\.jsonl:1: expect: is not an object/);
  await assert.rejects(read({ messages: [{ role: "system", content: "x" }] }), /asks nothing/);
  await assert.rejects(
    read({ prompt: "a", expect: { schema: { type: "object", anyOf: [] } } }),
    /anyOf is not/,
  );
  await assert.rejects(read(["a"]), /not a JSON object/);
});
