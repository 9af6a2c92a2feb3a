// Products of one vector with many of i8; memory: imported. Built apart from the other kernels: see core/src/retrieval/int8-dot.ts.

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): i32 {
  return (
    i32x4.extract_lane(v, 0) +
    i32x4.extract_lane(v, 1) +
    i32x4.extract_lane(v, 2) +
    i32x4.extract_lane(v, 3)
  );
}

/** Products of 8 values of i16 with 8 of i8, in pairs. */
// @ts-ignore: decorator
@inline
function dot8(query: v128, row: usize): v128 {
  return i32x4.dot_i16x8_s(query, v128.load_ext<i8>(row));
}

/**
 * out[r] = sum over i of query[i] * rows[r, i]. The query is widened to i16; `width` is a multiple of 16, `numRows` of 4, `out` i32.
 * Four rows share each load of the query.
 */
export function dotRows(query: usize, rows: usize, numRows: i32, width: i32, out: usize): void {
  for (let r = 0; r < numRows; r += 4) {
    let sum0 = i32x4.splat(0);
    let sum1 = i32x4.splat(0);
    let sum2 = i32x4.splat(0);
    let sum3 = i32x4.splat(0);
    const end = rows + width;
    let q = query;
    const row1 = width;
    const row2 = 2 * width;
    const row3 = 3 * width;
    while (rows < end) {
      const a = v128.load(q);
      const b = v128.load(q, 16);
      sum0 = i32x4.add(sum0, i32x4.add(dot8(a, rows), dot8(b, rows + 8)));
      sum1 = i32x4.add(sum1, i32x4.add(dot8(a, rows + row1), dot8(b, rows + row1 + 8)));
      sum2 = i32x4.add(sum2, i32x4.add(dot8(a, rows + row2), dot8(b, rows + row2 + 8)));
      sum3 = i32x4.add(sum3, i32x4.add(dot8(a, rows + row3), dot8(b, rows + row3 + 8)));
      q += 32;
      rows += 16;
    }
    store<i32>(out, sumLanes(sum0));
    store<i32>(out, sumLanes(sum1), 4);
    store<i32>(out, sumLanes(sum2), 8);
    store<i32>(out, sumLanes(sum3), 12);
    rows += row3;
    out += 16;
  }
}
