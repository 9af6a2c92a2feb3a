import assert from "node:assert/strict";
import { test } from "node:test";
import { trainingParams } from "../conformance/training-case.ts";
import { llamaTrainingCase } from "../conformance/training-cases.ts";
import { trainingConformance } from "../conformance/training-suite.ts";
import { nativeInstructionSets } from "./backend.ts";
import { createNativeTraining } from "./training.ts";

const sets = nativeInstructionSets();
if (sets.length === 0) test("native training", (t) => t.skip("no native addon: no C++ compiler was found"));

for (const instructionSet of new Set([sets[0], sets.at(-1)]))
  if (instructionSet !== undefined)
    trainingConformance(
      instructionSet,
      (threads) => createNativeTraining({ instructionSet, threads }),
      [2, 1, 5],
    );

test("NativeTrainExecutable goes back once from a forward, and outputs stay readable", async (t) => {
  if (sets.length === 0) return t.skip("no native addon: no C++ compiler was found");
  await using backend = createNativeTraining({ threads: 1 });
  const { program, batch } = llamaTrainingCase("halves", 0);
  const params = trainingParams(program);
  const limits = { maxRows: batch.tokens.length, maxOutputs: batch.outputRows.length };
  const executable = backend.compile(program, { params, ...limits, products: "bf16" });
  assert.throws(() => executable.read("rowLoss"), /run forward first/);
  await assert.rejects(executable.backward({}), /run forward first/);
  const running = executable.forward(batch);
  await assert.rejects(executable.forward(batch), /A run is in flight/);
  await running;
  const loss = executable.read("rowLoss");
  await assert.rejects(executable.backward({ rowLoss: loss.subarray(1) }), /Seed of rowLoss has 138 values/);
  await executable.backward({ rowLoss: loss });
  assert.deepEqual(executable.read("rowLoss"), loss);
  await assert.rejects(executable.backward({ rowLoss: loss }), /run forward first/);
  await executable[Symbol.asyncDispose]();
  await assert.rejects(executable.forward(batch), /Executable is disposed/);
  assert.throws(
    () => backend.compile(program, { params: [], ...limits, products: "f32" }),
    /needs 2196 values/,
  );
});
