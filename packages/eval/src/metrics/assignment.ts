/**
 * The largest sum of gains that pairs each row with at most one column and each column with at most one row
 * (the Hungarian method with potentials, O(n²m)).
 */
export function assignBest(gains: readonly (readonly number[])[]): number {
  const numRows = gains.length;
  const numColumns = gains[0]?.length ?? 0;
  if (numRows === 0 || numColumns === 0) return 0;
  if (numRows > numColumns)
    return assignBest(Array.from({ length: numColumns }, (_, c) => gains.map((row) => row[c]!)));
  // 1-based; row 0 and column 0 are the start of an augmenting path.
  const rowPotential = new Float64Array(numRows + 1);
  const columnPotential = new Float64Array(numColumns + 1);
  const rowOfColumn = new Int32Array(numColumns + 1);
  const previous = new Int32Array(numColumns + 1);
  for (let row = 1; row <= numRows; row++) {
    rowOfColumn[0] = row;
    let column = 0;
    const slack = new Float64Array(numColumns + 1).fill(Number.POSITIVE_INFINITY);
    const isUsed = new Uint8Array(numColumns + 1);
    do {
      isUsed[column] = 1;
      const current = rowOfColumn[column]!;
      let least = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let c = 1; c <= numColumns; c++) {
        if (isUsed[c]) continue;
        const cost = -gains[current - 1]![c - 1]! - rowPotential[current]! - columnPotential[c]!;
        if (cost < slack[c]!) {
          slack[c] = cost;
          previous[c] = column;
        }
        if (slack[c]! < least) {
          least = slack[c]!;
          next = c;
        }
      }
      for (let c = 0; c <= numColumns; c++) {
        if (isUsed[c]) {
          rowPotential[rowOfColumn[c]!]! += least;
          columnPotential[c]! -= least;
        } else slack[c]! -= least;
      }
      column = next;
    } while (rowOfColumn[column] !== 0);
    while (column !== 0) {
      const before = previous[column]!;
      rowOfColumn[column] = rowOfColumn[before]!;
      column = before;
    }
  }
  let total = 0;
  for (let c = 1; c <= numColumns; c++) {
    const row = rowOfColumn[c]!;
    if (row > 0) total += gains[row - 1]![c - 1]!;
  }
  return total;
}
