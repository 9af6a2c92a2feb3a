import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { taskData } from "../data/task-data.ts";
import { FakeGenerator, lastText } from "../generators/fake-generator.ts";
import { fakeRows, fakeTask } from "./fake-task.ts";
import { readReport, readSamples, writeReport } from "./report-file.ts";
import { runTask } from "./run-task.ts";
import { UnsupportedTaskError } from "./session.ts";

const folder = mkdtempSync(join(tmpdir(), "llamero-run-"));
after(() => rmSync(folder, { recursive: true }));

test("runTask scores every item and says what the score depends on", async () => {
  const generator = new FakeGenerator();
  const data = taskData(fakeRows(20, 5));
  const progress: number[] = [];
  const { result, samples } = await runTask(fakeTask, data, generator, {
    seed: 3,
    onProgress: ({ numDone }) => progress.push(numDone),
  });
  const { accuracy, share } = result.scores;
  assert.equal(accuracy!.value, 0.75);
  assert.equal(accuracy!.numItems, 20);
  assert.ok(Math.abs(accuracy!.standardError! - Math.sqrt((0.75 * 0.25) / 19)) < 1e-12);
  assert.equal(accuracy!.method, "wilson");
  assert.equal(share!.value, 0.75);
  assert.equal(share!.method, "bootstrap");
  assert.ok(share!.interval![0] < 0.75 && share!.interval![1] > 0.75);
  assert.deepEqual(result.model, generator.identity);
  assert.equal(result.dataDigest, data.digest);
  assert.deepEqual([result.seed, result.version, result.numItems, result.numErrors], [3, 1, 20, 0]);
  assert.deepEqual(result.tokens, { prompt: 40, completion: 40, scored: 0 });
  assert.deepEqual(
    samples.map(({ index }) => index),
    [...Array(20).keys()],
  );
  assert.equal(samples[7]!.outcome!.answer, "word 7");
  assert.deepEqual(progress, [...Array(21).keys()]);
  assert.equal(generator.maxUnderWay, 4);
});

test("runTask takes the first shots, or draws them by the seed, and never the item itself", async () => {
  const data = taskData(fakeRows(6));
  const shown = async (options: object): Promise<string[]> => {
    const { samples } = await runTask(fakeTask, data, new FakeGenerator(), { numShots: 2, ...options });
    return samples.map(({ prompt }) => (prompt.kind === "text" ? prompt.text : ""));
  };
  assert.equal((await shown({}))[0], "word 1 1\nword 2 2\nword 0");
  assert.equal((await shown({}))[5], "word 0 0\nword 1 1\nword 5");
  const drawn = await shown({ shotChoice: "seeded", seed: 5 });
  assert.deepEqual(await shown({ shotChoice: "seeded", seed: 5, limit: 3 }), drawn.slice(0, 3));
  assert.notDeepEqual(await shown({ shotChoice: "seeded", seed: 6 }), drawn);
  for (const [at, text] of drawn.entries()) assert.equal(text.split(`word ${at}`).length, 2);
  const own = taskData(fakeRows(2), [{ question: "shot", answer: "x" }]);
  const { samples } = await runTask(fakeTask, own, new FakeGenerator(), { numShots: 1 });
  assert.deepEqual(samples[1]!.prompt, { kind: "text", text: "shot x\nword 1" });
});

test("runTask takes shots only from the pool that the task allows", async () => {
  const task = { ...fakeTask, shotPool: () => [{ question: "only", answer: "this" }] };
  const { samples } = await runTask(task, taskData(fakeRows(3)), new FakeGenerator(), { numShots: 1 });
  assert.deepEqual(samples[0]!.prompt, { kind: "text", text: "only this\nword 0" });
  const { result, samples: short } = await runTask(task, taskData(fakeRows(3)), new FakeGenerator(), {
    numShots: 2,
  });
  assert.equal(result.numErrors, 3);
  assert.match(short[0]!.error!, /has 1 records that can be shots of item 0, but 2 are wanted/);
});

test("runTask keeps an item that fails as an error, out of the scores and asked again next time", async () => {
  const workFolder = join(folder, "errors");
  const data = taskData(fakeRows(10));
  let isBroken = true;
  const reply = (request: Parameters<typeof lastText>[0]): string => {
    if (isBroken && lastText(request) === "word 3") throw new Error("Server fell over");
    return lastText(request);
  };
  const first = await runTask(fakeTask, data, new FakeGenerator({ reply }), { workFolder });
  assert.equal(first.result.numErrors, 1);
  assert.equal(first.result.scores["accuracy"]!.numItems, 9);
  assert.equal(first.samples[3]!.error, "Server fell over");
  assert.equal(first.samples[3]!.outcome, null);
  isBroken = false;
  const generator = new FakeGenerator({ reply });
  const second = await runTask(fakeTask, data, generator, { workFolder });
  assert.equal(second.result.numErrors, 0);
  assert.equal(second.result.numResumed, 9);
  assert.deepEqual(generator.requests.map(lastText), ["word 3"]);
});

