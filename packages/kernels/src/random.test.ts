import assert from "node:assert/strict";
import { test } from "node:test";
import { uniform } from "./random.ts";

test("uniform is a function of seed, request and position, the same on every machine", () => {
  assert.deepEqual(
    [uniform(0, 0, 0), uniform(1, 2, 3), uniform(2 ** 53 - 1, 7, 0)],
    [0.908400639553131, 0.8221692712167978, 0.3563382929730934],
  );
  assert.notEqual(uniform(1, 2, 3), uniform(3, 2, 1));
  assert.notEqual(uniform(1, 0, 0), uniform(2 ** 32 + 1, 0, 0));
});

const COUNT = 50_000;

/** Streams along each counter, and along seeds as far apart as users pick them. */
const streams: Readonly<Record<string, (i: number) => number>> = {
  position: (i) => uniform(42, 7, i),
  request: (i) => uniform(42, i, 7),
  seed: (i) => uniform(i, 7, 7),
  "seed by 2^32": (i) => uniform(i * 2 ** 32, 0, 0),
};

for (const [name, stream] of Object.entries(streams)) {
  test(`uniform is flat and without correlation along ${name}`, () => {
    const values = Array.from({ length: COUNT }, (_, i) => stream(i));
    assert.ok(values.every((value) => value >= 0 && value < 1));
    assert.equal(new Set(values).size, COUNT, "53 bits do not repeat in so few numbers");
    // Chi-square over 256 cells: mean 255, standard deviation 22.6; six of them.
    const cells = new Float64Array(256);
    for (const value of values) cells[Math.floor(value * 256)]!++;
    const expected = COUNT / 256;
    const chiSquare = cells.reduce((sum, cell) => sum + (cell - expected) ** 2 / expected, 0);
    assert.ok(Math.abs(chiSquare - 255) < 136, `chi-square ${chiSquare}`);
    // Correlation of neighbours: standard deviation 1 / sqrt(COUNT).
    const neighbours = values.slice(1).reduce((sum, value, i) => sum + (value - 0.5) * (values[i]! - 0.5), 0);
    assert.ok(Math.abs((neighbours / COUNT) * 12) < 6 / Math.sqrt(COUNT));
  });
}

test("uniform fills all 53 bits", () => {
  const ones = new Float64Array(53);
  for (let i = 0; i < COUNT; i++) {
    const bits = BigInt(uniform(3, 1, i) * 2 ** 53);
    for (let bit = 0; bit < 53; bit++) ones[bit]! += Number((bits >> BigInt(bit)) & 1n);
  }
  for (const [bit, count] of ones.entries()) {
    assert.ok(
      Math.abs(count / COUNT - 0.5) < (6 * 0.5) / Math.sqrt(COUNT),
      `bit ${bit} is set ${count} times`,
    );
  }
});
