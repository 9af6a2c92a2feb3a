import assert from "node:assert/strict";
import { test } from "node:test";
import { completeSampling } from "../sample/params.ts";
import { TokenSampler } from "../sample/token-sampler.ts";
import { BlockManager } from "./block-manager.ts";
import { type ScheduledStep, type ScheduleLimits, Scheduler } from "./scheduler.ts";
import { Sequence } from "./sequence.ts";
import { agingSteps } from "./waiting-line.ts";

let numMade = 0;

/** A prompt that begins like no other. */
function sequence(length: number, rest: Partial<Pick<Sequence, "priority" | "client">> = {}): Sequence {
  const sampler = new TokenSampler(completeSampling({ seed: 1 }), { promptIds: [], topLogprobs: 0 });
  const first = ++numMade * 100_000;
  const tokens = Int32Array.from({ length }, (_, i) => first + i);
  return Object.assign(new Sequence(tokens, { kind: "sample", sampler }), rest);
}

function create(limits: Partial<ScheduleLimits> = {}, numBlocks = 4096): Scheduler {
  const blocks = new BlockManager(numBlocks, "model");
  const defaults = {
    maxBatch: 8,
    maxRows: 64,
    maxOutputs: 16,
    maxPrefillRowsBesideDecode: 16,
    queueLimit: 1000,
  };
  return new Scheduler(blocks, { ...defaults, ...limits });
}

/** Runs a step as the engine would. Sequences leave with their first token, or after `tokens` of them. */
function run(scheduler: Scheduler, numTokens = 1): { step: ScheduledStep; done: Sequence[] } {
  const step = scheduler.schedule();
  scheduler.complete(step.chunks);
  const done: Sequence[] = [];
  for (const { sequence: each, numOutputs } of step.chunks) {
    if (numOutputs === 0) continue;
    each.append(7);
    numDrawn.set(each, (numDrawn.get(each) ?? 0) + 1);
    if (numDrawn.get(each)! < numTokens) continue;
    scheduler.remove(each);
    done.push(each);
  }
  return { step, done };
}

const numDrawn = new WeakMap<Sequence, number>();

/** Sequences in the order in which they were done. */
function drain(scheduler: Scheduler): Sequence[] {
  const order: Sequence[] = [];
  for (let i = 0; i < 20_000 && scheduler.numRunning + scheduler.numWaiting > 0; i++) {
    order.push(...run(scheduler).done);
  }
  return order;
}

test("Scheduler lets short prompts pass a long one, which goes on beside them", () => {
  const scheduler = create();
  const long = sequence(8000);
  scheduler.add(long);
  run(scheduler);
  const short = [sequence(30), sequence(50), sequence(20)];
  for (const each of short) scheduler.add(each);
  const before = long.numComputed;
  const done: Sequence[] = [];
  for (let i = 0; i < 5; i++) done.push(...run(scheduler).done);
  assert.deepEqual(new Set(done), new Set(short));
  assert.ok(long.numComputed >= before + 5 * 16, `${long.numComputed - before} rows`);
});

test("Scheduler serves high before normal before low, in the line and within a step", () => {
  const scheduler = create({ maxBatch: 2 });
  const [low, normal, high] = [
    sequence(640, { priority: "low" }),
    sequence(640),
    sequence(640, { priority: "high" }),
  ];
  for (const each of [low, normal, high]) scheduler.add(each);
  const { step } = run(scheduler);
  assert.deepEqual(
    step.chunks.map((chunk) => chunk.sequence),
    [high],
  );
  assert.deepEqual(drain(scheduler), [high, normal, low]);
});

test("Scheduler takes the place of a low sequence for a high one, and gives it back", () => {
  const scheduler = create({ maxBatch: 1 });
  const [low, high] = [sequence(20, { priority: "low" }), sequence(20, { priority: "high" })];
  scheduler.add(low);
  run(scheduler, 5);
  scheduler.add(high);
  assert.deepEqual(
    run(scheduler).step.chunks.map((chunk) => chunk.sequence),
    [high],
  );
  assert.equal(scheduler.numPreempted, 1);
  assert.deepEqual(
    run(scheduler, 5).step.chunks.map((chunk) => chunk.sequence),
    [low],
  );
});

