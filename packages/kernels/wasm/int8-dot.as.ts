// Products of one i8 vector with many; memory: imported. Built apart from the other kernels: see core/src/retrieval/int8-dot.ts.

/** out[r] = sum over i of query[i] * rows[r, i]; `width` is a multiple of 16, `out` i32. */
export function dotRows(query: usize, rows: usize, numRows: i32, width: i32, out: usize): void {
  for (let r = 0; r < numRows; r++) {
    let sum = i32x4.splat(0);
    for (let i = 0; i < width; i += 16) {
      const a = v128.load(query + i);
      const b = v128.load(rows + i);
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(a), i16x8.extend_low_i8x16_s(b)));
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(a), i16x8.extend_high_i8x16_s(b)));
    }
    store<i32>(
      out,
      i32x4.extract_lane(sum, 0) +
        i32x4.extract_lane(sum, 1) +
        i32x4.extract_lane(sum, 2) +
        i32x4.extract_lane(sum, 3),
    );
    rows += width;
    out += 4;
  }
}
