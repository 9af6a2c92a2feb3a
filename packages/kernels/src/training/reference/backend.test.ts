import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrainBatch, TrainProgram } from "../training.ts";
import { createReferenceTraining } from "./backend.ts";

/** Loss of a linear on an embedding; only the linear is trained. */
const program: TrainProgram = {
  params: [
    { name: "table", rows: 3, cols: 2, trainable: false },
    { name: "head", rows: 3, cols: 2, trainable: true },
  ],
  frequencies: [],
  ops: [
    { op: "embed", table: 0 },
    { op: "selectRows", x: 0 },
    { op: "linear", x: 1, weight: 1 },
    { op: "crossEntropy", logits: 2 },
    { op: "seed", output: "rowLoss" },
    { op: "crossEntropyGrad", dy: 4, logits: 2 },
    { op: "linearGradWeight", dy: 5, x: 1, weight: 1 },
  ],
  backwardStart: 4,
  outputs: { rowLoss: 3 },
};
const batch: TrainBatch = {
  tokens: Int32Array.of(0, 2),
  positions: Int32Array.of(0, 1),
  starts: Int32Array.of(0),
  outputRows: Int32Array.of(1),
  targetIds: Int32Array.of(1),
  targetProbs: Float32Array.of(1),
};

function compile(): {
  gradient: Float32Array;
  executable: ReturnType<ReturnType<typeof createReferenceTraining>["compile"]>;
} {
  const gradient = new Float32Array(6);
  const executable = createReferenceTraining().compile(program, {
    params: [
      { value: Float32Array.of(9, 9, 9, 9, 1, 2), gradient: null },
      { value: new Float32Array(6), gradient },
    ],
    maxRows: 4,
    maxOutputs: 4,
    products: "f32",
  });
  return { gradient, executable };
}

test("Reference training gives the loss and the gradient that can be worked out by hand", async () => {
  const { gradient, executable } = compile();
  await executable.forward(batch);
  assert.ok(Math.abs(executable.read("rowLoss")[0]! - Math.log(3)) < 1e-6);
  await executable.backward({ rowLoss: Float32Array.of(3) });
  const close = gradient.map((value) => Math.round(value * 1e5) / 1e5);
  assert.deepEqual(close, Float32Array.of(1, 2, -2, -4, 1, 2));
});

test("Reference training adds to gradients, and goes back from a forward as often as asked", async () => {
  const { gradient, executable } = compile();
  await executable.forward(batch);
  await executable.backward({ rowLoss: Float32Array.of(1) });
  const once = gradient.slice();
  await executable.backward({ rowLoss: Float32Array.of(1) });
  assert.deepEqual(
    gradient,
    once.map((value) => 2 * value),
  );
});

test("Reference training refuses to go back without a forward, and seeds of another size", async () => {
  const { executable } = compile();
  await assert.rejects(executable.backward({ rowLoss: Float32Array.of(1) }), /no finished forward/);
  await executable.forward(batch);
  await assert.rejects(executable.backward({}), /Seed of rowLoss has no values; the output has 1/);
  assert.throws(() => executable.read("score"), /no output score; it has rowLoss/);
});

test("Reference training ends with AbortError when the signal has fired", async () => {
  const { executable } = compile();
  await assert.rejects(executable.forward(batch, AbortSignal.abort()), { name: "AbortError" });
  await assert.rejects(executable.backward({ rowLoss: Float32Array.of(1) }), /no finished forward/);
});

test("adamw of the reference takes the step of PyTorch's AdamW", () => {
  const value = Float32Array.of(1, -2);
  const [moment1, moment2] = [new Float32Array(2), new Float32Array(2)];
  const settings = { learningRate: 0.1, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.5 };
  const { adamw } = createReferenceTraining();
  const gradient = Float32Array.of(4, -0.5);
  // The first step has the size of the learning rate, whatever the gradient; then decay of 0.1 * 0.5 of the value.
  adamw({ value, gradient, moment1, moment2, ...settings, step: 1, gradientScale: 0.5 });
  assert.ok(Math.abs(value[0]! - (1 - 0.1 - 0.05)) < 1e-6);
  assert.ok(Math.abs(value[1]! - (-2 + 0.1 + 0.1)) < 1e-6);
  assert.ok(Math.abs(moment1[0]! - 0.2) < 1e-7 && Math.abs(moment2[0]! - 0.2) < 1e-7);
  assert.throws(
    () => adamw({ value, gradient, moment1, moment2, ...settings, step: 0, gradientScale: 1 }),
    /step is 0/,
  );
});
