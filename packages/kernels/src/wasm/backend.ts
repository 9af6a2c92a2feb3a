import { AdapterFit } from "../adapter.ts";
import type {
  AdapterHandle,
  AdapterSpec,
  Backend,
  CompileOptions,
  Degradation,
  Executable,
  KvHandle,
  KvSpec,
  LiveCounts,
  Program,
  WeightFormat,
  WeightHandle,
  WeightSpec,
} from "../kernels.ts";
import { inferShapes } from "../program.ts";
import { Adapters } from "./adapters.ts";
import { Arena } from "./arena.ts";
import {
  bestVariant,
  compileKernels,
  hasVariant,
  type KernelVariant,
  type WasmFiles,
  workerUrl,
} from "./assets.ts";
import { CONTROL, CONTROL_BYTES } from "./control.ts";
import { WasmExecutable } from "./executable.ts";
import { instantiateKernels, type KernelExports } from "./exports.ts";
import { packedBytes } from "./forms.ts";
import { type KvPlace, lower, type ValuePlace } from "./lower.ts";
import { createInlineRunner, type Runner, startWorkers } from "./runner.ts";
import { nodeBuiltin, type WasmMemory, type WasmModule } from "./web-assembly.ts";
import { asMatrix, type PackedWeight, packWeight, releaseWeight } from "./weights.ts";

export interface WasmBackendOptions {
  /** Worker threads; by default one per processor, at most `MAX_THREADS`. 0: compute on the calling thread, in slices. */
  threads?: number;
  /** Whether to use relaxed SIMD; by default where the runtime has it. */
  relaxed?: boolean;
  /** A build of the kernels, instead of the best for this runtime and processor. */
  variant?: KernelVariant;
  /** The compiled kernels, where files cannot be read. */
  wasm?: WasmFiles;
  /** The bundled worker script, where it is not beside the package. */
  worker?: URL;
}

/** More threads than this only wait for memory. */
const MAX_THREADS = 8;