test("Scheduler gives clients turns, however many requests each has made", () => {
  const scheduler = create({ maxBatch: 1 });
  const many = Array.from({ length: 20 }, () => sequence(64, { client: "many" }));
  const few = Array.from({ length: 3 }, () => sequence(64, { client: "few" }));
  for (const each of [...many, ...few]) scheduler.add(each);
  const order = drain(scheduler).map(({ client }) => client);
  assert.equal(order.length, 23);
  assert.equal(order.slice(0, 7).filter((client) => client === "few").length, 3);
  // A newcomer has no account of turns that it did not want.
  for (let i = 0; i < 6; i++) scheduler.add(sequence(64, { client: "many" }));
  for (let i = 0; i < 6; i++) scheduler.add(sequence(64, { client: "new" }));
  const later = drain(scheduler).map(({ client }) => client);
  assert.ok(Math.abs(later.slice(0, 6).filter((client) => client === "new").length - 3) <= 1, later.join());
});

test("Scheduler starves nobody: low requests are done under an endless stream of high and short ones", () => {
  for (const maxBatch of [1, 3, 8]) {
    const scheduler = create({ maxBatch });
    const poor = [sequence(900, { priority: "low" }), sequence(70, { priority: "low", client: "other" })];
    for (const each of poor) scheduler.add(each);
    const open = new Set(poor);
    let numSteps = 0;
    while (open.size > 0) {
      // Always more high requests than there is room for.
      while (scheduler.numWaiting < 10) scheduler.add(sequence(40, { priority: "high" }));
      for (const each of run(scheduler).done) open.delete(each);
      assert.ok(++numSteps < agingSteps * 20, `still waiting after ${numSteps} steps, batch ${maxBatch}`);
    }
  }
});

test("Scheduler serves every prompt within bounded steps under random arrivals", () => {
  let state = 5;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const priorities = ["high", "normal", "low"] as const;
  const scheduler = create({ maxBatch: 4 }, 400);
  const open = new Set<Sequence>();
  const lastRows = new Map<Sequence, number>();
  for (let step = 0; step < 4000; step++) {
    if (step < 2000 && random(6) === 0) {
      const each = sequence(1 + random(random(4) === 0 ? 2000 : 60), {
        priority: priorities[random(3)]!,
        client: `${random(3)}`,
      });
      scheduler.add(each);
      open.add(each);
    }
    const { step: taken, done } = run(scheduler, 1 + random(4));
    for (const { sequence: each } of taken.chunks) lastRows.set(each, step);
    for (const each of done) open.delete(each);
    for (const each of open) {
      // A running sequence always gets something before it has waited through all levels.
      if (each.table === null) continue;
      assert.ok(
        step - (lastRows.get(each) ?? step) <= agingSteps * 3,
        `nothing for ${step - lastRows.get(each)!} steps`,
      );
    }
  }
  assert.equal(open.size, 0);
  assert.equal(scheduler.numRunning + scheduler.numWaiting, 0);
});

test("Scheduler computes a long common beginning once when requests with it come together", () => {
  const scheduler = create({ maxRows: 64, maxBatch: 8 });
  const tokens = Int32Array.from({ length: 1000 }, (_, i) => 7_000_000 + i);
  const make = (last: number): Sequence => {
    const sampler = new TokenSampler(completeSampling({ seed: 1 }), { promptIds: [], topLogprobs: 0 });
    return new Sequence(Int32Array.from([...tokens, last]), { kind: "sample", sampler });
  };
  for (let i = 0; i < 6; i++) scheduler.add(make(i));
  let numRows = 0;
  for (let i = 0; i < 200 && scheduler.numRunning + scheduler.numWaiting > 0; i++) {
    numRows += run(scheduler).step.chunks.reduce((sum, { count }) => sum + count, 0);
  }
  assert.ok(numRows < 2000, `${numRows} rows for 6 prompts of 1,001`);
});

test("Scheduler.add refuses with the numbers and a delay", () => {
  const scheduler = create({ queueLimit: 2, maxBatch: 1 });
  scheduler.add(sequence(3));
  run(scheduler, 9);
  scheduler.add(sequence(3));
  scheduler.add(sequence(3));
  assert.throws(() => scheduler.add(sequence(3), 4200), {
    name: "QueueFullError",
    message:
      "2 requests are already waiting, which is the limit, and 1 are being answered; try again in 5 seconds",
    queueLimit: 2,
    numRunning: 1,
    retryAfterMs: 4200,
  });
});
