import { ADAPTER_WORDS } from "./plan.ts";

/** One row of a loraAdd; addresses count bytes. */
export interface LoraRow {
  base: number;
  x: number;
  y: number;
  cols: number;
  outputs: number;
  /** Number of the target. */
  target: number;
  /** Address of the row's adapter table; 0: none. */
  adapter: number;
}

/** y = base + scale * B (A x) of one row, in plain TypeScript over the shared memory; sums in f64, in order of columns. */
export function loraAddRow(buffer: ArrayBufferLike, row: LoraRow): void {
  const { cols, outputs } = row;
  const y = new Float32Array(buffer, row.y >>> 0, outputs);
  y.set(new Float32Array(buffer, row.base >>> 0, outputs));
  if (row.adapter === 0) return;
  const [numTargets] = new Int32Array(buffer, row.adapter >>> 0, 1);
  if (row.target >= numTargets!) return;
  const entry = (row.adapter >>> 0) + (1 + row.target * ADAPTER_WORDS) * 4;
  const [aAt, bAt, rank] = new Int32Array(buffer, entry, ADAPTER_WORDS) as unknown as [
    number,
    number,
    number,
  ];
  if (rank === 0) return;
  const scale = new Float32Array(buffer, entry, ADAPTER_WORDS)[3]!;
  const x = new Float32Array(buffer, row.x >>> 0, cols);
  const a = new Float32Array(buffer, aAt >>> 0, rank * cols);
  const b = new Float32Array(buffer, bAt >>> 0, outputs * rank);
  const low = new Float64Array(rank);
  for (let r = 0; r < rank; r++) {
    let sum = 0;
    for (let k = 0, at = r * cols; k < cols; k++, at++) sum += a[at]! * x[k]!;
    low[r] = sum;
  }
  for (let n = 0; n < outputs; n++) {
    let sum = 0;
    for (let r = 0, at = n * rank; r < rank; r++, at++) sum += b[at]! * low[r]!;
    y[n]! += scale * sum;
  }
}
