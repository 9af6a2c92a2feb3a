import { adapterBytes, checkAdapter } from "../adapter.ts";
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
import { ReferenceExecutable } from "./executable.ts";
import { KvPool, kvPoolBytes } from "./kv-pool.ts";
import { StoredWeight, storedBytes } from "./stored-weight.ts";

class ReferenceBackend implements Backend {
  readonly name = "reference";
  readonly threads = 1;
  readonly degradations: readonly Degradation[] = [];
  readonly #weights = new Map<WeightHandle, StoredWeight>();
  readonly #pools = new Map<KvHandle, KvPool>();
  readonly #adapters = new Map<AdapterHandle, AdapterSpec>();
  readonly #executables = new Set<Executable>();
  #nextHandle = 1;
  #isDisposed = false;

  createWeight(spec: WeightSpec): WeightHandle {
    this.#assertOpen();
    const weight = new StoredWeight(spec);
    const handle = this.#nextHandle++ as WeightHandle;
    this.#weights.set(handle, weight);
    return handle;
  }

  freeWeight(handle: WeightHandle): void {
    this.#weight(handle);
    this.#weights.delete(handle);
  }

  packedBytes(format: WeightFormat, rows: number, cols: number): number {
    return storedBytes(format, rows, cols);
  }

  createKv(spec: KvSpec): KvHandle {
    this.#assertOpen();
    const pool = new KvPool(spec);
    const handle = this.#nextHandle++ as KvHandle;
    this.#pools.set(handle, pool);
    return handle;
  }

  freeKv(handle: KvHandle): void {
    this.#pool(handle);
    this.#pools.delete(handle);
  }

  kvBytes(spec: KvSpec): number {
    return kvPoolBytes(spec);
  }

  copyKvBlock(handle: KvHandle, from: number, to: number): void {
    this.#pool(handle).copyBlock(from, to);
  }

  readKvBlock(handle: KvHandle, block: number): Uint8Array {
    return this.#pool(handle).readBlock(block);
  }

  writeKvBlock(handle: KvHandle, block: number, bytes: Uint8Array): void {
    this.#pool(handle).writeBlock(block, bytes);
  }

  createAdapter(spec: AdapterSpec): AdapterHandle {
    this.#assertOpen();
    checkAdapter(spec);
    const targets = spec.targets.map((each) => ({ ...each, a: each.a.slice(), b: each.b.slice() }));
    const handle = this.#nextHandle++ as AdapterHandle;
    this.#adapters.set(handle, { name: spec.name, targets });
    return handle;
  }

  freeAdapter(handle: AdapterHandle): void {
    this.#adapter(handle);
    this.#adapters.delete(handle);
  }

  compile(program: Program, options: CompileOptions): Executable {
    this.#assertOpen();
    const executable = new ReferenceExecutable({
      program,
      weights: options.weights.map((handle) => this.#weight(handle)),
      pool: options.kv === null ? null : this.#pool(options.kv),
      options,
      adapterOf: (handle) => this.#adapter(handle),
      assertOpen: () => this.#assertOpen(),
      onDispose: () => this.#executables.delete(executable),
    });
    this.#executables.add(executable);
    return executable;
  }

  live(): LiveCounts {
    let bytes = 0;
    for (const weight of this.#weights.values()) bytes += weight.bytes;
    for (const { spec } of this.#pools.values()) bytes += kvPoolBytes(spec);
    for (const adapter of this.#adapters.values()) bytes += adapterBytes(adapter);
    for (const { scratchBytes } of this.#executables) bytes += scratchBytes;
    return {
      weights: this.#weights.size,
      kvPools: this.#pools.size,
      adapters: this.#adapters.size,
      executables: this.#executables.size,
      bytes,
    };
  }

  #weight(handle: WeightHandle): StoredWeight {
    this.#assertOpen();
    const weight = this.#weights.get(handle);
    if (weight === undefined) throw new RangeError(`There is no weight ${handle}`);
    return weight;
  }

  #pool(handle: KvHandle): KvPool {
    this.#assertOpen();
    const pool = this.#pools.get(handle);
    if (pool === undefined) throw new RangeError(`There is no KV pool ${handle}`);
    return pool;
  }

  #adapter(handle: AdapterHandle): AdapterSpec {
    this.#assertOpen();
    const adapter = this.#adapters.get(handle);
    if (adapter === undefined) throw new RangeError(`There is no adapter ${handle}`);
    return adapter;
  }

  #assertOpen(): void {
    if (this.#isDisposed) throw new TypeError("Backend is disposed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    for (const executable of this.#executables) await executable[Symbol.asyncDispose]();
    this.#weights.clear();
    this.#pools.clear();
    this.#adapters.clear();
  }
}

/** The slow, readable backend that others are checked against; every mode computes in f64 and stores f32. */
export function createReferenceBackend(): Backend {
  return new ReferenceBackend();
}
