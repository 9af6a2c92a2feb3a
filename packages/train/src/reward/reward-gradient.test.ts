import assert from "node:assert/strict";
import { test } from "node:test";
import { createReferenceTraining } from "@llamero/kernels";
import type { RenderedPair } from "../chat-data/render-pairs.ts";
import { fakeCheckpoint } from "../lora/fake-checkpoint.ts";
import { createSession } from "../session/create-session.ts";
import { paramsFromCheckpoint } from "../session/model-params.ts";
import { rewardMethod } from "./reward-method.ts";
import { scoreLoss } from "./score-loss.ts";

function example(ids: readonly number[]): RenderedPair["chosen"] {
  return { ids: Int32Array.from(ids), weights: Float32Array.from(ids, (_, i) => (i < 3 ? 0 : 1)) };
}

const pairs: readonly RenderedPair[] = [
  { source: "f:1", chosen: example([5, 9, 11, 7, 8, 0]), rejected: example([5, 9, 11, 3, 0]) },
  { source: "f:2", chosen: example([6, 2, 4, 30, 0]), rejected: example([6, 2, 4, 12, 13, 14, 0]) },
  { source: "f:3", chosen: example([1, 2, 3, 4]), rejected: example([1, 2, 3, 9]) },
];

test("scoreLoss is stable in both tails, and its slope is its derivative", () => {
  assert.equal(scoreLoss(0, 0).loss, Math.log(2));
  assert.equal(scoreLoss(-800, 800).loss, 1600);
  assert.equal(scoreLoss(800, -800).loss, 0);
  for (const [a, b] of [
    [0.3, -0.2],
    [-2, 1],
  ] as const) {
    const difference = (scoreLoss(a + 1e-5, b).loss - scoreLoss(a - 1e-5, b).loss) / 2e-5;
    assert.ok(Math.abs(difference - scoreLoss(a, b).slope) < 1e-8);
  }
});

for (const lora of [undefined, { rank: 2, alpha: 4, targets: ["q_proj", "down_proj"] }])
  test(`rewardMethod's gradients are the finite differences of its loss, ${lora === undefined ? "all weights" : "adapter"}`, async () => {
    await using backend = createReferenceTraining();
    await using session = createSession(
      {
        model: paramsFromCheckpoint(fakeCheckpoint(7)),
        head: "score",
        seed: 3,
        maxRows: 16,
        maxOutputs: 16,
        optimizer: { beta1: 0.5, beta2: 0.9, eps: 1e-8, weightDecay: 0, clipNorm: 0 },
        trainable: true,
        ...(lora && { lora }),
      },
      backend,
    );
    // A batch of 16 rows holds one pair and not two: three batches are one step.
    const reward = rewardMethod({ pairs, validation: [], batchPairs: 3, epochs: 1, seed: 1, maxRows: 16 });
    assert.equal(reward.steps, 1);
    const values = [...session.state().tensors].filter(([name]) => name.startsWith("value/"));
    assert.ok(values.some(([name]) => name === "value/score.weight"));
    for (const [, tensor] of values)
      for (let i = 0; i < tensor.length; i++) tensor[i]! += 0.05 * Math.sin(7 * i + tensor.length);
    const start = await reward.accumulate(session, 0);
    assert.equal(start.tokens, 3);
    // With beta1 = 0.5 the first moment is half the gradient; a rate of 0 leaves the values.
    session.update(0, start.gradientScale);
    const moments = session.state().tensors;
    for (const [name, tensor] of values.filter(([name], i) => i % 3 === 0 || name.endsWith("score.weight"))) {
      const gradient = moments.get(name.replace("value/", "moment1/"))!;
      let at = 0;
      for (let i = 0; i < gradient.length; i++) if (Math.abs(gradient[i]!) > Math.abs(gradient[at]!)) at = i;
      const held = tensor[at]!;
      const lossAt = async (value: number): Promise<number> => {
        tensor[at] = value;
        const { loss } = await reward.accumulate(session, 0);
        session.zeroGradients();
        return loss;
      };
      const step = 1 / 128;
      const difference = ((await lossAt(held + step)) - (await lossAt(held - step))) / (2 * step);
      tensor[at] = held;
      const expected = 2 * gradient[at]!;
      const error = Math.abs(difference - expected);
      assert.ok(error < 0.02 * Math.abs(expected) + 1e-4, `${name}: ${difference} and ${expected}`);
    }
  });
