import { availableParallelism } from "node:os";
import { AdapterFit, checkAdapter } from "../adapter.ts";
import type {
  AdapterHandle,
  AdapterSpec,
  Backend,
  BackendName,
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
import { rowBytes, weightFormats } from "../weight-formats/table.ts";
import { loadNative, type NativeBinding } from "./binding.ts";
import { encodeProgram } from "./encode.ts";
import { NativeExecutable } from "./executable.ts";
import { storedCodes } from "./formats.ts";

export type InstructionSet = Exclude<BackendName, "reference" | "wasm">;

export interface NativeBackendOptions {
  /** Default: the fastest this processor has. */
  instructionSet?: InstructionSet;
  /** Default: one per core. */
  threads?: number;
}

/** Instruction sets that work here, fastest first; empty when there is no addon. */
export function nativeInstructionSets(): InstructionSet[] {
  try {
    return loadNative().supported() as InstructionSet[];
  } catch {
    return [];
  }
}

/** Read bandwidth of main memory in GB/s, or null without the addon; about a third of a second. */
export function measureReadBandwidth(threads: number): number | null {
  try {
    return loadNative().bandwidth(512 * 1024 * 1024, threads);
  } catch {
    return null;
  }
}

class NativeBackend implements Backend {
  readonly name: BackendName;
  readonly threads: number;
  readonly degradations: readonly Degradation[] = [];
  readonly #native: NativeBinding;
  readonly #id: number;
  readonly #executables = new Set<NativeExecutable>();
  readonly #shapes = new Map<WeightHandle, readonly [rows: number, cols: number]>();
  readonly #kvSpecs = new Map<KvHandle, KvSpec>();
  /** Targets only; the matrices are in the addon. */
  readonly #adapters = new Map<AdapterHandle, AdapterSpec>();
  /** Numbers of the targets of adapters, as the addon knows them. */
  readonly #targets = new Map<string, number>();
  #open = true;

  constructor(native: NativeBinding, instructionSet: InstructionSet, threads: number) {
    this.#native = native;
    this.name = instructionSet;
    this.threads = threads;
    this.#id = native.open(instructionSet, threads);
  }

  createWeight(spec: WeightSpec): WeightHandle {
    const { name, format, rows, cols, data } = spec;
    const { blockElems } = weightFormats[format];
    if (!(rows > 0 && cols > 0) || cols % blockElems !== 0)
      throw new RangeError(
        `Weight ${name} is ${rows} x ${cols}; ${format} needs rows of a multiple of ${blockElems} columns`,
      );
    const sizeBytes = rows * rowBytes(format, cols);
    const given = data.kind === "file" ? data.sizeBytes : data.bytes.byteLength;
    if (given !== sizeBytes)
      throw new RangeError(
        `Weight ${name} has ${given} bytes; ${rows} x ${cols} in ${format} needs ${sizeBytes}`,
      );
    if (spec.rowScale !== undefined && spec.rowScale.length !== rows)
      throw new RangeError(`Weight ${name} has ${spec.rowScale.length} row scales; it needs ${rows}`);
    const [source, offset] = data.kind === "file" ? [data.path, data.offset] : [data.bytes, 0];
    try {
      const handle = this.#native.createWeight(
        this.#id,
        storedCodes[format],
        rows,
        cols,
        source,
        offset,
        spec.rowScale ?? null,
      ) as WeightHandle;
      this.#shapes.set(handle, [rows, cols]);
      return handle;
    } catch (error) {
      throw new RangeError(
        `Weight ${name} was not created: ${error instanceof Error ? error.message : error}`,
        { cause: error },
      );
    }
  }

  freeWeight(handle: WeightHandle): void {
    this.#native.freeWeight(this.#id, handle);
    this.#shapes.delete(handle);
  }

  packedBytes(format: WeightFormat, rows: number, cols: number): number {
    return this.#native.packedSize(storedCodes[format], rows, cols);
  }

  createKv(spec: KvSpec): KvHandle {
    if (spec.headDim % 8 !== 0)
      throw new RangeError(`KV pool has headDim ${spec.headDim}; the native backend needs a multiple of 8`);
    const int8 = spec.dtype === "int8" ? 1 : 0;
    const handle = this.#native.createKv(
      this.#id,
      spec.layers,
      spec.kvHeads,
      spec.headDim,
      spec.blocks,
      int8,
    ) as KvHandle;
    this.#kvSpecs.set(handle, spec);
    return handle;
  }

  freeKv(handle: KvHandle): void {
    this.#native.freeKv(this.#id, handle);
    this.#kvSpecs.delete(handle);
  }

  kvBytes(spec: KvSpec): number {
    return this.#native.kvSize(
      spec.layers,
      spec.kvHeads,
      spec.headDim,
      spec.blocks,
      spec.dtype === "int8" ? 1 : 0,
    );
  }

  copyKvBlock(handle: KvHandle, from: number, to: number): void {
    this.#native.copyKvBlock(this.#id, handle, from, to);
  }

  readKvBlock(handle: KvHandle, block: number): Uint8Array {
    return this.#native.readKvBlock(this.#id, handle, block);
  }

  writeKvBlock(handle: KvHandle, block: number, bytes: Uint8Array): void {
    this.#native.writeKvBlock(this.#id, handle, block, bytes);
  }

  createAdapter(spec: AdapterSpec): AdapterHandle {
    checkAdapter(spec);
    const { targets } = spec;
    const values = new Float32Array(targets.reduce((sum, { a, b }) => sum + a.length + b.length, 0));
    let at = 0;
    for (const { a, b } of targets) {
      values.set(a, at);
      values.set(b, at + a.length);
      at += a.length + b.length;
    }
    const words = targets.flatMap(({ target, rank, rows, cols }) => [
      this.#targetId(target),
      rank,
      rows,
      cols,
    ]);
    const scales = Float32Array.from(targets, ({ scale }) => scale);
    const handle = this.#native.createAdapter(this.#id, Int32Array.from(words), scales, values);
    const empty = new Float32Array(0);
    const shapes = targets.map((each) => ({ ...each, a: empty, b: empty }));
    this.#adapters.set(handle as AdapterHandle, { name: spec.name, targets: shapes });
    return handle as AdapterHandle;
  }

  freeAdapter(handle: AdapterHandle): void {
    this.#native.freeAdapter(this.#id, handle);
    this.#adapters.delete(handle);
  }

  #targetId(target: string): number {
    const id = this.#targets.get(target) ?? this.#targets.size;
    this.#targets.set(target, id);
    return id;
  }

  #adapter(handle: AdapterHandle): AdapterSpec {
    const adapter = this.#adapters.get(handle);
    if (adapter === undefined) throw new RangeError(`There is no adapter ${handle}`);
    return adapter;
  }

  compile(program: Program, options: CompileOptions): Executable {
    const { weights, kv, maxRows, maxOutputs, mode } = options;
    if (weights.length !== program.weights.length)
      throw new RangeError(`Program needs ${program.weights.length} weights; ${weights.length} were given`);
    for (const [slot, { name, rows, cols }] of program.weights.entries()) {
      const shape = this.#shapes.get(weights[slot]!);
      if (shape?.[0] !== rows || shape[1] !== cols)
        throw new RangeError(
          `Weight ${name} is ${shape?.join(" x ") ?? "freed"}; the program needs ${rows} x ${cols}`,
        );
    }
    if (kv === null && program.ops.some(({ op }) => op === "writeKv" || op === "attention"))
      throw new TypeError("Program reads the KV cache; compile it with a KV pool");
    const shapes = inferShapes(program);
    const encoded = encodeProgram(program, shapes, maxRows, maxOutputs, (target) => this.#targetId(target));
    const fit = new AdapterFit(program, shapes);
    const handle = this.#native.compile(
      this.#id,
      encoded.code,
      Int32Array.from(weights),
      kv ?? 0,
      Float64Array.from(program.frequencies.flat()),
      Int32Array.from(program.frequencies, (each) => each.length),
      maxRows,
      maxOutputs,
      encoded.valueBytes,
      mode === "fast" ? 0 : 1,
    );
    const kvBlocks = kv === null ? 0 : (this.#kvSpecs.get(kv)?.blocks ?? 0);
    const check = (adapter: AdapterHandle): void => fit.check(this.#adapter(adapter));
    const executable = new NativeExecutable(
      {
        native: this.#native,
        backend: this.#id,
        handle,
        program,
        encoded,
        options,
        kvBlocks,
        checkAdapter: check,
      },
      () => this.#executables.delete(executable),
    );
    this.#executables.add(executable);
    return executable;
  }

  live(): LiveCounts {
    if (!this.#open) return { weights: 0, kvPools: 0, adapters: 0, executables: 0, bytes: 0 };
    const [weights, kvPools, executables, bytes, adapters] = this.#native.live(this.#id);
    return {
      weights: weights!,
      kvPools: kvPools!,
      adapters: adapters!,
      executables: executables!,
      bytes: bytes!,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    for (const executable of [...this.#executables]) await executable[Symbol.asyncDispose]();
    this.#native.close(this.#id);
  }
}

/** Opens the C++ backend; throws with the reason when the addon or the instruction set is missing. */
export function createNativeBackend(options: NativeBackendOptions = {}): Backend {
  const native = loadNative();
  const supported = native.supported() as InstructionSet[];
  const wanted = options.instructionSet ?? supported[0]!;
  if (!supported.includes(wanted))
    throw new RangeError(
      `Instruction set ${wanted} is not available here; this processor and build have ${supported.join(", ")}`,
    );
  return new NativeBackend(native, wanted, options.threads ?? availableParallelism());
}
