import assert from "node:assert/strict";
import { test } from "node:test";
import { createReferenceTraining } from "@llamero/kernels";
import type { RenderedPair } from "../chat-data/render-pairs.ts";
import { fakeCheckpoint } from "../lora/fake-checkpoint.ts";
import { createSession } from "../session/create-session.ts";
import { paramsFromCheckpoint } from "../session/model-params.ts";
import type { SessionOptions } from "../session/session.ts";
import { dpoMethod } from "./dpo-method.ts";
import { referenceLogProbs } from "./reference.ts";

const end = 0;
const limits = { maxRows: 24, maxOutputs: 24, formatIds: new Set([end]) };

function example(ids: readonly number[]): RenderedPair["chosen"] {
  return { ids: Int32Array.from(ids), weights: Float32Array.from(ids, (_, i) => (i < 3 ? 0 : 1)) };
}

const pairs: readonly RenderedPair[] = [
  { source: "f:1", chosen: example([5, 9, 11, 7, 8, end]), rejected: example([5, 9, 11, 3, end]) },
  { source: "f:2", chosen: example([6, 2, 4, 30, end]), rejected: example([6, 2, 4, 12, 13, 14, end]) },
];

const model = paramsFromCheckpoint(fakeCheckpoint(7));
const session: Omit<SessionOptions, "trainable"> = {
  model,
  head: "next-token",
  seed: 1,
  maxRows: limits.maxRows,
  maxOutputs: limits.maxOutputs,
  optimizer: { beta1: 0.5, beta2: 0.9, eps: 1e-8, weightDecay: 0, clipNorm: 0 },
};

for (const lora of [undefined, { rank: 2, alpha: 4, targets: ["q_proj", "down_proj"] }])
  test(`dpoMethod's gradients are the finite differences of its loss, ${lora === undefined ? "all weights" : "adapter"}`, async () => {
    await using backend = createReferenceTraining();
    await using policy = createSession({ ...session, trainable: true, ...(lora && { lora }) }, backend);
    await using frozen = createSession({ ...session, trainable: false }, backend);
    const reference = await referenceLogProbs(frozen, pairs, limits);
    const dpo = dpoMethod({
      pairs,
      reference,
      validation: [],
      validationReference: [],
      batchPairs: 2,
      epochs: 1,
      seed: 1,
      beta: 0.5,
      nllWeight: 0.2,
      limits,
    });
    // Away from the reference, where the slopes of the pairs differ.
    const values = [...policy.state().tensors].filter(([name]) => name.startsWith("value/"));
    for (const [, tensor] of values)
      for (let i = 0; i < tensor.length; i++) tensor[i]! += 0.05 * Math.sin(7 * i + tensor.length);
    const start = await dpo.accumulate(policy, 0);
    assert.notEqual(start.more!["margin"], 0);
    // With beta1 = 0.5 the first moment is half the gradient; a rate of 0 leaves the values.
    policy.update(0, start.gradientScale);
    const moments = policy.state().tensors;
    for (const [name, tensor] of values.filter((_, i) => i % 3 === 0)) {
      const gradient = moments.get(name.replace("value/", "moment1/"))!;
      let at = 0;
      for (let i = 0; i < gradient.length; i++) if (Math.abs(gradient[i]!) > Math.abs(gradient[at]!)) at = i;
      const held = tensor[at]!;
      const lossAt = async (value: number): Promise<number> => {
        tensor[at] = value;
        const { loss } = await dpo.accumulate(policy, 0);
        policy.zeroGradients();
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
