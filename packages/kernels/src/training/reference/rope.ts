import type { TrainImpl } from "./run-context.ts";

/** Rotates pair i of every head by position * frequency[i], or back; angles in f64 (Su et al. 2021). */
export const rope: TrainImpl<"rope"> = (op, run, y) => {
  const { heads, headDim, layout } = op;
  const { data, cols } = run.value(op.x);
  const frequency = run.frequencies(op.frequencies);
  const half = headDim / 2;
  const [stride, distance] = layout === "adjacent" ? [2, 1] : [1, half];
  const direction = op.inverse === true ? -1 : 1;
  for (const [row, position] of run.batch.positions.entries()) {
    for (let i = 0; i < half; i++) {
      const angle = direction * position * frequency[i]!;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let head = 0; head < heads; head++) {
        const a = row * cols + head * headDim + i * stride;
        const b = a + distance;
        y.data[a] = data[a]! * cos - data[b]! * sin;
        y.data[b] = data[a]! * sin + data[b]! * cos;
      }
    }
  }
};
