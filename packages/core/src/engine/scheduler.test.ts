import assert from "node:assert/strict";
import { test } from "node:test";
import { completeSampling } from "../sample/params.ts";
import { TokenSampler } from "../sample/token-sampler.ts";
import { BlockManager } from "./block-manager.ts";
import { QueueFullError } from "./errors.ts";
import { type ScheduledStep, type ScheduleLimits, Scheduler } from "./scheduler.ts";
import { Sequence } from "./sequence.ts";

const baseLimits: ScheduleLimits = {
  maxBatch: 3,
  maxRows: 40,
  maxOutputs: 8,
  maxPrefillRowsBesideDecode: 10,
  queueLimit: 4,
};

function create(
  numBlocks: number,
  limits: Partial<ScheduleLimits> = {},
): { scheduler: Scheduler; blocks: BlockManager } {
  const blocks = new BlockManager(numBlocks, "model");
  return { scheduler: new Scheduler(blocks, { ...baseLimits, ...limits }), blocks };
}

function sequence(length: number, from = 0): Sequence {
  const sampler = new TokenSampler(completeSampling({ seed: 1 }), { promptIds: [], topLogprobs: 0 });
  return new Sequence(
    Int32Array.from({ length }, (_, i) => from + i),
    { kind: "sample", sampler },
  );
}

/** Completes a step as the engine would: every sequence that reached its end gets a token. */
function complete(scheduler: Scheduler, step: ScheduledStep): void {
  scheduler.complete(step.chunks);
  for (const { sequence: each, numOutputs } of step.chunks) if (numOutputs > 0) each.append(7);
}

const shapeOf = ({ chunks }: ScheduledStep): number[][] =>
  chunks.map(({ count, numOutputs }) => [count, numOutputs]);

test("Scheduler cuts a prompt into chunks and asks for logits at its end only", () => {
  const { scheduler } = create(16);
  scheduler.add(sequence(90));
  const shapes: number[][][] = [];
  for (let i = 0; i < 5; i++) {
    const step = scheduler.schedule();
    shapes.push(shapeOf(step));
    complete(scheduler, step);
  }
  assert.deepEqual(shapes, [[[40, 0]], [[40, 0]], [[10, 1]], [[1, 1]], [[1, 1]]]);
});

test("Scheduler decodes first, bounds the prompt rows beside it and shares them among prompts", () => {
  const { scheduler } = create(16);
  scheduler.add(sequence(5));
  complete(scheduler, scheduler.schedule());
  scheduler.add(sequence(35, 1000));
  scheduler.add(sequence(4, 2000));
  // Half for the first of those that wait, the rest for the shortest.
  assert.deepEqual(shapeOf(scheduler.schedule()), [
    [1, 1],
    [6, 0],
    [4, 1],
  ]);
});

test("Scheduler admits in order of arrival and never past a request that does not fit", () => {
  const { scheduler } = create(4);
  const [first, big, small] = [sequence(30), sequence(110, 1000), sequence(3, 2000)];
  for (const each of [first, big, small]) scheduler.add(each);
  const step = scheduler.schedule();
  assert.deepEqual(
    step.chunks.map((chunk) => chunk.sequence),
    [first],
  );
  complete(scheduler, step);
  scheduler.remove(first);
  assert.equal(scheduler.schedule().chunks[0]!.sequence, big);
  assert.equal(scheduler.numWaiting, 1);
});

test("Scheduler preempts the youngest sequence, which comes back first", () => {
  const { scheduler, blocks } = create(4);
  const [old, young] = [sequence(60), sequence(30, 1000)];
  scheduler.add(old);
  scheduler.add(young);
  for (let i = 0; i < 40 && scheduler.numPreempted === 0; i++) complete(scheduler, scheduler.schedule());
  assert.equal(scheduler.numPreempted, 1);
  assert.equal(young.table, null);
  assert.equal(young.numComputed, 0);
  assert.ok(old.table !== null);
  scheduler.remove(old);
  assert.equal(scheduler.schedule().chunks[0]!.sequence, young);
  scheduler.remove(young);
  assert.equal(blocks.numUsed, 0);
});

test("Scheduler copies the last block of a prompt that is wholly cached", () => {
  const { scheduler } = create(8);
  const first = sequence(64);
  scheduler.add(first);
  complete(scheduler, scheduler.schedule());
  complete(scheduler, scheduler.schedule());
  const second = sequence(64);
  scheduler.add(second);
  const step = scheduler.schedule();
  assert.deepEqual(step.copies, [{ from: first.table!.blocks[1], to: second.table!.blocks[1] }]);
  assert.equal(second.table!.blocks[0], first.table!.blocks[0]);
  assert.equal(second.numCached, 63);
});

test("Scheduler keeps within the outputs of a step", () => {
  const { scheduler } = create(16, { maxBatch: 3, maxOutputs: 4 });
  scheduler.add(sequence(2));
  complete(scheduler, scheduler.schedule());
  const targets = new Int32Array(20);
  scheduler.add(new Sequence(new Int32Array(20), { kind: "score", targets, numTop: 0, from: 0 }));
  scheduler.add(sequence(3, 500));
  assert.deepEqual(shapeOf(scheduler.schedule()), [
    [1, 1],
    [3, 3],
    [2, 0],
  ]);
});

test("Scheduler refuses more waiting requests than its limit", () => {
  const { scheduler } = create(4);
  for (let i = 0; i < 4; i++) scheduler.add(sequence(3));
  assert.throws(() => scheduler.add(sequence(3)), QueueFullError);
});
