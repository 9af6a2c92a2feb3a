import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrainExample } from "./example.ts";
import { packExamples } from "./pack.ts";

const example = (ids: number[], weights: number[]): TrainExample => ({
  ids: Int32Array.from(ids),
  weights: Float32Array.from(weights),
});

test("packExamples puts sequences one behind the other, with outputs where a loss is", () => {
  const batches = packExamples(
    [example([1, 2, 3, 4], [0, 0, 1, 0.5]), example([7, 8, 9, 9], [0, 1, 0, 0]), example([5, 6], [0, 2])],
    { maxRows: 4 },
  );
  assert.equal(batches.length, 2);
  const [first, second] = batches;
  assert.deepEqual([...first!.tokens], [1, 2, 3, 7], "what follows the last token with a loss is left out");
  assert.deepEqual([...first!.positions], [0, 1, 2, 0]);
  assert.deepEqual([...first!.starts], [0, 3]);
  assert.deepEqual([...first!.outputRows], [1, 2, 3]);
  assert.deepEqual([...first!.targetIds], [3, 4, 8]);
  assert.deepEqual([...first!.targetProbs], [1, 1, 1]);
  assert.deepEqual([...first!.weights], [1, 0.5, 1]);
  assert.deepEqual([...first!.examples], [0, 0, 1]);
  assert.deepEqual([...second!.tokens], [5]);
  assert.deepEqual([...second!.weights], [2]);
});

test("packExamples fills earlier batches first and respects the limit of outputs", () => {
  const ones = (length: number): TrainExample =>
    example(
      Array.from({ length }, (_, i) => i),
      Array.from({ length }, (_, i) => (i === 0 ? 0 : 1)),
    );
  const rows = (maxRows: number, maxOutputs?: number): number[] =>
    packExamples([ones(4), ones(3), ones(2)], { maxRows, ...(maxOutputs && { maxOutputs }) }).map(
      ({ tokens }) => tokens.length,
    );
  assert.deepEqual(rows(4), [4, 2]);
  assert.deepEqual(rows(6, 3), [3, 3]);
});

test("packExamples refuses what does not fit and what teaches nothing", () => {
  assert.throws(() => packExamples([example([1, 2, 3], [0, 1, 1])], { maxRows: 1 }), /takes 2 rows.*holds 1/);
  assert.throws(() => packExamples([example([1, 2], [0, 0])], { maxRows: 4 }), /Example 0.*none with a loss/);
});
