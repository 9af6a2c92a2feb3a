import type { Backend, Executable, Op, Step, WeightHandle, WeightSpec } from "@llamero/kernels";

/** Rows that one run takes; more are run in turn, so that the scratch of many small programs stays small. */
const maxRows = 128;

/** One product: input number `input` times the weight transposed. */
export interface Product {
  input: number;
  weight: WeightSpec;
}

/** Products of one place in a layer, run together: inputs [T, K] to one [T, N] for each product. */
export type Linears = (
  inputs: readonly Float32Array[],
  rows: number,
  signal?: AbortSignal,
) => Promise<Float32Array[]>;

/** Computed values as a weight. */
export function inMemory(name: string, values: Float32Array, cols: number): WeightSpec {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, format: "f32", rows: values.length / cols, cols, data: { kind: "bytes", bytes } };
}

/** Sequences of rows without a past, for programs that look at rows alone. */
export function rowsStep(rows: number, inputs: Readonly<Record<string, Float32Array>>): Step {
  return {
    tokens: new Int32Array(rows),
    sequences: [{ rowStart: 0, rowCount: rows, position: 0, blocks: new Int32Array(0) }],
    outputRows: new Int32Array(0),
    inputs,
  };
}

/** Matrix products of an encoder as small programs on a backend, in f32. */
export class EncoderLinears implements AsyncDisposable {
  readonly backend: Backend;
  readonly #executables: Executable[] = [];
  readonly #weights: WeightHandle[] = [];

  constructor(backend: Backend) {
    this.backend = backend;
  }

  create(products: readonly Product[]): Linears {
    const columns: number[] = [];
    for (const { input, weight } of products) columns[input] = weight.cols;
    const ops: Op[] = columns.map((cols, input) => ({
      op: "input",
      name: `x${input}`,
      shape: ["rows", cols],
    }));
    const outputs: Record<string, number> = {};
    for (const [slot, { input }] of products.entries()) {
      outputs[`y${slot}`] = ops.length;
      ops.push({ op: "linear", x: input, weight: slot });
    }
    const handles = products.map(({ weight }) => this.backend.createWeight(weight));
    this.#weights.push(...handles);
    const weights = products.map(({ weight: { name, rows, cols } }) => ({ name, rows, cols }));
    const executable = this.backend.compile(
      { weights, frequencies: [], ops, outputs },
      { weights: handles, kv: null, maxRows, maxOutputs: 1, mode: "exact" },
    );
    this.#executables.push(executable);
    return async (inputs, rows, signal) => {
      const results = products.map(({ weight }) => new Float32Array(rows * weight.rows));
      for (let from = 0; from < rows; from += maxRows) {
        const count = Math.min(maxRows, rows - from);
        const part = Object.fromEntries(
          columns.map((cols, input) => [
            `x${input}`,
            inputs[input]!.subarray(from * cols, (from + count) * cols),
          ]),
        );
        await executable.run(rowsStep(count, part), signal);
        for (const [slot, { weight }] of products.entries())
          results[slot]!.set(executable.read(`y${slot}`, 0, count), from * weight.rows);
      }
      return results;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const executable of this.#executables) await executable[Symbol.asyncDispose]();
    for (const weight of this.#weights) this.backend.freeWeight(weight);
  }
}
