import { checkStep } from "../check-step.ts";
import {
  type AdapterHandle,
  type CompileOptions,
  type Dim,
  type Executable,
  KV_BLOCK,
  type Program,
  type SampleParams,
  type SampleResult,
  type Step,
  type ValueId,
} from "../kernels.ts";
import type { NativeBinding } from "./binding.ts";
import type { EncodedProgram } from "./encode.ts";

interface Parts {
  native: NativeBinding;
  backend: number;
  handle: number;
  program: Program;
  encoded: EncodedProgram;
  options: CompileOptions;
  kvBlocks: number;
  /** Throws RangeError when there is no such adapter or it does not fit the program. */
  checkAdapter(adapter: AdapterHandle): void;
}

/** A program compiled for the addon. */
export class NativeExecutable implements Executable {
  readonly scratchBytes: number;
  readonly #parts: Parts;
  readonly #onDispose: () => void;
  readonly #vocabSize: number;
  readonly #cols: ReadonlyMap<string, { offset: number; cols: number; dim: Dim }>;
  #running: Promise<boolean> | null = null;
  #lastRows = 0;
  #lastOutputs = 0;
  #open = true;

  constructor(parts: Parts, onDispose: () => void) {
    this.#parts = parts;
    this.#onDispose = onDispose;
    this.scratchBytes = parts.native.scratchBytes(parts.backend, parts.handle);
    const { shapes } = parts.encoded;
    const place = (id: ValueId): { offset: number; cols: number; dim: Dim } => ({
      offset: parts.encoded.offsets[id]!,
      cols: shapes[id]![1],
      dim: shapes[id]![0],
    });
    this.#cols = new Map(Object.entries(parts.program.outputs).map(([name, id]) => [name, place(id)]));
    const table = parts.program.ops.find((op) => op.op === "embed");
    this.#vocabSize =
      table === undefined ? Number.POSITIVE_INFINITY : parts.program.weights[table.table]!.rows;
  }

  async run(step: Step, signal?: AbortSignal): Promise<void> {
    if (!this.#open) throw new Error("Executable was disposed; compile the program again");
    signal?.throwIfAborted();
    const { native, backend, handle } = this.#parts;
    const { sequences, blocks } = this.#flatten(step);
    const inputs = this.#parts.encoded.inputs.map(({ name, shape: [dim, cols] }) => {
      const value = step.inputs?.[name];
      const rows = dim === "rows" ? step.tokens.length : dim === "outputs" ? step.outputRows.length : dim;
      if (value?.length !== rows * cols)
        throw new RangeError(
          `Input ${name} has ${value?.length ?? "no"} values; the step needs ${rows} x ${cols}`,
        );
      return value;
    });
    this.#lastRows = step.tokens.length;
    this.#lastOutputs = step.outputRows.length;
    this.#running = native.run(backend, handle, step.tokens, sequences, blocks, step.outputRows, inputs);
    const abort = (): void => native.cancel(backend, handle);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      if (!(await this.#running)) signal?.throwIfAborted();
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#running = null;
    }
  }

  /** The step as the addon takes it. It was checked, so native code may trust every index. */
  #flatten(step: Step): { sequences: Int32Array; blocks: Int32Array } {
    const { maxRows, maxOutputs, kv } = this.#parts.options;
    checkStep(step, { maxRows, maxOutputs, vocabulary: this.#vocabSize, kvBlocks: this.#parts.kvBlocks });
    const flat: number[] = [];
    const blocks: number[] = [];
    for (const { rowStart, rowCount, position, blocks: table, adapter } of step.sequences) {
      if (adapter !== undefined) this.#parts.checkAdapter(adapter);
      const needed = kv === null ? 0 : Math.ceil((position + rowCount) / KV_BLOCK);
      flat.push(rowStart, rowCount, position, blocks.length, needed, adapter ?? 0);
      for (let i = 0; i < needed; i++) blocks.push(table[i]!);
    }
    return { sequences: Int32Array.from(flat), blocks: Int32Array.from(blocks) };
  }

  #output(name: string): { offset: number; cols: number; rows: number } {
    const found = this.#cols.get(name);
    if (found === undefined)
      throw new RangeError(`Output ${name} is not one of ${[...this.#cols.keys()].join(", ")}`);
    const rows =
      found.dim === "rows" ? this.#lastRows : found.dim === "outputs" ? this.#lastOutputs : found.dim;
    return { ...found, rows };
  }

  read(output: string, from: number, count: number): Float32Array {
    const { offset, cols, rows } = this.#output(output);
    if (from < 0 || count < 0 || from + count > rows)
      throw new RangeError(`Rows ${from} to ${from + count} of ${output} are outside its ${rows}`);
    return this.#parts.native.read(this.#parts.backend, this.#parts.handle, offset, cols, from, count);
  }

  sample(output: string, rows: readonly { row: number; params: SampleParams }[]): SampleResult[] {
    const { native, backend, handle } = this.#parts;
    const { offset, cols, rows: available } = this.#output(output);
    return rows.map(({ row, params: p }) => {
      if (row < 0 || row >= available)
        throw new RangeError(`Row ${row} of ${output} is outside its ${available}`);
      if (p.mask.length > 0 && p.mask.length * 32 < cols)
        throw new RangeError(`Mask has ${p.mask.length} words; ${cols} tokens need ${Math.ceil(cols / 32)}`);
      const numbers = Float64Array.of(
        p.temperature,
        p.topP,
        p.minP,
        p.repetitionPenalty,
        p.frequencyPenalty,
        p.presencePenalty,
        p.uniform,
        p.topK,
        Math.min(p.topLogprobs, cols),
      );
      const [token, logprob, topIds, topLogprobs] = native.sample(
        backend,
        handle,
        offset,
        cols,
        row,
        numbers,
        p.penaltyIds,
        p.penaltyCounts,
        p.biasIds,
        p.biasValues,
        p.mask,
      );
      if (token < 0)
        throw new RangeError(
          `Row ${row} of ${output} has no token with a finite logit; the mask allows none or the weights are damaged`,
        );
      return { token, logprob, topIds, topLogprobs };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#running !== null) {
      this.#parts.native.cancel(this.#parts.backend, this.#parts.handle);
      await this.#running;
    }
    this.#parts.native.freeExecutable(this.#parts.backend, this.#parts.handle);
    this.#onDispose();
  }
}
