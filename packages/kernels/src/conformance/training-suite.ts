import assert from "node:assert/strict";
import { test } from "node:test";
import { createReferenceTraining } from "../training/reference/backend.ts";
import type { AdamWArguments, TrainBackend } from "../training/training.ts";
import { assertClose, assertSameBits } from "./compare.ts";
import { randomNumbers } from "./random-data.ts";
import { runTrainingCase, trainingBatch, trainingParams } from "./training-case.ts";
import { llamaTrainingCase, trainingCases } from "./training-cases.ts";
import { trainingLlama } from "./training-llama.ts";

/** Several pieces of any size that a backend may split by, and a rest. */
const LONG = 3 * 16384 + 5;

function adamwArguments(): AdamWArguments {
  return {
    value: randomNumbers(1, LONG),
    gradient: randomNumbers(2, LONG),
    moment1: randomNumbers(3, LONG),
    moment2: randomNumbers(4, LONG).map(Math.abs),
    learningRate: 1e-2,
    beta1: 0.9,
    beta2: 0.95,
    eps: 1e-8,
    weightDecay: 0.1,
    step: 3,
    gradientScale: 0.5,
  };
}

/** Tests that a training backend computes what the reference does, whatever the number of threads. */
export function trainingConformance(
  name: string,
  makeBackend: (threads: number) => TrainBackend,
  threadCounts: readonly number[],
): void {
  test(`${name} training equals the reference in outputs and gradients`, async (t) => {
    await using backend = makeBackend(threadCounts[0]!);
    await using reference = createReferenceTraining();
    for (const each of trainingCases()) {
      const expected = await runTrainingCase(reference, each);
      const actual = await runTrainingCase(backend, each);
      const { tolerance, program } = each;
      for (const [output, values] of Object.entries(expected.outputs)) {
        const what = `${each.name}: ${output}`;
        assertClose(actual.outputs[output]!, values, { cols: values.length, tolerance, what });
      }
      for (const [slot, values] of expected.gradients.entries()) {
        const { name: param, cols } = program.params[slot]!;
        const what = `${each.name}: gradient of ${param}`;
        assertClose(actual.gradients[slot]!, values, { cols, tolerance, what });
      }
    }
    t.diagnostic(`${trainingCases().length} cases`);
  });

  test(`${name} adamw and sumOfSquares equal the reference`, async () => {
    await using backend = makeBackend(threadCounts[0]!);
    await using reference = createReferenceTraining();
    const [actual, expected] = [adamwArguments(), adamwArguments()];
    backend.adamw(actual);
    reference.adamw(expected);
    for (const part of ["value", "moment1", "moment2"] as const)
      assertClose(actual[part], expected[part], { cols: 1, tolerance: 1e-5, what: part });
    const sum = reference.sumOfSquares(expected.gradient);
    assert.ok(Math.abs(backend.sumOfSquares(expected.gradient) - sum) <= 1e-12 * sum);
    assert.equal(backend.sumOfSquares(new Float32Array(0)), 0);
  });

  test(`${name} training has the same bits for any number of threads`, async () => {
    const each = llamaTrainingCase("halves", 3);
    const results = [];
    for (const threads of threadCounts) {
      await using backend = makeBackend(threads);
      const { outputs, gradients } = await runTrainingCase(backend, each);
      const update = adamwArguments();
      backend.adamw(update);
      const sum = Float32Array.of(backend.sumOfSquares(update.gradient));
      results.push([outputs["rowLoss"]!, ...gradients, update.value, update.moment2, sum]);
    }
    for (const other of results.slice(1))
      for (const [i, values] of other.entries()) assertSameBits(values, results[0]![i]!, `result ${i}`);
  });

  test(`${name} training stops when aborted and can run again`, async () => {
    await using backend = makeBackend(threadCounts[0]!);
    const shape = { layers: 2, hidden: 256, heads: 4, kvHeads: 2, headDim: 64, inner: 512, vocabulary: 512 };
    const program = trainingLlama({ ...shape, rank: 0, layout: "halves" });
    const batch = trainingBatch([384], { vocabulary: 512, targets: 512, perOutput: 1 });
    const params = trainingParams(program);
    await using executable = backend.compile(program, {
      params,
      maxRows: 384,
      maxOutputs: 384,
      products: "f32",
    });
    const aborted = { name: "AbortError" };
    await assert.rejects(executable.forward(batch, AbortSignal.abort()), aborted);
    const stopped = new AbortController();
    const running = executable.forward(batch, stopped.signal);
    stopped.abort();
    await assert.rejects(running, aborted);
    await assert.rejects(executable.backward({}), /run forward first/);
    await executable.forward(batch);
    const before = executable.read("rowLoss");
    const seeds = { rowLoss: new Float32Array(before.length).fill(1) };
    const later = new AbortController();
    setImmediate(() => later.abort());
    await assert.rejects(executable.backward(seeds, later.signal), aborted);
    await executable.forward(batch);
    assertSameBits(executable.read("rowLoss"), before, "loss after an aborted run");
    await executable.backward(seeds);
  });
}
