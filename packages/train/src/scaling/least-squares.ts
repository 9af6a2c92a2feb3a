/** y = intercept + slope * x. */
export interface Line {
  intercept: number;
  slope: number;
}

/** y = lowest + curvature * (x - at)^2. */
export interface Parabola {
  at: number;
  lowest: number;
  curvature: number;
}

/** The line of least squares. Needs two different x. */
export function fitLine(xs: readonly number[], ys: readonly number[]): Line {
  const n = xs.length;
  const meanX = xs.reduce((sum, x) => sum + x, 0) / n;
  const meanY = ys.reduce((sum, y) => sum + y, 0) / n;
  let xx = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    xx += (xs[i]! - meanX) ** 2;
    xy += (xs[i]! - meanX) * (ys[i]! - meanY);
  }
  if (!(xx > 0)) throw new RangeError(`A line needs two different places, not ${n} at ${meanX}`);
  const slope = xy / xx;
  return { intercept: meanY - slope * meanX, slope };
}

/** The parabola of least squares. Needs three different x; one that opens downward has no place of its own: `curvature` <= 0. */
export function fitParabola(xs: readonly number[], ys: readonly number[]): Parabola {
  if (new Set(xs).size < 3)
    throw new RangeError(`A parabola needs three different places, not ${new Set(xs).size}`);
  // Around the mean, where the normal equations are well conditioned.
  const center = xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const sums = [0, 0, 0, 0, 0];
  const right = [0, 0, 0];
  for (const [i, x] of xs.entries()) {
    const powers = [1, x - center, (x - center) ** 2, (x - center) ** 3, (x - center) ** 4];
    for (let k = 0; k < 5; k++) sums[k]! += powers[k]!;
    for (let k = 0; k < 3; k++) right[k]! += powers[k]! * ys[i]!;
  }
  const [c, b, a] = solve([0, 1, 2].map((row) => [...[0, 1, 2].map((col) => sums[row + col]!), right[row]!]));
  const shift = -b! / (2 * a!);
  return { at: center + shift, lowest: c! - (b! * b!) / (4 * a!), curvature: a! };
}

/** Gauss-Jordan elimination with pivots of rows that hold their right side last. */
function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let col = 0; col < n; col++) {
    let pivot = col;
    for (let row = col + 1; row < n; row++)
      if (Math.abs(rows[row]![col]!) > Math.abs(rows[pivot]![col]!)) pivot = row;
    [rows[col], rows[pivot]] = [rows[pivot]!, rows[col]!];
    for (let row = 0; row < n; row++) {
      if (row === col) continue;
      const factor = rows[row]![col]! / rows[col]![col]!;
      for (let k = col; k <= n; k++) rows[row]![k]! -= factor * rows[col]![k]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}
