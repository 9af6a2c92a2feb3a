import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { RunEvent } from "../run/run-event.ts";
import { parseEvents } from "../run/run-log.ts";
import { FakeSession, fakeMethod } from "./fake-session.ts";
import { DivergedError, type RunTrainingOptions, runTraining } from "./run-training.ts";

const fresh = (): string => mkdtempSync(join(tmpdir(), "llamero-run-"));

function options(folder: string, more: Partial<RunTrainingOptions> = {}): RunTrainingOptions {
  return {
    session: new FakeSession(),
    method: fakeMethod(12),
    schedule: { shape: "cosine", peak: 0.05, steps: 12, warmupSteps: 3, finalRatio: 0, decaySteps: 0 },
    folder,
    checkpointEvery: 2,
    evalEvery: 4,
    sampleEvery: 6,
    resume: true,
    identity: { settings: { rate: 0.05, data: { mix: [1, 2] } }, tokenizer: "abc" },
    ...more,
  };
}

const eventsOf = (folder: string): RunEvent[] => parseEvents(readFileSync(join(folder, "metrics.jsonl")));
const tensorsOf = (checkpoint: string): Buffer => readFileSync(join(checkpoint, "state.safetensors"));

/** Fires after the step was told. */
function stopAfter(step: number): Pick<RunTrainingOptions, "signal" | "listener"> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    listener: (event) => {
      if (event.event === "step" && event.step === step) controller.abort();
    },
  };
}

test("runTraining stopped and resumed ends with the bytes of one unbroken run", async () => {
  const whole = fresh();
  const average = { from: 6, every: 2 };
  const expected = await runTraining(options(whole, { average }));
  assert.equal(expected.stopped, "finished");
  const parts = fresh();
  const first = await runTraining(options(parts, { average, ...stopAfter(5) }));
  assert.deepEqual([first.stopped, first.step], ["interrupted", 5]);
  const second = await runTraining(options(parts, { average, ...stopAfter(8) }));
  assert.deepEqual([second.stopped, second.step], ["interrupted", 8]);
  const last = await runTraining(options(parts, { average }));
  assert.deepEqual(tensorsOf(last.checkpoint), tensorsOf(expected.checkpoint));
  const curve = (folder: string): unknown =>
    eventsOf(folder).flatMap((event): unknown[] =>
      event.event === "step"
        ? [[event.step, event.loss, event.learningRate, event.tokens]]
        : event.event === "eval" || event.event === "sample"
          ? [event]
          : [],
    );
  assert.deepEqual(curve(parts), curve(whole));
  const samples = (folder: string): string =>
    readFileSync(join(folder, "samples", "step-00000012.txt"), "utf8");
  assert.equal(samples(parts), "once| upon\n\n");
  assert.equal(samples(whole), samples(parts));
});

test("runTraining takes back the events of steps that were not saved", async () => {
  const folder = fresh();
  await runTraining(options(folder, { method: fakeMethod(6) }));
  const path = join(folder, "checkpoints", "step-00000006", "state.safetensors");
  truncateSync(path, 20);
  const told: RunEvent[] = [];
  await runTraining(options(folder, { method: fakeMethod(6), listener: (event) => told.push(event) }));
  assert.deepEqual(
    told.flatMap((event) => (event.event === "step" ? event.step : [])),
    [5, 6],
    "goes on at the newest whole checkpoint",
  );
  assert.match(JSON.stringify(told), /step-00000006 was not used: state.safetensors has 20 bytes instead of/);
  assert.deepEqual(
    eventsOf(folder).flatMap((event) => (event.event === "step" ? event.step : [])),
    [1, 2, 3, 4, 5, 6],
  );
});

test("runTraining keeps the newest checkpoints and the best", async () => {
  const folder = fresh();
  let evaluation = 0;
  const scores = [9, 3, 8, 7];
  const method = { ...fakeMethod(12), evaluate: async () => ({ validationLoss: scores[evaluation++]! }) };
  await runTraining(options(folder, { method }));
  assert.deepEqual(readdirSync(join(folder, "checkpoints")).sort(), [
    "step-00000004",
    "step-00000010",
    "step-00000012",
  ]);
});

test("runTraining stops at a loss that is no number, naming the records, and keeps the last checkpoint", async () => {
  const folder = fresh();
  const method = fakeMethod(12, (step) => (step === 7 ? Number.NaN : 1));
  await assert.rejects(runTraining(options(folder, { method })), (error: unknown) => {
    assert.ok(error instanceof DivergedError);
    assert.match(
      error.message,
      /loss of step 7 is NaN, learning from record 7; the checkpoint of step 6 is kept/,
    );
    return true;
  });
  assert.ok(readdirSync(join(folder, "checkpoints")).includes("step-00000006"));
  assert.equal(eventsOf(folder).at(-1)!.event, "done");
});

test("runTraining refuses a run of other settings or tokenizer by name, and one that it was not told to resume", async () => {
  const folder = fresh();
  await runTraining(options(folder, { method: fakeMethod(2) }));
  const other = { settings: { rate: 0.1, data: { mix: [1, 2] } }, tokenizer: "abc" };
  await assert.rejects(
    runTraining(options(folder, { identity: other })),
    /Setting rate was 0.05 .* and is 0.1 now/,
  );
  const tokenizer = { ...other, tokenizer: "xyz" };
  await assert.rejects(runTraining(options(folder, { identity: tokenizer })), /tokenizer is not the one/);
  await assert.rejects(runTraining(options(folder, { resume: false })), /stands after step 2; give --resume/);
});

test("runTraining carries its state over to the session of a later stage", async () => {
  const folder = fresh();
  const later = new FakeSession();
  const result = await runTraining(options(folder, { renew: async (step) => (step === 5 ? later : null) }));
  assert.equal(result.session, later);
  const whole = await runTraining(options(fresh()));
  assert.deepEqual(tensorsOf(result.checkpoint), tensorsOf(whole.checkpoint));
});

test("runTraining refuses a folder that another process writes to", async () => {
  const folder = fresh();
  writeFileSync(join(folder, ".lock"), String(process.ppid));
  await assert.rejects(runTraining(options(folder)), /is writing to/);
});
