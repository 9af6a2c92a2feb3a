import type { TrainImpl } from "./run-context.ts";

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

/** y = silu(gate) * up, with silu(g) = g * sigmoid(g) (Shazeer 2020). */
export const siluMul: TrainImpl<"siluMul"> = (op, run, y) => {
  const { data: gate } = run.value(op.gate);
  const { data: up } = run.value(op.up);
  for (let i = 0; i < gate.length; i++) y.data[i] = gate[i]! * sigmoid(gate[i]!) * up[i]!;
};

/** dgate = dy * up * s * (1 + gate * (1 - s)) with s = sigmoid(gate). */
export const siluMulGradGate: TrainImpl<"siluMulGradGate"> = (op, run, y) => {
  const { data: dy } = run.value(op.dy);
  const { data: gate } = run.value(op.gate);
  const { data: up } = run.value(op.up);
  for (let i = 0; i < gate.length; i++) {
    const s = sigmoid(gate[i]!);
    y.data[i] = dy[i]! * up[i]! * s * (1 + gate[i]! * (1 - s));
  }
};

/** dup = dy * silu(gate). */
export const siluMulGradUp: TrainImpl<"siluMulGradUp"> = (op, run, y) => {
  const { data: dy } = run.value(op.dy);
  const { data: gate } = run.value(op.gate);
  for (let i = 0; i < gate.length; i++) y.data[i] = dy[i]! * gate[i]! * sigmoid(gate[i]!);
};
