import assert from "node:assert/strict";
import { test } from "node:test";
import { checkParamBuffers, checkTrainBatch, checkTrainProgram } from "./check.ts";
import type { TrainBatch, TrainOp, TrainProgram } from "./training.ts";

const ops: readonly TrainOp[] = [
  { op: "embed", table: 0 },
  { op: "selectRows", x: 0 },
  { op: "linear", x: 1, weight: 1 },
  { op: "crossEntropy", logits: 2 },
  { op: "seed", output: "rowLoss" },
  { op: "crossEntropyGrad", dy: 4, logits: 2 },
  { op: "linearGradWeight", dy: 5, x: 1, weight: 1 },
];

const program: TrainProgram = {
  params: [
    { name: "table", rows: 9, cols: 4, trainable: false },
    { name: "head", rows: 9, cols: 4, trainable: true },
  ],
  frequencies: [],
  ops,
  backwardStart: 4,
  outputs: { rowLoss: 3 },
};

/** The program with one op replaced. */
function withOp(index: number, op: TrainOp): TrainProgram {
  return { ...program, ops: ops.map((each, at) => (at === index ? op : each)) };
}

test("checkTrainProgram gives the shape of every value; an effect has no columns", () => {
  assert.deepEqual(checkTrainProgram(program), [
    ["rows", 4],
    ["outputs", 4],
    ["outputs", 9],
    ["outputs", 1],
    ["outputs", 1],
    ["outputs", 9],
    [0, 0],
  ]);
});

const wrong: Readonly<Record<string, [TrainProgram, RegExp]>> = {
  "a value of a later op": [
    withOp(1, { op: "selectRows", x: 2 }),
    /Op 1 \(selectRows\): value 2 is not made by an earlier op/,
  ],
  "a parameter that is not there": [
    withOp(2, { op: "linear", x: 1, weight: 7 }),
    /Op 2 \(linear\): there is no parameter slot 7/,
  ],
  "a value with other columns": [
    withOp(6, { op: "linearGradWeight", dy: 2, x: 5, weight: 1 }),
    /Op 6 \(linearGradWeight\): shapes \[outputs, 4\] and \[outputs, 9\] differ/,
  ],
  "a gradient of what is not trained": [
    withOp(6, { op: "linearGradWeight", dy: 5, x: 1, weight: 0 }),
    /parameter table is not trainable/,
  ],
  "rows of tokens where output rows belong": [
    withOp(3, { op: "crossEntropy", logits: 0 }),
    /Op 3 \(crossEntropy\): value 0 is \[rows, 4\], but must have the batch's outputs/,
  ],
  "a gradient of no attention": [
    withOp(6, { op: "attentionGrad", dy: 0, forward: 0 }),
    /Op 6 \(attentionGrad\): value 0 is made by embed/,
  ],
  "a seed of no output": [
    withOp(4, { op: "seed", output: "score" }),
    /Op 4 \(seed\): the program has no output score/,
  ],
  "a backward op in the forward part": [
    { ...program, backwardStart: 6 },
    /Op 4 \(seed\) is in the forward part/,
  ],
  "an output of the backward part": [
    { ...program, outputs: { rowLoss: 5 } },
    /Output rowLoss is value 5, which no forward op makes/,
  ],
  "two parameters of one name": [
    { ...program, params: [program.params[0]!, program.params[0]!] },
    /Parameter table is there twice; slot 1 repeats it/,
  ],
  "columns beyond a value": [
    withOp(6, { op: "columns", x: 5, from: 6, count: 4 }),
    /columns \[6, 10\) are not in the 9 of value 5/,
  ],
};
for (const [what, [bad, message]] of Object.entries(wrong)) {
  test(`checkTrainProgram refuses ${what}`, () => {
    assert.throws(() => checkTrainProgram(bad), { name: "RangeError", message });
  });
}

test("checkTrainProgram refuses to read the value of an effect", () => {
  const bad = { ...program, ops: [...ops, { op: "columns", x: 6, from: 0, count: 1 } as const] };
  assert.throws(() => checkTrainProgram(bad), /value 6 is that of an effect \(linearGradWeight\)/);
});

test("checkParamBuffers wants a gradient where a parameter is trained", () => {
  const value = new Float32Array(36);
  const good = [
    { value, gradient: null },
    { value, gradient: new Float32Array(36) },
  ];
  checkParamBuffers(program, good);
  assert.throws(
    () => checkParamBuffers(program, [good[0]!, good[0]!]),
    /The gradient of head \[9, 4\] needs 36 values, got none/,
  );
  assert.throws(
    () => checkParamBuffers(program, [good[0]!]),
    /Parameter head \[9, 4\] needs 36 values, got none/,
  );
});

const batch: TrainBatch = {
  tokens: Int32Array.of(1, 2, 3),
  positions: Int32Array.of(0, 1, 0),
  starts: Int32Array.of(0, 2),
  outputRows: Int32Array.of(0, 2),
  targetIds: Int32Array.of(2, 4, 5, 8),
  targetProbs: Float32Array.of(0.5, 0.5, 1, 0),
};
const limits = { maxRows: 4, maxOutputs: 2, vocabulary: 9, targets: 9 };

const badBatches: Readonly<Record<string, [Partial<TrainBatch>, RegExp]>> = {
  "no rows": [{ tokens: new Int32Array(0), positions: new Int32Array(0) }, /Batch has 0 rows/],
  "too many rows": [{ tokens: new Int32Array(5) }, /Batch has 5 rows, but maxRows is 4/],
  "too many output rows": [{ outputRows: Int32Array.of(0, 1, 2) }, /3 output rows, but maxOutputs is 2/],
  "a token beyond the vocabulary": [{ tokens: Int32Array.of(1, 9, 3) }, /Token 9 of row 1 is not below 9/],
  "a missing position": [{ positions: Int32Array.of(0, 1) }, /2 positions for 3 tokens/],
  "a negative position": [{ positions: Int32Array.of(0, -1, 0) }, /Position -1 of row 1/],
  "a first sequence that is late": [{ starts: Int32Array.of(1) }, /starts at row 1, not at 0/],
  "starts out of order": [{ starts: Int32Array.of(0, 2, 2) }, /Sequence start 2 comes after 2/],
  "output rows out of order": [{ outputRows: Int32Array.of(2, 0) }, /Output row 0 comes after 2/],
  "an output row that is not there": [{ outputRows: Int32Array.of(0, 3) }, /Output row 3 is not below 3/],
  "a target beyond the logits": [
    { targetIds: Int32Array.of(2, 4, 9, 8) },
    /Target 9 at index 2 is not below 9/,
  ],
  "a probability that is no number": [
    { targetProbs: Float32Array.of(0, 1, Number.NaN, 0) },
    /Target probability NaN at index 2/,
  ],
  "targets that do not divide": [
    { targetIds: Int32Array.of(1, 2, 3), targetProbs: new Float32Array(3) },
    /3 targets for 2 output rows/,
  ],
  "probabilities that are missing": [{ targetProbs: new Float32Array(2) }, /4 targets with 2 probabilities/],
};
for (const [what, [change, message]] of Object.entries(badBatches)) {
  test(`checkTrainBatch refuses ${what}`, () => {
    assert.throws(() => checkTrainBatch({ ...batch, ...change }, limits), { name: "RangeError", message });
  });
}

test("checkTrainBatch takes soft targets, and none where the program takes none", () => {
  checkTrainBatch(batch, limits);
  const none = { ...batch, targetIds: new Int32Array(0), targetProbs: new Float32Array(0) };
  checkTrainBatch(none, { ...limits, targets: null });
});
