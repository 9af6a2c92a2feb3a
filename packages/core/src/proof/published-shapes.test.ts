import assert from "node:assert/strict";
import { test } from "node:test";
import { planModel } from "../engine/plan.ts";
import { modelShapes } from "../models/shapes.ts";

test("planModel gives llama3.1:405b the bytes of its published 405,853,388,800 parameters", () => {
  for (const [format, bitsPerWeight] of [
    ["bf16", 16],
    ["q8_0", 8.5],
    ["q4_0", 4.5],
    ["f8_e4m3", 8],
  ] as const) {
    const { numParameters, weightBytes } = planModel(modelShapes["llama3.1:405b"], format);
    assert.equal(numParameters, 405_853_388_800);
    const expected = (405_853_388_800 * bitsPerWeight) / 8;
    assert.ok(
      Math.abs(weightBytes / expected - 1) < 0.02,
      `${format}: ${weightBytes} instead of ${expected}`,
    );
  }
});
