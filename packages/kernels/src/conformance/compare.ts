import assert from "node:assert/strict";

function rootMeanSquare(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / values.length);
}

/**
 * Largest error relative to the largest element of its row. Rows that cancel to almost nothing, as rows of one element
 * do, count with the root mean square of all rows. Fails above `tolerance`, naming the element.
 */
export function assertClose(
  actual: Float32Array,
  expected: Float32Array,
  { cols, tolerance, what }: { cols: number; tolerance: number; what: string },
): number {
  assert.equal(actual.length, expected.length, `${what}: number of values`);
  const floor = rootMeanSquare(expected);
  let worst = 0;
  for (let start = 0; start < expected.length; start += cols) {
    let scale = floor;
    for (let i = start; i < start + cols; i++) scale = Math.max(scale, Math.abs(expected[i]!));
    for (let i = start; i < start + cols; i++) {
      const error = Math.abs(actual[i]! - expected[i]!) / (scale || 1);
      if (error <= worst) continue;
      if (!(error <= tolerance)) {
        assert.fail(
          `${what}: row ${start / cols}, column ${i - start} is ${actual[i]}, but ${expected[i]} in the reference; ` +
            `relative to the row's maximum ${scale} the error is ${error}, above ${tolerance}`,
        );
      }
      worst = error;
    }
  }
  return worst;
}

/** Fails unless both have the same bits, naming the first element that differs. */
export function assertSameBits(actual: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: number of values`);
  for (let i = 0; i < actual.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    assert.fail(`${what}: value ${i} is ${actual[i]}, but ${expected[i]} before`);
  }
}

/** Rows joined to one array. */
export function concatenate(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
