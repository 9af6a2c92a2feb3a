import { type WasmMemory, type WasmModule, webAssembly } from "./web-assembly.ts";

/** Packs one row as stored in a file: source, group of 16 rows, row within the group, columns. */
type Pack = (src: number, dst: number, row: number, cols: number) => void;

export type PackFunction =
  | "packF32"
  | "pack16"
  | "packF8"
  | "packQ8_0"
  | "packQ4_0"
  | "packQ4_1"
  | "packQ5_0"
  | "packQ5_1"
  | "packQ4K"
  | "packQ5K"
  | "packQ6K";

/** Functions of wasm/index.as.ts; addresses are byte offsets into the memory. */
export interface KernelExports extends Record<PackFunction, Pack> {
  embedRow(
    form: number,
    weight: number,
    cols: number,
    row: number,
    rowScale: number,
    scratch: number,
    dst: number,
  ): void;
  linearFloat(
    form: number,
    weight: number,
    cols: number,
    group: number,
    rows: number,
    rowScale: number,
    x: number,
    tokens: number,
    y: number,
    yCols: number,
    fused: number,
    scratch: number,
  ): void;
  activationBytes(cols: number): number;
  quantizeRow(x: number, cols: number, dst: number): void;
  linearInt(
    form: number,
    group: number,
    cols: number,
    rows: number,
    x: number,
    tokens: number,
    y: number,
    yCols: number,
    scratch: number,
  ): void;
  rmsNorm(x: number, weight: number, cols: number, eps: number, y: number): void;
  add(a: number, b: number, count: number, y: number): void;
  siluMul(gate: number, up: number, count: number, y: number): void;
  rope(x: number, heads: number, headDim: number, adjacent: number, angles: number, y: number): void;
  kvHeadBytes(headDim: number, isInt8: number): number;
  writeKv(k: number, v: number, headDim: number, isInt8: number, block: number, slot: number): void;
  attentionScratch(headDim: number, rows: number, group: number): number;
  attentionStart(headDim: number, rows: number, group: number, scratch: number): void;
  attentionBlocks(
    base: number,
    blockStride: number,
    blocks: number,
    from: number,
    to: number,
    q: number,
    qStride: number,
    rows: number,
    position: number,
    group: number,
    headDim: number,
    scale: number,
    isInt8: number,
    scratch: number,
  ): void;
  argMax(x: number, count: number): number;
  sumExp(x: number, count: number, max: number, inverse: number): number;
  collect(x: number, count: number, threshold: number, ids: number): number;
  attentionFinish(
    y: number,
    yStride: number,
    rows: number,
    group: number,
    headDim: number,
    scratch: number,
  ): void;
}

/** Instantiates the kernels over a shared memory. */
export async function instantiateKernels(module: WasmModule, memory: WasmMemory): Promise<KernelExports> {
  const abort = (): never => {
    throw new Error("WebAssembly kernel aborted");
  };
  const instance = await webAssembly.instantiate(module, { env: { memory, abort } });
  return instance.exports as KernelExports;
}
