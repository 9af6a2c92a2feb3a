import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** The native addon's functions; the one typed mirror of `native/src/addon.cpp`. Handles are integers of one backend. */
export interface NativeBinding {
  /** `nativeInterface` of the sources that the addon was built from; absent in older ones. */
  readonly interfaceNumber?: number;
  /** Instruction sets this build and processor have, fastest first. */
  supported(): string[];
  open(instructionSet: string, threads: number): number;
  close(backend: number): void;
  createWeight(
    backend: number,
    stored: number,
    rows: number,
    cols: number,
    source: Uint8Array | string,
    offset: number,
    rowScale: Float32Array | null,
  ): number;
  freeWeight(backend: number, weight: number): void;
  packedSize(stored: number, rows: number, cols: number): number;
  createKv(
    backend: number,
    layers: number,
    heads: number,
    headDim: number,
    blocks: number,
    int8: number,
  ): number;
  freeKv(backend: number, kv: number): void;
  kvSize(layers: number, heads: number, headDim: number, blocks: number, int8: number): number;
  copyKvBlock(backend: number, kv: number, from: number, to: number): void;
  readKvBlock(backend: number, kv: number, block: number): Uint8Array;
  writeKvBlock(backend: number, kv: number, block: number, bytes: Uint8Array): void;
  /** `targets` holds [target, rank, rows, cols] each; `values` each target's A, then its B. */
  createAdapter(backend: number, targets: Int32Array, scales: Float32Array, values: Float32Array): number;
  freeAdapter(backend: number, adapter: number): void;
  compile(
    backend: number,
    code: Int32Array,
    weights: Int32Array,
    kv: number,
    frequencies: Float64Array,
    frequencyLengths: Int32Array,
    maxRows: number,
    maxOutputs: number,
    valueBytes: number,
    mode: number,
  ): number;
  freeExecutable(backend: number, executable: number): void;
  scratchBytes(backend: number, executable: number): number;
  /** Resolves to false when cancelled. `sequences` holds [rowStart, rowCount, position, first block, blocks, adapter or 0] each. */
  run(
    backend: number,
    executable: number,
    tokens: Int32Array,
    sequences: Int32Array,
    blocks: Int32Array,
    outputRows: Int32Array,
    inputs: readonly Float32Array[],
  ): Promise<boolean>;
  cancel(backend: number, executable: number): void;
  read(
    backend: number,
    executable: number,
    offset: number,
    cols: number,
    firstRow: number,
    rows: number,
  ): Float32Array;
  sample(
    backend: number,
    executable: number,
    offset: number,
    vocabSize: number,
    row: number,
    numbers: Float64Array,
    penaltyIds: Int32Array,
    penaltyCounts: Int32Array,
    biasIds: Int32Array,
    biasValues: Float32Array,
    mask: Uint32Array,
  ): [token: number, logprob: number, topIds: Int32Array, topLogprobs: Float32Array];
  live(backend: number): Float64Array;
  /** The machine-wide compute lease, a file that is made when it is missing. Throws where that cannot be. */
  leaseOpen(path: string): number;
  /** Priorities are classes, 0 the highest. */
  leaseTry(lease: number, priority: number): boolean;
  leaseWait(lease: number, priority: number): Promise<void>;
  leaseRelease(lease: number): void;
  leaseClose(lease: number): void;
  /** Read bandwidth of main memory in GB/s, best of five passes over `bytes`. */
  bandwidth(bytes: number, threads: number): number;
  trainOpen(instructionSet: string, threads: number): number;
  trainClose(backend: number): void;
  /** 1 where products of bf16 differ from those of f32, else 0. */
  trainHasBf16(backend: number): number;
  /** `shapes` holds [rows, cols] of each parameter. The arrays are kept and used in place. */
  trainCompile(
    backend: number,
    code: Int32Array,
    backwardStart: number,
    shapes: Int32Array,
    values: readonly Float32Array[],
    gradients: readonly (Float32Array | null)[],
    frequencies: Float64Array,
    frequencyLengths: Int32Array,
    maxRows: number,
    maxOutputs: number,
    valueBytes: number,
    bf16: number,
  ): number;
  trainDispose(backend: number, executable: number): void;
  trainScratchBytes(backend: number, executable: number): number;
  /** Resolves to false when cancelled, as `trainBackward` does. */
  trainForward(
    backend: number,
    executable: number,
    tokens: Int32Array,
    positions: Int32Array,
    starts: Int32Array,
    outputRows: Int32Array,
    targetIds: Int32Array,
    targetProbs: Float32Array,
  ): Promise<boolean>;
  trainBackward(backend: number, executable: number, seeds: readonly Float32Array[]): Promise<boolean>;
  trainCancel(backend: number, executable: number): void;
  trainRead(backend: number, executable: number, offset: number, length: number): Float32Array;
  /** `numbers` holds learning rate, beta1, beta2, eps, weight decay, step and gradient scale. */
  trainAdamw(
    backend: number,
    value: Float32Array,
    gradient: Float32Array,
    moment1: Float32Array,
    moment2: Float32Array,
    numbers: Float64Array,
  ): void;
  trainSumOfSquares(backend: number, values: Float32Array): number;
}

/** As `INTERFACE` in native/src/kernels.h: raised with every change of what the functions take, give or mean. */
export const nativeInterface = 3;

/** Throws when an addon and these sources are of different builds: numbers in wrong places would mix up requests. */
export function checkInterface(addon: { readonly interfaceNumber?: number }, path: string): void {
  const { interfaceNumber } = addon;
  if (interfaceNumber === nativeInterface) return;
  throw new Error(
    `Native addon at ${path} has interface ${interfaceNumber ?? "0"}, but this version needs ${nativeInterface}; ` +
      "rebuild: npm run build",
  );
}

/** Loads the addon built for this platform; throws with the reason when there is none, or one of another version. */
export function loadNative(): NativeBinding {
  const platform = `${process.platform}-${process.arch}`;
  const own = fileURLToPath(new URL(`../../build/${platform}/kernels.node`, import.meta.url));
  const path = process.env["LLAMERO_ADDON"] ?? own;
  const [addon, from] = requireFirst([path, `@llamero/kernels-${platform}`], platform);
  checkInterface(addon, from);
  return addon;
}

/** The first of some addons that can be loaded, and which it is. */
function requireFirst(paths: readonly string[], platform: string): [NativeBinding, string] {
  const require = createRequire(import.meta.url);
  let cause: unknown;
  for (const path of paths) {
    try {
      return [require(path) as NativeBinding, path];
    } catch (error) {
      cause ??= error;
    }
  }
  throw new Error(`No native addon for ${platform} at ${paths[0]}; build it with npm run build`, { cause });
}
