import type { WeightFormat, WeightSpec } from "../kernels.ts";
import { checkWeight } from "../weight-formats/check-weight.ts";
import { rowBytes, weightFormats } from "../weight-formats/table.ts";
import type { Arena } from "./arena.ts";
import type { KernelExports } from "./exports.ts";
import { type Form, forms, GROUP_ROWS, groupBytes, packedBytes, packing } from "./forms.ts";
import { nodeBuiltin } from "./web-assembly.ts";

/** A packed weight. A vector (one row) is plain f32 at `at`; a matrix is groups of 16 rows. */
export interface PackedWeight {
  name: string;
  rows: number;
  cols: number;
  form: Form | "vector";
  at: number;
  bytes: number;
  /** Address of one factor per row; 0: none. */
  rowScaleAt: number;
  /** A vector as a matrix of one group, made when a product asks for it; 0: not made. */
  matrixAt: number;
  /** The handle, and each executable that reads the weight; its memory goes with the last. */
  users: number;
}

/** Reads `sizeBytes` bytes of a tensor from `offset` on into `target`. */
type Reader = (target: Uint8Array, offset: number) => void;

interface FileSystem {
  openSync(path: string, flags: "r"): number;
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  closeSync(fd: number): void;
}

/** Bytes read from a file at a time. */
const READ_BYTES = 1 << 20;

function openData({ name, data }: WeightSpec): { read: Reader; close(): void } {
  if (data.kind === "bytes") {
    const { bytes } = data;
    return {
      read: (target, offset) => target.set(bytes.subarray(offset, offset + target.length)),
      close: () => {},
    };
  }
  const fs = nodeBuiltin<FileSystem>("node:fs");
  if (fs === null) {
    throw new TypeError(
      `Tensor ${name} is in the file ${data.path}, which cannot be read here; pass its bytes`,
    );
  }
  const fd = fs.openSync(data.path, "r");
  // Not every Node reads into shared memory, so the bytes go through a buffer.
  const buffer = new Uint8Array(READ_BYTES);
  return {
    read(target, offset) {
      for (let done = 0; done < target.length; ) {
        const wanted = Math.min(READ_BYTES, target.length - done);
        const count = fs.readSync(fd, buffer, 0, wanted, data.offset + offset + done);
        if (count === 0) throw new RangeError(`${data.path} ends inside tensor ${name}`);
        target.set(buffer.subarray(0, count), done);
        done += count;
      }
    },
    close: () => fs.closeSync(fd),
  };
}

function dequantizeVector({ format, cols, rowScale }: WeightSpec, read: Reader): Float32Array {
  const bytes = new Uint8Array(rowBytes(format, cols));
  read(bytes, 0);
  const values = new Float32Array(cols);
  weightFormats[format].dequantize(bytes, 0, values, 0, cols);
  if (rowScale !== undefined) for (let k = 0; k < cols; k++) values[k]! *= rowScale[0]!;
  return values;
}

/** Bytes of rows in the file format that are staged for packing: at least one group. */
export function stageBytes(format: WeightFormat, cols: number): number {
  return GROUP_ROWS * rowBytes(format, cols);
}

/** Packs a weight into the arena. Throws RangeError naming the tensor when sizes do not fit. */
export function packWeight(spec: WeightSpec, arena: Arena, kernels: KernelExports): PackedWeight {
  const { name, format, rows, cols, rowScale } = spec;
  checkWeight(spec);
  const bytes = packedBytes(format, rows, cols);
  const at = arena.allocate(bytes, `Tensor ${name}`);
  const { form, pack } = packing[format];
  const packed = { name, rows, cols, at, bytes, rowScaleAt: 0, matrixAt: 0, users: 1 };
  let stage = 0;
  const source = openData(spec);
  try {
    if (rows === 1) {
      arena.f32(at, cols).set(dequantizeVector(spec, source.read));
      return { ...packed, form: "vector" };
    }
    stage = arena.allocate(stageBytes(format, cols), `Packing tensor ${name}`);
    const perRow = rowBytes(format, cols);
    const perGroup = groupBytes(form, cols);
    const memory = arena.bytes();
    for (let row = 0, group = at; row < rows; row += GROUP_ROWS, group += perGroup) {
      const count = Math.min(GROUP_ROWS, rows - row);
      source.read(memory.subarray(stage, stage + count * perRow), row * perRow);
      for (let lane = 0; lane < count; lane++) kernels[pack](stage + lane * perRow, group, lane, cols);
    }
    if (format !== "f8_e4m3") return { ...packed, form };
    const rowScaleAt = at + bytes - rows * 4;
    const factors = arena.f32(rowScaleAt, rows);
    if (rowScale === undefined) factors.fill(1);
    else factors.set(rowScale);
    return { ...packed, form, rowScaleAt };
  } catch (error) {
    arena.release(at);
    throw error;
  } finally {
    source.close();
    if (stage !== 0) arena.release(stage);
  }
}

/** Form and address of a weight as a matrix; packs a vector the first time. */
export function asMatrix(weight: PackedWeight, arena: Arena): { form: Form; at: number } {
  if (weight.form !== "vector") return { form: weight.form, at: weight.at };
  if (weight.matrixAt === 0) {
    weight.matrixAt = arena.allocate(weight.cols * forms.f32.blockBytes, `Tensor ${weight.name}`);
    const vector = arena.f32(weight.at, weight.cols);
    const matrix = arena.f32(weight.matrixAt, weight.cols * GROUP_ROWS);
    for (let k = 0; k < weight.cols; k++) matrix[k * GROUP_ROWS] = vector[k]!;
  }
  return { form: "f32", at: weight.matrixAt };
}

/** Takes away one user. */
export function releaseWeight(weight: PackedWeight, arena: Arena): void {
  if (--weight.users > 0) return;
  arena.release(weight.at);
  if (weight.matrixAt !== 0) arena.release(weight.matrixAt);
}
