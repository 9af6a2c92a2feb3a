import assert from "node:assert/strict";
import { test } from "node:test";
import { type LlamaConfig, llamaProgram } from "@llamero/core";
import type { TrainProgram } from "@llamero/kernels";
import { differentiate } from "./differentiate.ts";
import { compareGradients, packedBatch } from "./fake-gradients.ts";
import { type ForwardOptions, trainingForward } from "./training-forward.ts";

const config: LlamaConfig = {
  hiddenSize: 16,
  intermediateSize: 24,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 4,
  vocabSize: 23,
  rmsNormEps: 1e-5,
  ropeTheta: 100,
  ropeScaling: null,
  maxPositionEmbeddings: 64,
  tieWordEmbeddings: true,
};
const untied = { ...config, tieWordEmbeddings: false };
const lora = { rank: 2, alpha: 4, targets: ["q_proj", "v_proj", "down_proj"] };
const isAdapter = (name: string): boolean => name.includes(".lora_");

function llama(shape: LlamaConfig, options: Partial<ForwardOptions> = {}): TrainProgram {
  return trainingForward(llamaProgram(shape, "halves"), {
    head: "next-token",
    trainable: () => true,
    ...options,
  });
}

const programs: Readonly<Record<string, TrainProgram>> = {
  tied: llama(config),
  untied: llama(untied),
  "with a score head": llama(untied, { head: "score" }),
  "with an adapter": llama(config, { lora, trainable: isAdapter }),
  "with an adapter, all trained": llama(config, { lora }),
};

for (const [name, forward] of Object.entries(programs)) {
  test(`Gradients of a Llama ${name} agree with finite differences`, async () => {
    const program = differentiate(forward);
    const compared = await compareGradients(program, packedBatch(config.vocabSize), {
      scale: 0.5,
      step: 5e-3,
    });
    const numTrainable = program.params.filter(({ trainable }) => trainable).length;
    assert.equal(compared.length, 2 * numTrainable);
    for (const { name: what, measured, computed } of compared) {
      assert.ok(
        Math.abs(measured - computed) < 2e-3 * Math.max(0.3, Math.abs(computed)),
        `${what}: ${measured} is not ${computed}`,
      );
    }
  });
}

function countOps(program: TrainProgram, op: string): number {
  return program.ops.filter((each) => each.op === op).length;
}

test("differentiate of an adapter computes no gradient of frozen weights, nor below the first adapter", () => {
  const targets = { rank: 2, alpha: 4, targets: ["o_proj"] };
  const program = differentiate(llama(config, { lora: targets, trainable: isAdapter }));
  for (const op of ["linearGradWeight", "rmsNormGradWeight", "embedGrad"])
    assert.equal(countOps(program, op), 0);
  assert.equal(countOps(program, "loraGradWeights"), 2);
  // The attention of the first layer is below its adapter: only the second layer's is gone through.
  assert.equal(countOps(program, "attentionGrad"), 1);
  assert.equal(countOps(program, "attention"), 2);
});

test("differentiate refuses a program with nothing to train and one that is differentiated", () => {
  assert.throws(
    () => differentiate(llama(config, { trainable: () => false })),
    /No output depends on a trainable/,
  );
  assert.throws(() => differentiate(differentiate(llama(config))), /has a backward part already/);
});

test("trainingForward of a score head has no logits, and of tied weights no second table", () => {
  const names = programs["with a score head"]!.params.map(({ name }) => name);
  assert.ok(!names.includes("lm_head.weight"));
  assert.ok(names.includes("score.weight"));
  assert.deepEqual(Object.keys(programs["with a score head"]!.outputs), ["score"]);
  assert.ok(!programs["tied"]!.params.some(({ name }) => name === "lm_head.weight"));
});

test("trainingForward names a LoRA target that no layer has", () => {
  const wrong = { ...lora, targets: ["q_proj", "lm_head"] };
  assert.throws(
    () => llama(untied, { lora: wrong }),
    /LoRA target lm_head is no linear of the layers; there are q_proj, k_proj, v_proj, o_proj/,
  );
});

test("trainingForward of a program with places for adapters is that of one without", () => {
  const options: ForwardOptions = { head: "next-token", lora, trainable: isAdapter };
  assert.deepEqual(
    trainingForward(llamaProgram(config, "halves", { lora: true }), options),
    trainingForward(llamaProgram(config, "halves"), options),
  );
});