function processorCount(): number {
  const os = nodeBuiltin<{ availableParallelism(): number }>("node:os");
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return os?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/** Whether workers can be given the shared memory: always in Node, in browsers on cross-origin isolated pages. */
function canShareMemory(): boolean {
  if (nodeBuiltin("node:worker_threads") !== null) return true;
  return (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;
}

async function createRunner(
  threads: number,
  url: URL,
  module: WasmModule,
  memory: WasmMemory,
  kernels: KernelExports,
  degradations: Degradation[],
): Promise<Runner> {
  if (threads === 0) return createInlineRunner(kernels, memory);
  let why = "the page is not cross-origin isolated, so workers cannot share memory";
  if (canShareMemory()) {
    try {
      return await startWorkers(url, { module, memory, threads });
    } catch (error) {
      why = `workers do not start: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  degradations.push({
    what: "WebAssembly threads",
    wanted: `${threads} workers`,
    used: "the calling thread",
    why,
  });
  return createInlineRunner(kernels, memory);
}

/** loraAdd has no kernel of its own here. */
const slowAdapters: Degradation = {
  what: "LoRA adapters",
  wanted: "WebAssembly SIMD",
  used: "plain TypeScript",
  why: "loraAdd has no WebAssembly kernel yet; only rows with an adapter are slower",
};

class WasmBackend implements Backend {
  readonly name = "wasm";
  readonly degradations: Degradation[];
  readonly #adapters: Adapters;
  readonly #arena: Arena;
  readonly #kernels: KernelExports;
  readonly #runner: Runner;
  readonly #weights = new Map<number, PackedWeight>();
  readonly #pools = new Map<number, KvPlace>();
  readonly #executables = new Set<Executable>();
  #isDisposed = false;
  #nextHandle = 1;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(arena: Arena, kernels: KernelExports, runner: Runner, degradations: Degradation[]) {
    this.#arena = arena;
    this.#adapters = new Adapters(arena);
    this.#kernels = kernels;
    this.#runner = runner;
    this.degradations = degradations;
  }

  get threads(): number {
    return this.#runner.threads;
  }

  packedBytes(format: WeightFormat, rows: number, cols: number): number {
    return packedBytes(format, rows, cols);
  }

  createWeight(spec: WeightSpec): WeightHandle {
    this.#assertOpen();
    const weight = packWeight(spec, this.#arena, this.#kernels);
    const handle = this.#nextHandle++;
    this.#weights.set(handle, weight);
    return handle as WeightHandle;
  }

  freeWeight(handle: WeightHandle): void {
    releaseWeight(this.#weight(handle), this.#arena);
    this.#weights.delete(handle);
  }

  #weight(handle: WeightHandle): PackedWeight {
    this.#assertOpen();
    const weight = this.#weights.get(handle);
    if (weight === undefined) throw new RangeError(`There is no weight ${handle}`);
    return weight;
  }

  #kvBlockBytes({ kvHeads, headDim, dtype }: KvSpec): number {
    if (headDim % 4 !== 0) throw new RangeError(`KV heads of ${headDim} columns are not a multiple of 4`);
    return this.#kernels.kvHeadBytes(headDim, dtype === "int8" ? 1 : 0) * kvHeads;
  }

  kvBytes(spec: KvSpec): number {
    return this.#kvBlockBytes(spec) * spec.blocks * spec.layers;
  }

  createKv(spec: KvSpec): KvHandle {
    this.#assertOpen();
    for (const key of ["layers", "kvHeads", "headDim", "blocks"] as const) {
      const count = spec[key];
      if (!Number.isInteger(count) || count < 1) {
        throw new RangeError(`KV pool's ${key} is ${count}; it must be 1 or more`);
      }
    }
    const at = this.#arena.allocate(this.kvBytes(spec), `KV pool of ${spec.blocks} blocks`);
    const handle = this.#nextHandle++;
    this.#pools.set(handle, { spec: { ...spec }, at, users: 1 });
    return handle as KvHandle;
  }

  freeKv(handle: KvHandle): void {
    this.#releasePool(this.#pool(handle));
    this.#pools.delete(handle);
  }

  #releasePool(pool: KvPlace): void {
    if (--pool.users === 0) this.#arena.release(pool.at);
  }

  #assertOpen(): void {
    if (this.#isDisposed) throw new TypeError("Backend is disposed");
  }

  #pool(handle: KvHandle): KvPlace {
    this.#assertOpen();
    const pool = this.#pools.get(handle);
    if (pool === undefined) throw new RangeError(`There is no KV pool ${handle}`);
    return pool;
  }

  copyKvBlock(handle: KvHandle, from: number, to: number): void {
    const source = this.#kvBlock(handle, from);
    for (const [layer, part] of this.#kvBlock(handle, to).entries()) part.set(source[layer]!);
  }

  readKvBlock(handle: KvHandle, block: number): Uint8Array {
    const parts = this.#kvBlock(handle, block);
    const size = parts[0]!.length;
    const bytes = new Uint8Array(size * parts.length);
    for (const [layer, part] of parts.entries()) bytes.set(part, layer * size);
    return bytes;
  }

  writeKvBlock(handle: KvHandle, block: number, bytes: Uint8Array): void {
    const parts = this.#kvBlock(handle, block);
    const size = parts[0]!.length;
    if (bytes.length !== size * parts.length) {
      throw new RangeError(`KV block takes ${size * parts.length} bytes, got ${bytes.length}`);
    }
    for (const [layer, part] of parts.entries()) part.set(bytes.subarray(layer * size, (layer + 1) * size));
  }

  /** The bytes of a block in each layer, in the shared memory. */
  #kvBlock(handle: KvHandle, block: number): Uint8Array[] {
    const { spec, at } = this.#pool(handle);
    if (!(Number.isInteger(block) && block >= 0 && block < spec.blocks)) {
      throw new RangeError(`KV block ${block} is not in the pool of ${spec.blocks}`);
    }
    const size = this.#kvBlockBytes(spec);
    const memory = this.#arena.bytes();
    return Array.from({ length: spec.layers }, (_, layer) => {
      const start = at + (layer * spec.blocks + block) * size;
      return memory.subarray(start, start + size);
    });
  }

  createAdapter(spec: AdapterSpec): AdapterHandle {
    this.#assertOpen();
    const handle = this.#nextHandle++ as AdapterHandle;
    this.#adapters.create(spec, handle);
    if (!this.degradations.includes(slowAdapters)) this.degradations.push(slowAdapters);
    return handle;
  }

  freeAdapter(handle: AdapterHandle): void {
    this.#assertOpen();
    this.#adapters.free(handle);
  }

  compile(program: Program, { weights, kv, maxRows, maxOutputs, mode }: CompileOptions): Executable {
    this.#assertOpen();
    const packed = weights.map((handle) => this.#weight(handle));
    for (const [slot, { name, rows, cols }] of program.weights.entries()) {
      const weight = packed[slot];
      if (weight === undefined || weight.rows !== rows || weight.cols !== cols) {
        const given = weight === undefined ? "none" : `${weight.name} [${weight.rows}, ${weight.cols}]`;
        throw new RangeError(`Program wants weight ${name} [${rows}, ${cols}] in slot ${slot}, got ${given}`);
      }
    }
    const pool = kv === null ? null : this.#pool(kv);
    const lowered = lower(program, {
      weights: packed,
      matrix: (slot) => asMatrix(packed[slot]!, this.#arena),
      kv: pool,
      maxRows,
      maxOutputs,
      mode,
      targetId: (target) => this.#adapters.targetId(target),
      kernels: this.#kernels,
    });
    const inputs = new Map<string, ValuePlace>();
    for (const [index, op] of program.ops.entries()) {
      if (op.op === "input") inputs.set(op.name, lowered.values.get(index)!);
    }
    const outputs = new Map<string, ValuePlace>();
    for (const [name, id] of Object.entries(program.outputs)) {
      const value = lowered.values.get(id);
      if (value === undefined) throw new RangeError(`Output ${name} is value ${id}, which no op makes`);
      outputs.set(name, value);
    }
    const { vocabulary } = lowered;
    const executable: Executable = new WasmExecutable(
      {
        arena: this.#arena,
        kernels: this.#kernels,
        runner: this.#runner,
        adapters: this.#adapters,
        enqueue: (job) => this.#enqueue(job),
        assertOpen: () => this.#assertOpen(),
        onDispose: () => {
          this.#executables.delete(executable);
          for (const weight of packed) releaseWeight(weight, this.#arena);
          if (pool !== null) this.#releasePool(pool);
        },
      },
      {
        lowered,
        inputs,
        outputs,
        limits: { maxRows, maxOutputs, vocabulary, kvBlocks: pool?.spec.blocks ?? 0 },
        fit: new AdapterFit(program, inferShapes(program)),
      },
    );
    this.#executables.add(executable);
    for (const weight of packed) weight.users++;
    if (pool !== null) pool.users++;
    return executable;
  }

  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(job);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  live(): LiveCounts {
    return {
      weights: this.#weights.size,
      kvPools: this.#pools.size,
      adapters: this.#adapters.size,
      executables: this.#executables.size,
      bytes: this.#arena.usedBytes,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    // A run in flight stops and rejects.
    Atomics.store(this.#arena.i32(0, 64), CONTROL.cancel, 1);
    for (const executable of this.#executables) await executable[Symbol.asyncDispose]();
    for (const weight of this.#weights.values()) releaseWeight(weight, this.#arena);
    for (const pool of this.#pools.values()) this.#releasePool(pool);
    this.#weights.clear();
    this.#pools.clear();
    this.#adapters.clear();
    await this.#runner.close();
  }
}

/** Starts the WebAssembly backend: kernels compiled, workers running. */
export async function createWasmBackend(options: WasmBackendOptions = {}): Promise<Backend> {
  const degradations: Degradation[] = [];
  const wanted = options.variant ?? (options.relaxed === false ? "base" : "relaxed");
  let variant = options.variant ?? (options.relaxed === false ? "base" : await bestVariant());
  if (!hasVariant(variant) || (wanted !== "base" && variant === "base")) {
    const why = "this runtime does not know relaxed SIMD; Node 22 and later and current browsers do";
    degradations.push({ what: "WebAssembly kernels", wanted: "relaxed SIMD", used: "SIMD128", why });
    variant = "base";
  }
  const module = await compileKernels(variant, options.wasm);
  const arena = new Arena(CONTROL_BYTES);
  const kernels = await instantiateKernels(module, arena.memory);
  const threads = options.threads ?? Math.min(MAX_THREADS, processorCount());
  const runner = await createRunner(
    threads,
    options.worker ?? workerUrl,
    module,
    arena.memory,
    kernels,
    degradations,
  );
  return new WasmBackend(arena, kernels, runner, degradations);
}
