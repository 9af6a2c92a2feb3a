import type { AdapterSpec, AdapterTarget } from "@llamero/kernels";

/** An adapter of a smaller rank. */
export interface LimitedAdapter {
  adapter: AdapterSpec;
  /** Share of the squared changes of all weights that is left; 1 where no rank had to be cut. */
  kept: number;
}

/**
 * The adapter of at most this rank that comes closest: of each change B A the largest singular values, which are found
 * in small matrices, without the product itself.
 */
export function limitRank({ name, targets }: AdapterSpec, rank: number): LimitedAdapter {
  let [all, left] = [0, 0];
  const limited = targets.map((target) => {
    if (target.rank <= rank) return target;
    const { cut, squares } = cutTarget(target, rank);
    all += sum(squares);
    left += sum(squares.slice(0, rank));
    return cut;
  });
  return { adapter: { name, targets: limited }, kept: all === 0 ? 1 : left / all };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Columns of a matrix. */
type Columns = Float64Array[];

function cutTarget(
  { target, rank, rows, cols, a, b, scale }: AdapterTarget,
  wanted: number,
): { cut: AdapterTarget; squares: number[] } {
  const column = (length: number, at: (i: number) => number): Float64Array =>
    Float64Array.from({ length }, (_, i) => at(i));
  const ranks = Array.from({ length: rank }, (_, r) => r);
  const left = orthogonalize(ranks.map((r) => column(rows, (row) => scale * b[row * rank + r]!)));
  const right = orthogonalize(ranks.map((r) => column(cols, (col) => a[r * cols + col]!)));
  // B A = Ql (Rl Rr') Qr'; the middle is rank by rank.
  const core = ranks.map((j) => column(rank, (i) => sum(ranks.map((k) => left.r[k]![i]! * right.r[k]![j]!))));
  const turned = ranks.map((r) => column(rank, (i) => (i === r ? 1 : 0)));
  rotateApart(core, turned);
  const squares = core.map((each) => dot(each, each));
  const order = ranks.toSorted((x, y) => squares[y]! - squares[x]! || x - y);
  const cut = {
    target,
    rank: wanted,
    rows,
    cols,
    a: new Float32Array(wanted * cols),
    b: new Float32Array(rows * wanted),
    scale: 1,
  };
  for (let r = 0; r < wanted; r++) {
    const from = order[r]!;
    const length = Math.sqrt(squares[from]!);
    if (length === 0) continue;
    // Half of the singular value on each side, so that both are of one size.
    const half = Math.sqrt(length);
    const u = combine(left.q, core[from]!, half / length);
    const v = combine(right.q, turned[from]!, half);
    for (let row = 0; row < rows; row++) cut.b[row * wanted + r] = u[row]!;
    for (let col = 0; col < cols; col++) cut.a[r * cols + col] = v[col]!;
  }
  return { cut, squares: order.map((each) => squares[each]!) };
}

function dot(x: Float64Array, y: Float64Array): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i]! * y[i]!;
  return total;
}

function combine(columns: Columns, weights: Float64Array, scale: number): Float64Array {
  const result = new Float64Array(columns[0]!.length);
  for (const [k, column] of columns.entries()) {
    const factor = scale * weights[k]!;
    if (factor !== 0) for (let i = 0; i < result.length; i++) result[i]! += factor * column[i]!;
  }
  return result;
}

/** Gram-Schmidt, twice for the sake of rounding: column j is the sum over i of r[j][i] q[i]; what depends on others is 0 in q. */
function orthogonalize(columns: Columns): { q: Columns; r: Columns } {
  const q: Columns = [];
  const r: Columns = [];
  for (const [j, given] of columns.entries()) {
    const rest = given.slice();
    const factors = new Float64Array(columns.length);
    for (let pass = 0; pass < 2; pass++)
      for (const [i, each] of q.entries()) {
        const factor = dot(each, rest);
        factors[i]! += factor;
        for (let at = 0; at < rest.length; at++) rest[at]! -= factor * each[at]!;
      }
    const length = Math.sqrt(dot(rest, rest));
    const isNew = length > 1e-12 * Math.sqrt(dot(given, given));
    factors[j] = isNew ? length : 0;
    q.push(isNew ? rest.map((value) => value / length) : rest.fill(0));
    r.push(factors);
  }
  return { q, r };
}

/** One-sided Jacobi: turns pairs of columns until all are at right angles, and `turned` with them. */
function rotateApart(columns: Columns, turned: Columns): void {
  for (let sweep = 0; sweep < 60; sweep++) {
    let isDone = true;
    for (let p = 0; p < columns.length; p++)
      for (let q = p + 1; q < columns.length; q++) {
        const [x, y] = [columns[p]!, columns[q]!];
        const [xx, yy, xy] = [dot(x, x), dot(y, y), dot(x, y)];
        if (Math.abs(xy) <= 1e-15 * Math.sqrt(xx * yy)) continue;
        isDone = false;
        const zeta = (yy - xx) / (2 * xy);
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cosine = 1 / Math.hypot(1, tangent);
        for (const [left, right] of [
          [x, y],
          [turned[p]!, turned[q]!],
        ] as const)
          for (let i = 0; i < left.length; i++) {
            const [l, r] = [left[i]!, right[i]!];
            left[i] = cosine * (l - tangent * r);
            right[i] = cosine * (tangent * l + r);
          }
      }
    if (isDone) return;
  }
}
