import type { Backend, Mode, WeightFormat } from "@llamero/kernels";

/** How fast this machine multiplies with our own kernels, which bounds prompts. */
export interface MatrixRate {
  /** Multiplications and additions. */
  operationsPerSecond: number;
  format: WeightFormat;
  rows: number;
}

/** Outputs and inputs of the matrix: large enough to be like a model's, small enough for the caches. */
const size = 2048;
const maxRows = 512;
const millisecondsPerRate = 300;

/** Times one packed linear, with as many rows as a slow backend can do in time; the best of several runs. */
export async function measureMatrixRate(
  backend: Backend,
  { format, mode }: { format: WeightFormat; mode: Mode },
): Promise<MatrixRate> {
  const data = { kind: "bytes", bytes: await randomWeights(format, size, size) } as const;
  const weight = backend.createWeight({ name: "matrix", format, rows: size, cols: size, data });
  try {
    const program = {
      weights: [{ name: "matrix", rows: size, cols: size }],
      frequencies: [],
      ops: [
        { op: "input", name: "x", shape: ["rows", size] },
        { op: "linear", x: 0, weight: 0 },
      ],
      outputs: { y: 1 },
    } as const;
    const options = { weights: [weight], kv: null, maxRows, maxOutputs: 1, mode };
    await using executable = backend.compile(program, options);
    const x = Float32Array.from({ length: maxRows * size }, (_, i) => Math.sin(i));
    const timeOf = async (rows: number): Promise<number> => {
      const blocks = new Int32Array(0);
      const started = performance.now();
      await executable.run({
        tokens: new Int32Array(rows),
        sequences: [{ rowStart: 0, rowCount: rows, position: 0, blocks }],
        outputRows: new Int32Array(0),
        inputs: { x: x.subarray(0, rows * size) },
      });
      return performance.now() - started;
    };
    let rows = 8;
    let best = await timeOf(rows);
    while (rows < maxRows && best * 8 < millisecondsPerRate) {
      rows = Math.min(maxRows, rows * 8);
      best = await timeOf(rows);
    }
    for (let spent = 0; spent < millisecondsPerRate; ) {
      const time = await timeOf(rows);
      spent += time;
      best = Math.min(best, time);
    }
    return { operationsPerSecond: (2 * size * size * rows * 1000) / best, format, rows };
  } finally {
    backend.freeWeight(weight);
  }
}

/** Stored bytes of a matrix whose rows repeat one of small values; zeros and not-a-numbers would not be typical. */
export async function randomWeights(format: WeightFormat, rows: number, cols: number): Promise<Uint8Array> {
  const { rowBytes, weightFormats } = await import("@llamero/kernels");
  const values = Float32Array.from({ length: cols }, (_, i) => Math.sin(i * 12.9898) * 0.05);
  const bytes = new Uint8Array(rows * rowBytes(format, cols));
  weightFormats[format].quantize(values, 0, bytes, 0, cols);
  for (let filled = rowBytes(format, cols); filled < bytes.length; filled *= 2)
    bytes.copyWithin(filled, 0, filled);
  return bytes;
}
