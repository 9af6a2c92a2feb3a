import type { WeightFormat } from "@llamero/kernels";
import { weightFormats } from "@llamero/kernels";

/** Type numbers and sizes of GGUF metadata values; strings count their 8-byte length as the least size. */
export const ggufScalarTypes = {
  u8: { id: 0, sizeBytes: 1 },
  i8: { id: 1, sizeBytes: 1 },
  u16: { id: 2, sizeBytes: 2 },
  i16: { id: 3, sizeBytes: 2 },
  u32: { id: 4, sizeBytes: 4 },
  i32: { id: 5, sizeBytes: 4 },
  f32: { id: 6, sizeBytes: 4 },
  bool: { id: 7, sizeBytes: 1 },
  string: { id: 8, sizeBytes: 8 },
  u64: { id: 10, sizeBytes: 8 },
  i64: { id: 11, sizeBytes: 8 },
  f64: { id: 12, sizeBytes: 8 },
} as const;

export type GgufScalarType = keyof typeof ggufScalarTypes;
export type GgufScalar = number | bigint | boolean | string;

/** A metadata value with the type it has in the file; 64-bit integers are bigint only beyond 2^53. */
export type GgufValue =
  | { type: GgufScalarType; value: GgufScalar }
  | { type: "array"; of: GgufScalarType; value: ArrayLike<GgufScalar> };

export const GGUF_ARRAY_ID = 9;

export const ggufScalarById: ReadonlyMap<number, GgufScalarType> = new Map(
  Object.entries(ggufScalarTypes).map(([type, { id }]) => [id, type as GgufScalarType]),
);

export const formatByGgmlType: ReadonlyMap<number, WeightFormat> = new Map(
  Object.entries(weightFormats).flatMap(([format, { ggmlType }]) =>
    ggmlType === null ? [] : [[ggmlType, format as WeightFormat]],
  ),
);

/** Names of types that exist but cannot be read, for the error message. */
const otherGgmlTypes: Readonly<Record<number, string>> = {
  4: "Q4_2 (removed)",
  5: "Q4_3 (removed)",
  9: "Q8_1",
  10: "Q2_K",
  11: "Q3_K",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
};

/** Name and number of a ggml type that has no codec. */
export function describeGgmlType(id: number): string {
  return `${otherGgmlTypes[id] ?? "unknown"} (type ${id})`;
}