test("runTask gives up when nothing at all succeeds", async () => {
  const reply = (): never => {
    throw new Error("No route");
  };
  const run = runTask(fakeTask, taskData(fakeRows(1000)), new FakeGenerator({ reply }));
  await assert.rejects(run, /first 25 items of fake all failed: No route/);
});

test("runTask stops at an abort with what was done kept, and goes on from there", async () => {
  const workFolder = join(folder, "abort");
  const data = taskData(fakeRows(40));
  const stop = new AbortController();
  const first = new FakeGenerator();
  const run = runTask(fakeTask, data, first, {
    workFolder,
    signal: stop.signal,
    onProgress: ({ numDone }) => numDone === 10 && stop.abort(),
  });
  await assert.rejects(run, { name: "AbortError" });
  const second = new FakeGenerator();
  const { result } = await runTask(fakeTask, data, second, { workFolder });
  assert.ok(result.numResumed >= 10);
  assert.equal(second.requests.length, 40 - result.numResumed);
  assert.equal(result.scores["accuracy"]!.numItems, 40);
});

test("runTask reuses outcomes only where everything that a score depends on is the same", async () => {
  const workFolder = join(folder, "keys");
  const data = taskData(fakeRows(5));
  const resumed = async (
    options: object,
    task = fakeTask,
    generator = new FakeGenerator(),
  ): Promise<number> => (await runTask(task, data, generator, { workFolder, ...options })).result.numResumed;
  assert.equal(await resumed({}), 0);
  assert.equal(await resumed({}), 5);
  assert.equal(await resumed({ limit: 2 }), 2);
  assert.equal(await resumed({ seed: 1 }), 0);
  assert.equal(await resumed({ numShots: 1 }), 0);
  assert.equal(await resumed({}, { ...fakeTask, version: 2 }), 0);
  const other = new FakeGenerator({ identity: { modelHash: "others" } });
  assert.equal(await resumed({}, fakeTask, other), 0);
  // The answers themselves are known: a new version of the task asks nothing again.
  const generator = new FakeGenerator();
  assert.equal(await resumed({}, { ...fakeTask, version: 3 }, generator), 0);
  assert.equal(generator.requests.length, 0);
});

test("runTask asks equal requests once and fails at once where log-probabilities are missing", async () => {
  const task = {
    ...fakeTask,
    ask: async (...[item, , session]: Parameters<typeof fakeTask.ask>) => {
      const both = await Promise.all([session.loglikelihood("a", "b c"), session.loglikelihood("a", "b c")]);
      return fakeTask.grade!(item, { text: String(both[0].logprob), toolCalls: [] }, session);
    },
  };
  const generator = new FakeGenerator();
  const { result } = await runTask(task, taskData(fakeRows(3)), generator);
  assert.equal(generator.scored.length, 1);
  assert.equal(result.tokens.scored, 12);
  const without = new FakeGenerator({ logprob: null });
  await assert.rejects(runTask(task, taskData(fakeRows(3)), without), UnsupportedTaskError);
});

test("runTask lets a judge answer and names it in the result", async () => {
  const judge = new FakeGenerator({ identity: { model: "judge" }, reply: () => "0" });
  const task = {
    ...fakeTask,
    ask: async (...[item, , session]: Parameters<typeof fakeTask.ask>) => {
      const { text } = await session.judge!({ prompt: { kind: "text", text: item.question } });
      return fakeTask.grade!(item, { text, toolCalls: [] }, session);
    },
  };
  const { result } = await runTask(task, taskData(fakeRows(2)), new FakeGenerator(), { judge });
  assert.equal(result.scores["accuracy"]!.value, 0.5);
  assert.equal(result.judge!.model, "judge");
});

test("runTask names the record that does not parse, and refuses a set without items", async () => {
  const rows = [...fakeRows(2), { question: 3, _file: "x.jsonl" }];
  const run = runTask(fakeTask, taskData(rows), new FakeGenerator());
  await assert.rejects(run, /fake, x\.jsonl: record 3 of the split: Field question must be a text/);
  await assert.rejects(runTask(fakeTask, taskData([]), new FakeGenerator()), /no items to score/);
});

test("readReport gives back what writeReport wrote, and refuses other files", async () => {
  const path = join(folder, "reports", "one.json");
  const { result, samples } = await runTask(fakeTask, taskData(fakeRows(4, 1)), new FakeGenerator());
  await writeReport(path, [result], samples);
  assert.deepEqual(readReport(path).results, [JSON.parse(JSON.stringify(result))]);
  assert.deepEqual(readSamples(path), JSON.parse(JSON.stringify(samples)));
  assert.throws(() => readReport(path.replace(".json", ".samples.jsonl")), /is no report/);
});
