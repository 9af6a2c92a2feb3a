import type { AdapterFit } from "../adapter.ts";
import { checkStep, type StepLimits } from "../check-step.ts";
import type { AdapterHandle, Executable, SampleParams, SampleResult, Step } from "../kernels.ts";
import type { Adapters, PlacedAdapter } from "./adapters.ts";
import type { Arena } from "./arena.ts";
import { CONTROL } from "./control.ts";
import type { KernelExports } from "./exports.ts";
import type { LoweredProgram, ValuePlace } from "./lower.ts";
import { RowSampler } from "./row-sampler.ts";
import type { Runner } from "./runner.ts";
import { StepTables } from "./step-tables.ts";

/** What an executable needs of its backend. */
export interface ExecutableHost {
  arena: Arena;
  kernels: KernelExports;
  runner: Runner;
  adapters: Adapters;
  /** Runs jobs of all executables one after the other. */
  enqueue<T>(job: () => Promise<T>): Promise<T>;
  /** Throws when the backend is disposed. */
  assertOpen(): void;
  onDispose(): void;
}

export interface ExecutableSource {
  lowered: LoweredProgram;
  /** Values of the program's inputs and outputs, by name. */
  inputs: ReadonlyMap<string, ValuePlace>;
  outputs: ReadonlyMap<string, ValuePlace>;
  limits: StepLimits;
  fit: AdapterFit;
}

function abortError(signal: AbortSignal): Error {
  const { reason } = signal;
  if (reason instanceof Error && reason.name === "AbortError") return reason;
  return Object.assign(new Error("Run aborted", { cause: reason }), { name: "AbortError" });
}

/** A program in the shared memory: arena, instructions, claim counters, step tables, scratch of each thread. */
export class WasmExecutable implements Executable {
  readonly scratchBytes: number;
  readonly #host: ExecutableHost;
  readonly #source: ExecutableSource;
  readonly #base: number;
  readonly #plan: number;
  readonly #counters: number;
  readonly #threadScratch: number;
  readonly #tables: StepTables;
  #rows = [0, 0];
  #isDisposed = false;

  constructor(host: ExecutableHost, source: ExecutableSource) {
    const { lowered, limits } = source;
    const { arena, runner } = host;
    const what = "Scratch of the program";
    const before = arena.usedBytes;
    const made: number[] = [];
    const allocate = (bytes: number): number => {
      const at = arena.allocate(bytes, what);
      made.push(at);
      return at;
    };
    try {
      this.#base = allocate(lowered.arenaBytes);
      const words = lowered.encode(this.#base);
      this.#plan = allocate(words.byteLength);
      arena.i32(this.#plan, words.length).set(words);
      this.#counters = allocate(lowered.numInstructions * 8);
      this.#threadScratch = allocate(lowered.threadScratchBytes * runner.threads);
      this.#tables = new StepTables(arena, limits.maxRows, limits.maxOutputs, limits.kvBlocks);
    } catch (error) {
      for (const at of made) arena.release(at);
      throw error;
    }
    for (const { slot, values } of lowered.frequencies) {
      new Float64Array(arena.memory.buffer, this.#base + slot.at, values.length).set(values);
    }
    this.scratchBytes = arena.usedBytes - before;
    this.#host = host;
    this.#source = source;
  }

  async run(step: Step, signal?: AbortSignal): Promise<void> {
    const { adapters } = this.#host;
    const held = new Map<AdapterHandle, PlacedAdapter>();
    for (const { adapter } of step.sequences) {
      if (adapter === undefined || held.has(adapter)) continue;
      const placed = adapters.get(adapter);
      this.#source.fit.check(placed.spec);
      held.set(adapter, placed);
    }
    for (const placed of held.values()) placed.users++;
    try {
      await this.#host.enqueue(() => this.#run(step, held, signal));
    } finally {
      for (const placed of held.values()) adapters.release(placed);
    }
  }

  async #run(
    step: Step,
    adapters: ReadonlyMap<AdapterHandle, PlacedAdapter>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.#assertLive();
    if (signal?.aborted) throw abortError(signal);
    checkStep(step, this.#source.limits);
    const { arena, runner } = this.#host;
    const { lowered } = this.#source;
    this.#rows = [step.tokens.length, step.outputRows.length];
    this.#storeInputs(step);
    this.#tables.write(step, (handle) => adapters.get(handle)!.at);
    arena.i32(this.#counters, lowered.numInstructions * 2).fill(0);
    const control = arena.i32(0, 64);
    control[CONTROL.plan] = this.#plan;
    control[CONTROL.planLength] = lowered.numInstructions;
    control[CONTROL.counters] = this.#counters;
    control[CONTROL.scratch] = this.#threadScratch;
    control[CONTROL.scratchBytes] = lowered.threadScratchBytes;
    Atomics.store(control, CONTROL.cancel, 0);
    const cancel = (): void => void Atomics.store(control, CONTROL.cancel, 1);
    signal?.addEventListener("abort", cancel);
    try {
      await runner.run();
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
    if (signal?.aborted) throw abortError(signal);
    this.#assertLive();
  }

  #storeInputs({ inputs }: Step): void {
    for (const [name, { slot, cols, dim }] of this.#source.inputs) {
      const given = inputs?.[name];
      const length = this.#rowsOf(dim) * cols;
      if (given?.length !== length) {
        throw new RangeError(`Input ${name} must have ${length} values, got ${given?.length ?? "none"}`);
      }
      this.#host.arena.f32(this.#base + slot.at, length).set(given);
    }
  }

  #rowsOf(dim: number): number {
    return dim < 0 ? -dim : this.#rows[dim]!;
  }

  #output(name: string): { at: number; cols: number; rows: number } {
    this.#assertLive();
    const place = this.#source.outputs.get(name);
    if (place === undefined) {
      const names = [...this.#source.outputs.keys()].join(", ");
      throw new RangeError(`Program has no output ${name}; it has ${names}`);
    }
    return { at: this.#base + place.slot.at, cols: place.cols, rows: this.#rowsOf(place.dim) };
  }

  read(output: string, from: number, count: number): Float32Array {
    const { at, cols, rows } = this.#output(output);
    if (from < 0 || count < 0 || from + count > rows) {
      throw new RangeError(`Rows [${from}, ${from + count}) are not in output ${output} of ${rows} rows`);
    }
    return this.#host.arena.f32(at + from * cols * 4, count * cols).slice();
  }

  sample(output: string, rows: readonly { row: number; params: SampleParams }[]): SampleResult[] {
    const { at, cols, rows: count } = this.#output(output);
    const { arena, kernels } = this.#host;
    const sampler = new RowSampler(arena, kernels);
    return rows.map(({ row, params }) => {
      if (!(row >= 0 && row < count))
        throw new RangeError(`Row ${row} is not in output ${output} of ${count} rows`);
      return sampler.sample({ at: at + row * cols * 4, length: cols }, params);
    });
  }

  #assertLive(): void {
    this.#host.assertOpen();
    if (this.#isDisposed) throw new TypeError("Executable is disposed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    // Behind a run that is still in flight: its buffers must stay.
    await this.#host.enqueue(async () => {
      const { arena } = this.#host;
      for (const at of [this.#base, this.#plan, this.#counters, this.#threadScratch]) arena.release(at);
      this.#tables.release();
    });
    this.#host.onDispose();
  }
}
