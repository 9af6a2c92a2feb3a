import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { countParameters, type LlamaConfig } from "@llamero/core";
import { createReferenceTraining } from "@llamero/kernels";
import { fakeFolder, fakeRecipe } from "../pretrain/fake-pretrain.ts";
import { sessionProgram } from "../session/create-session.ts";
import { countMatrixWeights, trainingFlopsPerToken } from "./flops.ts";
import { admitTraining, planTraining } from "./plan-training.ts";
import { describeRecipeRun } from "./recipe-run.ts";

const config: LlamaConfig = {
  hiddenSize: 64,
  intermediateSize: 128,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 16,
  vocabSize: 500,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  ropeScaling: null,
  maxPositionEmbeddings: 64,
  tieWordEmbeddings: true,
};
const shape = { config, tokens: 10_000, length: 32, maxRows: 128, checkpoints: 3, efficiency: 0.5 };

test("trainingFlopsPerToken counts the matrices six times, and attention over half the sequence", () => {
  // 2 layers of q and o 64x64, k and v 64x32, three of 64x128, and the head.
  const weights = 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128) + 500 * 64;
  assert.equal(countMatrixWeights(config), weights);
  assert.equal(countParameters(config) - weights, 5 * 64);
  assert.equal(trainingFlopsPerToken(config, 32), 6 * weights + 6 * 2 * 64 * 32);
});

test("planTraining adds up weights, gradients, moments and living values", () => {
  const plan = planTraining({ ...shape, operationsPerSecond: 1e9 });
  const n = countParameters(config);
  assert.deepEqual([plan.parameters, plan.trainableParameters], [n, n]);
  assert.deepEqual([plan.weightBytes, plan.gradientBytes, plan.momentBytes], [4 * n, 4 * n, 8 * n]);
  assert.equal(plan.tokensPerSecond, 5e8 / plan.flopsPerToken);
  assert.equal(plan.seconds, 10_000 / plan.tokensPerSecond!);
  assert.equal(plan.diskBytes, 3 * 12 * n + 2 * n + 2 * 10_000);
  const twice = planTraining({ ...shape, maxRows: 256, operationsPerSecond: null });
  assert.equal(twice.activationBytes, 2 * plan.activationBytes);
  assert.equal(twice.tokensPerSecond, null);
});

test("planTraining needs no more living values than a program has, and at least its logits twice", async () => {
  const { activationBytes } = planTraining({ ...shape, operationsPerSecond: null });
  const model = { config, ropeLayout: "halves", values: new Map<string, Float32Array>() } as const;
  const program = sessionProgram({ model, head: "next-token", seed: 0, trainable: true });
  await using backend = createReferenceTraining();
  const params = program.params.map(({ rows, cols }) => ({
    value: new Float32Array(rows * cols),
    gradient: new Float32Array(rows * cols),
  }));
  await using executable = backend.compile(program, {
    params,
    maxRows: 128,
    maxOutputs: 128,
    products: "f32",
  });
  assert.ok(executable.scratchBytes === 0 || activationBytes <= executable.scratchBytes * 1.01);
  assert.ok(activationBytes >= 2 * 4 * 128 * 500);
});

test("planTraining of an adapter keeps no moments of frozen weights", () => {
  const lora = { rank: 4, alpha: 8, targets: ["q_proj", "v_proj"] };
  const plan = planTraining({ ...shape, lora, operationsPerSecond: null });
  assert.equal(plan.trainableParameters, 2 * (4 * (64 + 64) + 4 * (64 + 32)));
  assert.equal(plan.momentBytes, 8 * plan.trainableParameters);
  assert.ok(plan.weightBytes > 4 * countParameters(config));
});

test("admitTraining refuses what does not fit, and says what to do", () => {
  const plan = planTraining({ ...shape, operationsPerSecond: null });
  admitTraining(plan, plan.totalBytes);
  assert.throws(() => admitTraining(plan, plan.totalBytes - 1), /are free: compute fewer tokens at once/);
  assert.throws(() => admitTraining(plan, 1000), /take a smaller model, or train an adapter/);
});

test("describeRecipeRun counts the tokens of ramps and the longer sequences of stages", (t) => {
  const folder = fakeFolder();
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const plain = describeRecipeRun(fakeRecipe(folder));
  assert.equal(plain.tokens, 12 * 96);
  assert.equal(plain.flops, plain.tokens * trainingFlopsPerToken(plain.config, 32));
  const more = fakeRecipe(folder, {
    batch: { steps: 12, length: 32, tokens: 96, microTokens: 64, ramp: [{ until: 4, tokens: 32 }] },
    long: { fromStep: 6, length: 64 },
  });
  const run = describeRecipeRun(more);
  assert.equal(run.tokens, 4 * 32 + 8 * 96);
  const [short, long] = [32, 64].map((length) => trainingFlopsPerToken(run.config, length));
  assert.equal(run.flops, (4 * 32 + 2 * 96) * short! + 6 * 96 * long!);
});
