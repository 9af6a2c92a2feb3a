import assert from "node:assert/strict";
import { test } from "node:test";
import { attentionCases } from "./attention-cases.ts";
import { assertClose, assertSameBits } from "./compare.ts";
import { splitStep } from "./run-case.ts";

const options = { cols: 2, tolerance: 0.01, what: "x" };

test("assertClose measures by the row's maximum and names the element beyond it", () => {
  const expected = Float32Array.of(100, 1, 4, 3);
  assert.ok(Math.abs(assertClose(Float32Array.of(100.5, 1, 4, 3), expected, options) - 0.005) < 1e-6);
  assert.doesNotThrow(() => assertClose(Float32Array.of(100, 1.9, 4, 3), expected, options));
  assert.throws(
    () => assertClose(Float32Array.of(102, 1, 4, 3), expected, options),
    /row 0, column 0 is 102/,
  );
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => assertClose(Float32Array.of(100, 1, 4, wrong), expected, options), /row 1, column 1/);
  }
  assert.throws(() => assertClose(Float32Array.of(100, 1), expected, options), /number of values/);
});

test("assertClose does not divide by rows that cancel", () => {
  const expected = Float32Array.of(3, 1e-9, -2);
  assert.doesNotThrow(() => assertClose(Float32Array.of(3, 1e-3, -2), expected, { ...options, cols: 1 }));
  assert.throws(() => assertClose(Float32Array.of(3, 0.1, -2), expected, { ...options, cols: 1 }), /row 1/);
});

test("assertSameBits tells 0 from -0 and takes NaN for NaN", () => {
  assert.doesNotThrow(() =>
    assertSameBits(Float32Array.of(Number.NaN, 0), Float32Array.of(Number.NaN, 0), "x"),
  );
  assert.throws(() => assertSameBits(Float32Array.of(0), Float32Array.of(-0), "x"), /value 0 is 0/);
});

test("splitStep gives every row its token, position, blocks and inputs", () => {
  const { program, steps } = attentionCases.find(({ op }) => op === "attention")!.build();
  const step = steps[2]!;
  const single = splitStep(program, step);
  assert.equal(single.length, step.tokens.length);
  const last = single.at(-1)!;
  const sequence = step.sequences.at(-1)!;
  assert.equal(last.sequences[0]!.position, sequence.position + sequence.rowCount - 1);
  assert.deepEqual(last.sequences[0]!.blocks, sequence.blocks);
  assert.deepEqual(last.inputs!["q"], step.inputs!["q"]!.slice(-16));
  assert.deepEqual([...last.outputRows], [0]);
});
