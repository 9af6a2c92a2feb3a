import { weightFormats } from "@llamero/kernels";
import { FileWriter, overwrite } from "./file-writer.ts";
import { GGUF_DEFAULT_ALIGNMENT, GGUF_MAGIC } from "./gguf.ts";
import type { GgufScalar, GgufScalarType, GgufValue } from "./gguf-types.ts";
import { GGUF_ARRAY_ID, ggufScalarTypes } from "./gguf-types.ts";
import type { TensorSource } from "./tensor-source.ts";
import { storedSizeBytes } from "./tensor-source.ts";

/** Growing little-endian buffer for the header. */
class HeaderBuffer {
  #bytes = Buffer.alloc(65536);
  #length = 0;

  #grow(length: number): number {
    const at = this.#length;
    if (at + length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(at + length, this.#bytes.length * 2));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#length += length;
    return at;
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#bytes.writeUInt32LE(value, at);
  }

  u64(value: number): void {
    const at = this.#grow(8);
    this.#bytes.writeBigUInt64LE(BigInt(value), at);
  }

  string(text: string): void {
    const length = Buffer.byteLength(text);
    this.u64(length);
    const at = this.#grow(length);
    this.#bytes.write(text, at);
  }

  scalar(type: GgufScalarType, value: GgufScalar): void {
    if (type === "string") {
      this.string(String(value));
    } else {
      const at = this.#grow(ggufScalarTypes[type].sizeBytes);
      encoders[type](this.#bytes, at, value);
    }
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

const encoders: {
  readonly [T in Exclude<GgufScalarType, "string">]: (
    bytes: Buffer,
    at: number,
    value: GgufScalar,
  ) => unknown;
} = {
  u8: (bytes, at, value) => bytes.writeUInt8(Number(value), at),
  i8: (bytes, at, value) => bytes.writeInt8(Number(value), at),
  u16: (bytes, at, value) => bytes.writeUInt16LE(Number(value), at),
  i16: (bytes, at, value) => bytes.writeInt16LE(Number(value), at),
  u32: (bytes, at, value) => bytes.writeUInt32LE(Number(value), at),
  i32: (bytes, at, value) => bytes.writeInt32LE(Number(value), at),
  f32: (bytes, at, value) => bytes.writeFloatLE(Number(value), at),
  bool: (bytes, at, value) => bytes.writeUInt8(value ? 1 : 0, at),
  u64: (bytes, at, value) => bytes.writeBigUInt64LE(BigInt(value), at),
  i64: (bytes, at, value) => bytes.writeBigInt64LE(BigInt(value), at),
  f64: (bytes, at, value) => bytes.writeDoubleLE(Number(value), at),
};

export interface WriteGgufOptions {
  metadata: Iterable<readonly [string, GgufValue]>;
  /** Order is kept. Names are the file's own (token_embd.weight, ...). */
  tensors: readonly TensorSource[];
}

function writeHeader(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly TensorSource[]): Uint8Array {
  const alignment = alignmentOf(metadata);
  const header = new HeaderBuffer();
  header.u32(GGUF_MAGIC);
  header.u32(3);
  header.u64(tensors.length);
  header.u64(metadata.size);
  for (const [key, value] of metadata) {
    header.string(key);
    if (value.type === "array") {
      header.u32(GGUF_ARRAY_ID);
      header.u32(ggufScalarTypes[value.of].id);
      header.u64(value.value.length);
      for (let i = 0; i < value.value.length; i++) header.scalar(value.of, value.value[i]!);
    } else {
      header.u32(ggufScalarTypes[value.type].id);
      header.scalar(value.type, value.value);
    }
  }
  let offset = 0;
  for (const { name, shape, format } of tensors) {
    const { ggmlType } = weightFormats[format];
    if (ggmlType === null)
      throw new RangeError(`GGUF cannot store ${format} (tensor ${name}); convert it first`);
    header.string(name);
    header.u32(shape.length);
    for (const dim of shape.toReversed()) header.u64(dim);
    header.u32(ggmlType);
    header.u64(offset);
    offset += Math.ceil(storedSizeBytes(format, shape) / alignment) * alignment;
  }
  return header.finish();
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>): number {
  return Number(metadata.get("general.alignment")?.value ?? GGUF_DEFAULT_ALIGNMENT);
}

/** Writes the pieces of one tensor, yielding the offset after each. Throws RangeError when they are not exactly its size. */
export function* writePieces(file: FileWriter, tensor: TensorSource): Generator<number, void> {
  const start = file.offset;
  for (const piece of tensor.pieces()) {
    file.write(piece);
    yield file.offset;
  }
  const expected = storedSizeBytes(tensor.format, tensor.shape);
  if (file.offset - start !== expected) {
    throw new RangeError(`Tensor ${tensor.name} gave ${file.offset - start} bytes instead of ${expected}`);
  }
}

/** Writes a GGUF file piece by piece, version 3, and yields the bytes written so far; general.alignment is honoured. */
export function* ggufSteps(path: string, options: WriteGgufOptions): Generator<number, void> {
  const metadata = new Map(options.metadata);
  const header = writeHeader(metadata, options.tensors);
  const alignment = alignmentOf(metadata);
  using file = new FileWriter(path);
  file.write(header);
  file.pad(alignment);
  for (const tensor of options.tensors) {
    yield* writePieces(file, tensor);
    file.pad(alignment);
  }
  file.finish();
}

/** Writes a GGUF file in one go. */
export function writeGguf(path: string, options: WriteGgufOptions): void {
  for (const _ of ggufSteps(path, options));
}

/**
 * Replaces the metadata of a file that was just written with other values of the same sizes. Throws RangeError when
 * the sizes differ, before anything is written.
 */
export function rewriteGgufHeader(
  path: string,
  written: WriteGgufOptions,
  metadata: WriteGgufOptions["metadata"],
): void {
  const header = writeHeader(new Map(metadata), written.tensors);
  const { length } = writeHeader(new Map(written.metadata), written.tensors);
  if (header.length !== length) {
    throw new RangeError(`Header of ${header.length} bytes does not fit the place of ${length}`);
  }
  overwrite(path, 0, header);
}

/** Size of the file that would be written. */
export function ggufSizeBytes(options: WriteGgufOptions): number {
  const metadata = new Map(options.metadata);
  const alignment = alignmentOf(metadata);
  const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
  const data = options.tensors.map(({ format, shape }) => padded(storedSizeBytes(format, shape)));
  return data.reduce((sum, bytes) => sum + bytes, padded(writeHeader(metadata, options.tensors).length));
}
