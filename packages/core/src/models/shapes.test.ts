import assert from "node:assert/strict";
import { test } from "node:test";
import { llamaProgram } from "./llama.ts";
import { countParameters, type ModelShapeName, modelShapes } from "./shapes.ts";

/** Published counts, from the releases' own files. */
const published: readonly (readonly [ModelShapeName, number])[] = [
  ["llama3:8b", 8_030_261_248],
  ["llama3:70b", 70_553_706_496],
  ["llama3.1:8b", 8_030_261_248],
  ["llama3.1:70b", 70_553_706_496],
  ["llama3.1:405b", 405_853_388_800],
  ["llama3.2:1b", 1_235_814_400],
  ["llama3.2:3b", 3_212_749_824],
  ["llama3.3:70b", 70_553_706_496],
  ["llama-guard3:1b", 1_235_814_400],
  ["llama-guard3:8b", 8_030_261_248],
  ["smollm2:135m", 134_515_008],
  ["smollm2:360m", 361_821_120],
  ["smollm2:1.7b", 1_711_376_384],
];

test("countParameters gives the published number for every shape", () => {
  for (const [name, expected] of published) assert.equal(countParameters(modelShapes[name]), expected, name);
  assert.equal(published.length, Object.keys(modelShapes).length);
});

test("llamaProgram names weights whose sizes add up to countParameters", () => {
  for (const [name] of published) {
    const { weights } = llamaProgram(modelShapes[name], "halves");
    const total = weights.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    assert.equal(total, countParameters(modelShapes[name]), name);
    assert.equal(new Set(weights.map((weight) => weight.name)).size, weights.length);
  }
});

test("llamaProgram reads only earlier values and uses the embedding as a tied head", () => {
  const program = llamaProgram(modelShapes["smollm2:135m"], "adjacent");
  program.ops.forEach((op, id) => {
    for (const key of ["x", "k", "v", "q", "after", "gate", "up", "a", "b"]) {
      const value = (op as Record<string, unknown>)[key];
      if (typeof value === "number") assert.ok(value < id, `${op.op} ${id} reads ${value}`);
    }
  });
  const head = program.ops[program.outputs["logits"]!]!;
  assert.ok(head.op === "linear" && head.weight === 0);
  assert.deepEqual(JSON.parse(JSON.stringify(program)), program);
});
