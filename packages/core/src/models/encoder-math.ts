/** Plain row-wise arithmetic of encoders. Shape legend: T rows, D columns. */

/** A function of one number by linear interpolation in a table over [-range, range]; it is 0 below and x above. */
interface Tabulated {
  values: Float64Array;
  range: number;
}

const stepsPerUnit = 1024;

/** 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!, whose terms have one sign (DLMF 7.6.2). */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** x times the standard normal distribution function (Hendrycks & Gimpel 2016). */
export function gelu(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2));
}

const geluTanh = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

function tabulate(activation: (x: number) => number, range: number): Tabulated {
  const values = Float64Array.from({ length: 2 * range * stepsPerUnit + 2 }, (_, i) =>
    activation(i / stepsPerUnit - range),
  );
  return { values, range };
}

function applyTable({ values, range }: Tabulated, x: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value >= range) continue;
    if (value <= -range) {
      x[i] = 0;
      continue;
    }
    const at = (value + range) * stepsPerUnit;
    const index = at | 0;
    const low = values[index]!;
    x[i] = low + (values[index + 1]! - low) * (at - index);
  }
}

function lazily(make: () => Tabulated): (x: Float32Array) => void {
  let table: Tabulated | null = null;
  return (x) => {
    table ??= make();
    applyTable(table, x);
  };
}

const tanhGelu = lazily(() => tabulate(geluTanh, 8));

/** Activations in place, by their name in config.json. */
export const activations: Readonly<Record<string, (x: Float32Array) => void>> = {
  gelu: lazily(() => tabulate(gelu, 8)),
  gelu_new: tanhGelu,
  gelu_pytorch_tanh: tanhGelu,
  relu(x) {
    for (let i = 0; i < x.length; i++) if (x[i]! < 0) x[i] = 0;
  },
  tanh(x) {
    for (let i = 0; i < x.length; i++) x[i] = Math.tanh(x[i]!);
  },
};

/** x + bias, in place. */
export function addBias(x: Float32Array, bias: Float32Array): void {
  const { length } = bias;
  for (let from = 0; from < x.length; from += length)
    for (let i = 0; i < length; i++) x[from + i]! += bias[i]!;
}

/** Weight and bias of a layer norm. */
export interface Norm {
  weight: Float32Array;
  bias: Float32Array;
  eps: number;
}

/** (x - mean) / sqrt(variance + eps) * weight + bias of each row, in place (Ba et al. 2016). */
export function layerNorm(x: Float32Array, { weight, bias, eps }: Norm): void {
  const { length } = weight;
  for (let from = 0; from < x.length; from += length) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += x[from + i]!;
    const mean = sum / length;
    let squares = 0;
    for (let i = 0; i < length; i++) {
      const apart = x[from + i]! - mean;
      squares += apart * apart;
    }
    const scale = 1 / Math.sqrt(squares / length + eps);
    for (let i = 0; i < length; i++) x[from + i] = (x[from + i]! - mean) * scale * weight[i]! + bias[i]!;
  }
}

/** Layer norm of x + bias + residual, in place: the end of every block of BERT. */
export function addAndNorm(x: Float32Array, bias: Float32Array, residual: Float32Array, norm: Norm): void {
  const { length } = bias;
  for (let from = 0; from < x.length; from += length)
    for (let i = 0; i < length; i++) x[from + i]! += bias[i]! + residual[from + i]!;
  layerNorm(x, norm);
}

/** Divides by the length; zeros stay. */
export function normalizeVector(x: Float32Array): void {
  let squares = 0;
  for (const value of x) squares += value * value;
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  for (let i = 0; i < x.length; i++) x[i]! *= scale;
}
