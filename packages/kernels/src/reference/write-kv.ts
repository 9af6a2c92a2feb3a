import type { ReferenceImpl } from "./run-context.ts";

/** Stores the step's keys and values at the positions of their sequences; y = v. */
export const writeKv: ReferenceImpl<"writeKv"> = ({ k, v, layer }, run, y) => {
  const pool = run.pool();
  const { kvHeads, headDim } = pool.spec;
  const keys = run.value(k);
  const values = run.value(v);
  for (const { rowStart, rowCount, position, blocks } of run.step.sequences) {
    for (let row = 0; row < rowCount; row++) {
      for (let head = 0; head < kvHeads; head++) {
        const vector = pool.vectorOf(layer, head, blocks, position + row);
        const offset = (rowStart + row) * keys.cols + head * headDim;
        pool.keys.write(vector, keys.data, offset);
        pool.values.write(vector, values.data, offset);
      }
    }
  }
  y.data.set(values.data);
};
