import { AdapterFit } from "../adapter.ts";
import { checkStep } from "../check-step.ts";
import type {
  AdapterHandle,
  AdapterSpec,
  CompileOptions,
  Executable,
  Op,
  Program,
  SampleParams,
  SampleResult,
  Shape,
  Step,
} from "../kernels.ts";
import { inferShapes, lastUses, numRows } from "../program.ts";
import type { KvPool } from "./kv-pool.ts";
import { referenceOps } from "./ops.ts";
import { Pacer } from "./pacer.ts";
import type { Matrix, RunContext } from "./run-context.ts";
import { sampleRow } from "./sample.ts";
import type { StoredWeight } from "./stored-weight.ts";

/** What an executable computes with. */
export interface ExecutableSource {
  program: Program;
  weights: readonly StoredWeight[];
  pool: KvPool | null;
  options: CompileOptions;
  /** Throws RangeError when there is none. */
  adapterOf(handle: AdapterHandle): AdapterSpec;
  /** Throws when the backend is disposed. */
  assertOpen(): void;
  onDispose(): void;
}

function checkWeights(program: Program, weights: readonly StoredWeight[]): void {
  for (const [slot, { name, rows, cols }] of program.weights.entries()) {
    const weight = weights[slot];
    if (weight?.rows !== rows || weight.cols !== cols) {
      const given = weight === undefined ? "none" : `${weight.name} [${weight.rows}, ${weight.cols}]`;
      throw new RangeError(`Program wants weight ${name} [${rows}, ${cols}] in slot ${slot}, got ${given}`);
    }
  }
}

function checkPool(program: Program, shapes: readonly Shape[], pool: KvPool | null): void {
  for (const [index, op] of program.ops.entries()) {
    if (op.op !== "writeKv" && op.op !== "attention") continue;
    if (pool === null)
      throw new TypeError(`Op ${index} (${op.op}) needs a KV pool, but compile was given none`);
    const { layers, kvHeads, headDim } = pool.spec;
    if (op.layer >= layers) {
      throw new RangeError(`Op ${index} (${op.op}) uses layer ${op.layer} of a KV pool of ${layers} layers`);
    }
    const cols = shapes[op.op === "writeKv" ? op.k : op.after]![1];
    if (cols !== kvHeads * headDim || (op.op === "attention" && op.kvHeads !== kvHeads)) {
      throw new RangeError(
        `Op ${index} (${op.op}) has ${cols} key columns, which do not fit a KV pool of ${kvHeads} heads of ${headDim}`,
      );
    }
  }
}

/** Most bytes of values that are alive at once. */
function peakBytes(shapes: readonly Shape[], last: readonly number[], options: CompileOptions): number {
  const sizes = { rows: options.maxRows, outputs: options.maxOutputs };
  const bytes = shapes.map(([dim, cols]) => numRows(dim, sizes) * cols * 4);
  let peak = 0;
  let alive = 0;
  for (const [index, size] of bytes.entries()) {
    alive += size;
    peak = Math.max(peak, alive);
    for (let id = 0; id <= index; id++) if (last[id] === index) alive -= bytes[id]!;
  }
  return peak;
}

/** Runs a program op by op, in order; a value is dropped after its last use. */
export class ReferenceExecutable implements Executable {
  readonly scratchBytes: number;
  readonly #source: ExecutableSource;
  readonly #shapes: readonly Shape[];
  readonly #lastUses: readonly number[];
  readonly #fit: AdapterFit;
  readonly #vocabulary: number;
  #values: (Matrix | undefined)[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  #isDisposed = false;

  constructor(source: ExecutableSource) {
    const { program, weights, pool, options } = source;
    this.#source = source;
    this.#shapes = inferShapes(program);
    this.#lastUses = lastUses(program);
    this.#fit = new AdapterFit(program, this.#shapes);
    checkWeights(program, weights);
    checkPool(program, this.#shapes, pool);
    this.scratchBytes = peakBytes(this.#shapes, this.#lastUses, options);
    const tables = program.ops.flatMap((op) => (op.op === "embed" ? [program.weights[op.table]!.rows] : []));
    this.#vocabulary = Math.min(...tables);
  }

  async run(step: Step, signal?: AbortSignal): Promise<void> {
    const adapters = new Map<AdapterHandle, AdapterSpec>();
    for (const { adapter } of step.sequences) {
      if (adapter === undefined) continue;
      const spec = this.#source.adapterOf(adapter);
      this.#fit.check(spec);
      adapters.set(adapter, spec);
    }
    const result = this.#queue.then(() => this.#run(step, adapters, signal));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #run(
    step: Step,
    adapters: ReadonlyMap<AdapterHandle, AdapterSpec>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#assertOpen();
    signal?.throwIfAborted();
    const { program, weights, pool, options } = this.#source;
    checkStep(step, {
      maxRows: options.maxRows,
      maxOutputs: options.maxOutputs,
      vocabulary: this.#vocabulary,
      kvBlocks: pool?.spec.blocks ?? 0,
    });
    const values: (Matrix | undefined)[] = [];
    this.#values = values;
    const pacer = new Pacer(signal);
    const context: RunContext = {
      step,
      pacer,
      value: (id) => values[id]!,
      weight: (slot) => weights[slot]!,
      frequencies: (slot) => program.frequencies[slot]!,
      pool: () => pool!,
      adapter: (handle) => adapters.get(handle)!,
    };
    const sizes = { rows: step.tokens.length, outputs: step.outputRows.length };
    for (const [index, op] of program.ops.entries()) {
      if (pacer.isDue()) await pacer.pause();
      const [dim, cols] = this.#shapes[index]!;
      const rows = numRows(dim, sizes);
      const y: Matrix = { data: new Float32Array(rows * cols), rows, cols };
      values.push(y);
      await (referenceOps[op.op] as (op: Op, run: RunContext, y: Matrix) => void | Promise<void>)(
        op,
        context,
        y,
      );
      for (const id of values.keys()) if (this.#lastUses[id] === index) values[id] = undefined;
    }
  }

  read(output: string, from: number, count: number): Float32Array {
    const { data, rows, cols } = this.#output(output);
    if (from < 0 || count < 0 || from + count > rows) {
      throw new RangeError(`Rows [${from}, ${from + count}) are not in output ${output} of ${rows} rows`);
    }
    return data.slice(from * cols, (from + count) * cols);
  }

  sample(output: string, rows: readonly { row: number; params: SampleParams }[]): SampleResult[] {
    return rows.map(({ row, params }) => sampleRow(this.read(output, row, 1), params));
  }

  #output(name: string): Matrix {
    this.#assertOpen();
    const { outputs } = this.#source.program;
    if (!Object.hasOwn(outputs, name)) {
      throw new RangeError(`Program has no output ${name}; it has ${Object.keys(outputs).join(", ")}`);
    }
    const value = this.#values[outputs[name]!];
    if (value === undefined) throw new RangeError(`Output ${name} has no value; run the program first`);
    return value;
  }

  #assertOpen(): void {
    if (this.#isDisposed) throw new TypeError("Executable is disposed");
    this.#source.assertOpen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    await this.#queue;
    this.#values = [];
    this.#source.onDispose();
  }
}
