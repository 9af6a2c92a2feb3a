import type { WeightFormat } from "../kernels.ts";
import { weightFormats } from "../weight-formats/table.ts";
import type { PackFunction } from "./exports.ts";

/** Packed forms of a matrix, 16 rows interleaved; the numbers are those of wasm/pack.as.ts. */
export type Form = "f32" | "f16" | "bf16" | "int4-min" | "int8" | "int8-min" | "int8-16";

export interface FormLayout {
  code: number;
  /** Columns that share a scale; 1 for floats. */
  blockCols: number;
  /** Bytes of 16 rows x blockCols columns. */
  blockBytes: number;
  isInteger: boolean;
}

export const forms: { readonly [F in Form]: FormLayout } = {
  f32: { code: 0, blockCols: 1, blockBytes: 64, isInteger: false },
  f16: { code: 1, blockCols: 1, blockBytes: 32, isInteger: false },
  bf16: { code: 2, blockCols: 1, blockBytes: 32, isInteger: false },
  "int4-min": { code: 3, blockCols: 32, blockBytes: 384, isInteger: true },
  int8: { code: 4, blockCols: 32, blockBytes: 576, isInteger: true },
  "int8-min": { code: 5, blockCols: 32, blockBytes: 640, isInteger: true },
  "int8-16": { code: 6, blockCols: 16, blockBytes: 320, isInteger: true },
};

/** The form that holds each file format without loss, and the kernel that packs a row of it. */
export const packing: { readonly [F in WeightFormat]: { form: Form; pack: PackFunction } } = {
  f32: { form: "f32", pack: "packF32" },
  f16: { form: "f16", pack: "pack16" },
  bf16: { form: "bf16", pack: "pack16" },
  f8_e4m3: { form: "bf16", pack: "packF8" },
  q8_0: { form: "int8", pack: "packQ8_0" },
  q4_0: { form: "int4-min", pack: "packQ4_0" },
  q4_1: { form: "int4-min", pack: "packQ4_1" },
  q5_0: { form: "int8", pack: "packQ5_0" },
  q5_1: { form: "int8-min", pack: "packQ5_1" },
  q4_k: { form: "int4-min", pack: "packQ4K" },
  q5_k: { form: "int8-min", pack: "packQ5K" },
  q6_k: { form: "int8-16", pack: "packQ6K" },
};

/** Rows of one group. */
export const GROUP_ROWS = 16;

/** Bytes of one group of 16 rows. */
export function groupBytes(form: Form, cols: number): number {
  return (cols / forms[form].blockCols) * forms[form].blockBytes;
}

/** Bytes of a packed weight: a vector stays plain f32, a matrix takes whole groups and its row factors. */
export function packedBytes(format: WeightFormat, rows: number, cols: number): number {
  const { blockElems } = weightFormats[format];
  if (cols % blockElems !== 0) {
    throw new RangeError(`${cols} columns are not a multiple of ${format}'s block of ${blockElems}`);
  }
  if (rows === 1) return cols * 4;
  const groups = Math.ceil(rows / GROUP_ROWS);
  return groups * groupBytes(packing[format].form, cols) + (format === "f8_e4m3" ? rows * 4 : 0);
}
