import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeSession } from "../loop/fake-session.ts";
import { planSteps, shuffledOrder } from "./plan-steps.ts";
import { meanLoss, type SftOptions, sftMethod } from "./sft-method.ts";

const limits = { maxRows: 8 };

function example(ids: readonly number[], source: string): SftOptions["examples"][number] {
  return { ids: Int32Array.from(ids), weights: Float32Array.from(ids, (_, i) => (i < 2 ? 0 : 1)), source };
}

const examples = [
  [0, 1, 2, 3],
  [3, 2, 1],
  [1, 1, 1, 1, 1],
  [2, 3, 0],
].map((ids, i) => example(ids, `f:${i}`));

function method(more: Partial<SftOptions> = {}): ReturnType<typeof sftMethod> {
  return sftMethod({ examples, validation: [], batchTokens: 8, epochs: 3, seed: 1, limits, ...more });
}

test("planSteps gives each epoch every example once, in an order of its own, within the size", () => {
  const sizes = [3, 2, 4, 2];
  const steps = planSteps({ sizes, stepSize: 6, epochs: 4, seed: 7 });
  const seen = steps.flatMap((step) => [...step]);
  for (let epoch = 0; epoch < 4; epoch++)
    assert.deepEqual(seen.slice(4 * epoch, 4 * epoch + 4).sort(), [0, 1, 2, 3]);
  for (const step of steps)
    assert.ok(step.length === 1 || step.reduce((sum, index) => sum + sizes[index]!, 0) <= 6);
  assert.notDeepEqual(shuffledOrder(40, 7, 0), shuffledOrder(40, 7, 1));
  assert.notDeepEqual(shuffledOrder(40, 7, 0), shuffledOrder(40, 8, 0));
  assert.deepEqual(planSteps({ sizes, stepSize: 6, epochs: 4, seed: 7 }), steps);
  assert.equal(planSteps({ sizes, stepSize: 6, epochs: 400, seed: 7, maxSteps: 5 }).length, 5);
});

test("sftMethod takes the mean over the tokens of a step, however they are packed", async () => {
  const [wide, narrow] = [new FakeSession(), new FakeSession()];
  const first = await method({ batchTokens: 99 }).accumulate(wide, 0);
  const same = await method({ batchTokens: 99, limits: { maxRows: 4 } }).accumulate(narrow, 0);
  assert.equal(first.tokens, 7);
  assert.equal(first.gradientScale, 1 / 7);
  assert.ok(Math.abs(first.loss - same.loss) < 1e-6);
  assert.ok(Math.abs(wide.gradientNorm() - narrow.gradientNorm()) < 1e-5);
  const { loss } = await meanLoss(new FakeSession(), examples, limits);
  assert.ok(Math.abs(first.loss - loss) < 1e-6);
});

test("sftMethod names the records of a step and learns", async () => {
  const sft = method({ validation: examples.slice(0, 1), epochs: 60 });
  const session = new FakeSession();
  const before = await sft.evaluate!(session);
  for (let step = 0; step < sft.steps; step++) {
    const found = await sft.accumulate(session, step);
    assert.match(found.records, /^f:\d/);
    session.update(0.02, found.gradientScale);
  }
  const after = await sft.evaluate!(session);
  assert.ok(after["validationLoss"]! < before["validationLoss"]! / 10);
});

test("sftMethod refuses to train on nothing", () => {
  assert.throws(() => method({ examples: [] }), /no conversation to train on/);
  assert.throws(() => method({ epochs: 0 }), /epochs is 0/);
});
