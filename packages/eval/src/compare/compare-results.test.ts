import assert from "node:assert/strict";
import { test } from "node:test";
import { taskData } from "../data/task-data.ts";
import { FakeGenerator, lastText } from "../generators/fake-generator.ts";
import { fakeRows, fakeTask } from "../run/fake-task.ts";
import { type RunOptions, runTask } from "../run/run-task.ts";
import type { Task } from "../task.ts";
import { compareResults } from "./compare-results.ts";
import { bootstrapPairs, comparePairs, mcnemar } from "./paired.ts";

/** A model that is wrong about the first items. */
async function measure(
  numWrong: number,
  { task = fakeTask, rows = 20, ...options }: RunOptions & { task?: typeof fakeTask; rows?: number } = {},
) {
  const reply = (request: Parameters<typeof lastText>[0]): string => {
    const text = lastText(request).split("\n").at(-1)!;
    return Number(text.split(" ")[1]) < numWrong ? "no" : text;
  };
  return await runTask(
    task,
    taskData(fakeRows(rows)),
    new FakeGenerator({ reply, identity: { model: `wrong-${numWrong}`, modelHash: String(numWrong) } }),
    options,
  );
}

const refuses = (a: Awaited<ReturnType<typeof measure>>, b: typeof a, reason: RegExp): void =>
  assert.throws(() => compareResults(a, b), { name: "NotComparableError", message: reason });

test("compareResults pairs items by their place and counts what changed", async () => {
  const comparison = compareResults(await measure(8), await measure(2), { metrics: fakeTask.metrics });
  const [main, share] = comparison.metrics;
  assert.equal(main!.metric, "accuracy");
  assert.ok(Math.abs(main!.difference - 0.3) < 1e-12);
  assert.deepEqual([main!.numWins, main!.numLosses, main!.numTies], [6, 0, 14]);
  assert.ok(Math.abs(main!.pValue! - 2 * 0.5 ** 6) < 1e-12);
  assert.ok(main!.interval![0] > 0 && main!.interval![1] < 0.6);
  assert.equal(share!.metric, "share");
  assert.equal(share!.method, "bootstrap");
  assert.ok(Math.abs(share!.difference - 0.3) < 1e-12);
  assert.deepEqual(
    comparison.changed.map(({ index }) => index),
    [2, 3, 4, 5, 6, 7],
  );
  assert.deepEqual(comparison.changed[0]!.b, { score: 1, answer: "word 2", note: null });
});

test("compareResults leaves out a figure of all items whose formula it does not know, and says so", async () => {
  const { notCompared, metrics } = compareResults(await measure(1), await measure(2));
  assert.deepEqual(notCompared, ["share"]);
  assert.equal(metrics.length, 1);
});

test("compareResults refuses what is not comparable and names every field", async () => {
  const a = await measure(3);
  refuses(a, await measure(3, { rows: 19 }), /data digest .*; number of items 20 and 19/);
  refuses(a, await measure(3, { numShots: 1 }), /number of shots 0 and 1/);
  refuses(a, await measure(3, { seed: 1 }), /seed 0 and 1/);
  refuses(a, await measure(3, { limit: 5 }), /limit null and 5; number of items 20 and 5/);
  refuses(a, await measure(3, { task: { ...fakeTask, version: 2 } }), /task version 1 and 2/);
  refuses(a, await measure(3, { task: { ...fakeTask, name: "other" } }), /task other/);
  const edited: typeof fakeTask = {
    ...fakeTask,
    prompt: (item) => ({ kind: "text", text: `? ${item.question}` }),
  };
  refuses(a, await measure(3, { task: edited }), /prompt of item/);
  refuses(a, { ...a, samples: a.samples.slice(1) }, /B is partial: 19 of 20/);
});

test("compareResults holds the chat template against each other only where it is used", async () => {
  const chat: Task<{ question: string; answer: string }> = {
    ...fakeTask,
    prompt: ({ question }) => ({ kind: "chat", messages: [{ role: "user", content: question }] }),
  };
  for (const task of [fakeTask, chat]) {
    const a = await measure(3, { task: task as typeof fakeTask });
    const b = { ...a, result: { ...a.result, model: { ...a.result.model, templateHash: "another" } } };
    if (task === chat) refuses(a, b, /chat template template and another; --across-templates/);
    const { differences } = compareResults(a, b, { acrossTemplates: task === chat });
    assert.deepEqual(differences, ['templateHash: "template" and "another"']);
  }
});

test("mcnemar is the exact two-sided binomial test", () => {
  assert.equal(mcnemar(0, 0), 1);
  assert.ok(Math.abs(mcnemar(10, 2) - 0.0385742188) < 1e-9);
  assert.equal(mcnemar(2, 10), mcnemar(10, 2));
  assert.ok(mcnemar(6000, 5000) < 1e-20);
});

test("comparePairs of other numbers is a bootstrap near the analytic error, and the same for a seed", () => {
  const a = Array.from({ length: 200 }, (_, at) => Math.sin(at));
  const b = a.map((value, at) => value + 0.1 + 0.5 * Math.cos(at * 7));
  const found = comparePairs(a, b, { seed: 3 });
  assert.deepEqual(comparePairs(a, b, { seed: 3 }), found);
  assert.equal(found.method, "bootstrap");
  assert.ok(Math.abs(found.standardError! - 0.5 / Math.SQRT2 / Math.sqrt(200)) < 0.003);
  assert.ok(found.pValue! < 0.01);
  assert.equal(comparePairs([0], [1], { seed: 0 }).interval, null);
  assert.equal(bootstrapPairs([1, 1, 1], () => 0, { seed: 0 }).pValue, 1);
});
