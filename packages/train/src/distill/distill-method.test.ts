import assert from "node:assert/strict";
import { test } from "node:test";
import { openLogitModel } from "@llamero/core";
import { createReferenceBackend, createReferenceTraining, uniform } from "@llamero/kernels";
import { rowsOf } from "../batch/pack.ts";
import { fakeCheckpoint } from "../lora/fake-checkpoint.ts";
import { createSession } from "../session/create-session.ts";
import { checkpointFromParams, paramsFromCheckpoint, randomParams } from "../session/model-params.ts";
import type { ModelParams, SessionOptions } from "../session/session.ts";
import { type DistillExample, distillMethod } from "./distill-method.ts";
import { askTeacher } from "./teacher-targets.ts";

const base = paramsFromCheckpoint(fakeCheckpoint(7));
const { vocabSize } = base.config;
const limits = { maxRows: 64, maxOutputs: 64 };
const optimizer = { beta1: 0.5, beta2: 0.9, eps: 1e-8, weightDecay: 0, clipNorm: 0 };

function optionsOf(model: ModelParams): Omit<SessionOptions, "trainable"> {
  return { model, head: "next-token", seed: 1, ...limits, optimizer };
}

/** A teacher that has opinions: its logits are far apart. */
const teacher: ModelParams = {
  ...base,
  values: new Map(
    [...base.values].map(([name, values]) => [
      name,
      name === "model.norm.weight" ? values.map((value) => 12 * value) : values,
    ]),
  ),
};

/** Sequences that the teacher draws itself, with its targets. */
async function teach(count: number, length: number, temperature: number): Promise<DistillExample[]> {
  const backend = createReferenceBackend();
  await using _ = backend;
  const checkpoint = checkpointFromParams(teacher);
  await using model = await openLogitModel(checkpoint, { backend, windowTokens: length, mode: "exact" });
  const examples: DistillExample[] = [];
  for (let index = 0; index < count; index++) {
    const ids = new Int32Array(length);
    ids[0] = Math.floor(uniform(4, index, 0) * vocabSize);
    for (let i = 1; i < length; i++) {
      let last = new Float32Array();
      for await (const rows of model.logits(ids.slice(0, i))) last = rows.slice(-vocabSize);
      ids[i] = drawFrom(last, uniform(4, index, i));
    }
    const example = {
      source: `f:${index + 1}`,
      ids,
      weights: Float32Array.from(ids, (_, i) => (i < 2 ? 0 : 1)),
    };
    const options = {
      topK: 6,
      tailDraws: 2,
      temperature,
      seed: 3,
      width: vocabSize,
      vocabSize,
      stream: index,
    };
    examples.push({ ...example, soft: await askTeacher(model, example, options) });
  }
  return examples;
}

function drawFrom(logits: Float32Array, at: number): number {
  const max = Math.max(...logits);
  const weights = [...logits].map((logit) => Math.exp(logit - max));
  let left = at * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return found < 0 ? weights.length - 1 : found;
}

for (const [temperature, softWeight] of [
  [1, 0.7],
  [2, 0.6],
  [2, 1],
] as const)
  test(`distillMethod's gradients are the finite differences of its loss at temperature ${temperature}, soft share ${softWeight}`, async () => {
    const examples = await teach(3, 7, temperature);
    await using backend = createReferenceTraining();
    await using student = createSession({ ...optionsOf(base), trainable: true }, backend);
    const method = distillMethod({
      examples,
      validation: [],
      batchTokens: 99,
      epochs: 1,
      seed: 1,
      limits: { maxRows: 12 },
      temperature,
      softWeight,
    });
    const start = await method.accumulate(student, 0);
    assert.equal(
      start.tokens,
      examples.reduce((sum, example) => sum + rowsOf(example) - 1, 0),
    );
    // With beta1 = 0.5 the first moment is half the gradient; a rate of 0 leaves the values.
    student.update(0, start.gradientScale);
    const tensors = student.state().tensors;
    const names = ["model.norm.weight", ...[...base.values.keys()].filter((_, i) => i % 4 === 0)];
    for (const name of names) {
      const tensor = tensors.get(`value/${name}`)!;
      const gradient = tensors.get(`moment1/${name}`)!;
      let at = 0;
      for (let i = 0; i < gradient.length; i++) if (Math.abs(gradient[i]!) > Math.abs(gradient[at]!)) at = i;
      const held = tensor[at]!;
      const lossAt = async (value: number): Promise<number> => {
        tensor[at] = value;
        const { loss } = await method.accumulate(student, 0);
        student.zeroGradients();
        return loss;
      };
      const step = 1 / 128;
      const difference = ((await lossAt(held + step)) - (await lossAt(held - step))) / (2 * step);
      tensor[at] = held;
      const expected = 2 * gradient[at]!;
      assert.ok(
        Math.abs(difference - expected) < 0.02 * Math.abs(expected) + 1e-4,
        `${name}: ${difference} and ${expected}`,
      );
    }
  });

test("a student with soft targets comes closer to its teacher than one that sees the tokens only", async () => {
  const examples = await teach(24, 10, 1);
  const validation = examples.slice(16);
  const fresh = randomParams({ ...base.config, numHiddenLayers: 1 }, 8);
  await using backend = createReferenceTraining();
  const learn = async (softWeight: number): Promise<Readonly<Record<string, number>>> => {
    await using session = createSession({ ...optionsOf(fresh), trainable: true }, backend);
    const method = distillMethod({
      examples: examples.slice(0, 16),
      validation,
      batchTokens: 72,
      epochs: 20,
      seed: 1,
      limits,
      temperature: 1,
      softWeight,
    });
    for (let step = 0; step < method.steps; step++) {
      const { gradientScale } = await method.accumulate(session, step);
      session.update(0.01, gradientScale);
    }
    return await method.evaluate!(session);
  };
  const [soft, hard] = [await learn(1), await learn(0)];
  assert.ok(
    soft["validationKl"]! < 0.9 * hard["validationKl"]!,
    `${soft["validationKl"]} and ${hard["validationKl"]}`,
  );
});

test("distillMethod refuses shares, temperatures and data that make no sense", () => {
  const none = { validation: [], batchTokens: 1, epochs: 1, seed: 1, limits, temperature: 1, softWeight: 1 };
  assert.throws(() => distillMethod({ ...none, examples: [] }), /nothing to learn from/);
  const examples = [{ source: "f:1" }] as unknown as DistillExample[];
  assert.throws(() => distillMethod({ ...none, examples, softWeight: 2 }), /soft loss is 2/);
  assert.throws(() => distillMethod({ ...none, examples, temperature: 0 }), /temperature is 0/);
});
