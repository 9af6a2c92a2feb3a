import type { ReferenceImpl } from "./run-context.ts";

/** Rotates pair i of every head by position * frequency[i] (Su et al. 2021); angles in f64. */
export const rope: ReferenceImpl<"rope"> = ({ x, heads, headDim, layout, frequencies }, run, y) => {
  const { data, cols } = run.value(x);
  const frequency = run.frequencies(frequencies);
  const half = headDim / 2;
  const [stride, distance] = layout === "adjacent" ? [2, 1] : [1, half];
  for (const { rowStart, rowCount, position } of run.step.sequences) {
    for (let row = 0; row < rowCount; row++) {
      for (let i = 0; i < half; i++) {
        const angle = (position + row) * frequency[i]!;
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        for (let head = 0; head < heads; head++) {
          const a = (rowStart + row) * cols + head * headDim + i * stride;
          const b = a + distance;
          y.data[a] = data[a]! * cos - data[b]! * sin;
          y.data[b] = data[a]! * sin + data[b]! * cos;
        }
      }
    }
  }
};
