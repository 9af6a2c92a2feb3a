import type { WeightFormat } from "@llamero/kernels";
import { weightFormats } from "@llamero/kernels";
import type { TensorInfo } from "./checkpoint.ts";
import { FileBytes } from "./file-bytes.ts";
import { GgufCursor } from "./gguf-cursor.ts";
import type { GgufScalar, GgufScalarType, GgufValue } from "./gguf-types.ts";
import {
  describeGgmlType,
  formatByGgmlType,
  GGUF_ARRAY_ID,
  ggufScalarById,
  ggufScalarTypes,
} from "./gguf-types.ts";

/** "GGUF" as a little-endian u32. */
export const GGUF_MAGIC = 0x46554747;
export const GGUF_DEFAULT_ALIGNMENT = 32;
const MAX_ALIGNMENT = 2 ** 20;
const MAX_NAME_BYTES = 1024;
const MAX_DIMS = 4;
/** Elements of one array; keeps JavaScript arrays far from their own limits whatever the file's size. */
const MAX_ARRAY_COUNT = 2 ** 26;

/** A GGUF file as stored: typed metadata, and tensors under the file's own names. */
export interface GgufFile {
  path: string;
  sizeBytes: number;
  version: number;
  alignment: number;
  /** Byte where tensor data starts. */
  dataOffset: number;
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: ReadonlyMap<string, TensorInfo>;
}

function toInteger(value: bigint): number | bigint {
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
}

const decoders: {
  readonly [T in Exclude<GgufScalarType, "string">]: (bytes: Buffer, at: number) => GgufScalar;
} = {
  u8: (bytes, at) => bytes.readUInt8(at),
  i8: (bytes, at) => bytes.readInt8(at),
  u16: (bytes, at) => bytes.readUInt16LE(at),
  i16: (bytes, at) => bytes.readInt16LE(at),
  u32: (bytes, at) => bytes.readUInt32LE(at),
  i32: (bytes, at) => bytes.readInt32LE(at),
  f32: (bytes, at) => bytes.readFloatLE(at),
  bool: (bytes, at) => bytes.readUInt8(at) !== 0,
  u64: (bytes, at) => toInteger(bytes.readBigUInt64LE(at)),
  i64: (bytes, at) => toInteger(bytes.readBigInt64LE(at)),
  f64: (bytes, at) => bytes.readDoubleLE(at),
};

function scalarTypeOf(cursor: GgufCursor, id: number, key: string): GgufScalarType {
  const type = ggufScalarById.get(id);
  if (type !== undefined) return type;
  return cursor.fail(
    id === GGUF_ARRAY_ID
      ? `Metadata ${key} is an array of arrays, which is not supported`
      : `Metadata ${key} has unknown value type ${id}`,
  );
}

function readArray(cursor: GgufCursor, key: string): GgufValue {
  const of = scalarTypeOf(cursor, cursor.u32(`element type of ${key}`), key);
  const { sizeBytes } = ggufScalarTypes[of];
  const count = cursor.count(`elements of ${key}`, sizeBytes);
  if (count > MAX_ARRAY_COUNT) cursor.fail(`Metadata ${key} has ${count} elements, more than is supported`);
  if (of === "string") return { type: "array", of, value: cursor.strings(count, key) };
  const bytes = cursor.bytes(count * sizeBytes, key);
  const decode = decoders[of];
  const value: GgufScalar[] = [];
  for (let i = 0; i < count; i++) value.push(decode(bytes, i * sizeBytes));
  return { type: "array", of, value };
}

function readValue(cursor: GgufCursor, key: string): GgufValue {
  const id = cursor.u32(`type of ${key}`);
  if (id === GGUF_ARRAY_ID) return readArray(cursor, key);
  const type = scalarTypeOf(cursor, id, key);
  if (type === "string") return { type, value: cursor.string(key) };
  return { type, value: decoders[type](cursor.bytes(ggufScalarTypes[type].sizeBytes, key), 0) };
}

function readMetadata(cursor: GgufCursor, count: number): Map<string, GgufValue> {
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = cursor.string("metadata key", 65535);
    if (metadata.has(key)) cursor.fail(`Metadata ${key} appears twice`);
    metadata.set(key, readValue(cursor, key));
  }
  return metadata;
}

interface TensorHeader {
  name: string;
  shape: number[];
  format: WeightFormat;
  offset: number;
  sizeBytes: number;
}

function readTensorHeader(cursor: GgufCursor): TensorHeader {
  const name = cursor.string("tensor name", MAX_NAME_BYTES);
  const numDims = cursor.u32(`number of dimensions of ${name}`);
  if (numDims < 1 || numDims > MAX_DIMS) cursor.fail(`Impossible number of dimensions: ${numDims}`, name);
  const dims: number[] = [];
  let elements = 1;
  for (let i = 0; i < numDims; i++) {
    const dim = cursor.u64(`dimension ${i} of ${name}`);
    elements *= dim;
    // No format stores an element in less than half a byte, so more elements than this cannot be in the file.
    if (dim < 1 || elements > 2 * (cursor.offset + cursor.remaining)) {
      cursor.fail(`Impossible dimensions ${[...dims, dim].join(" x ")}: the file is too small`, name);
    }
    dims.push(dim);
  }
  const typeId = cursor.u32(`type of ${name}`);
  const format = formatByGgmlType.get(typeId);
  if (format === undefined) {
    const supported = [...formatByGgmlType.values()].join(", ");
    cursor.fail(`Tensor type ${describeGgmlType(typeId)} is not supported; use one of ${supported}`, name);
  }
  const { blockElems, blockBytes } = weightFormats[format];
  if (dims[0]! % blockElems !== 0) {
    cursor.fail(`Rows of ${dims[0]} elements are not whole ${format} blocks of ${blockElems}`, name);
  }
  const offset = cursor.u64(`data offset of ${name}`);
  return { name, shape: dims.reverse(), format, offset, sizeBytes: (elements / blockElems) * blockBytes };
}

function readAlignment(cursor: GgufCursor, metadata: ReadonlyMap<string, GgufValue>): number {
  const alignment = metadata.get("general.alignment")?.value ?? GGUF_DEFAULT_ALIGNMENT;
  const isValid =
    typeof alignment === "number" &&
    Number.isInteger(alignment) &&
    alignment >= 1 &&
    alignment <= MAX_ALIGNMENT &&
    (alignment & (alignment - 1)) === 0;
  return isValid ? alignment : cursor.fail(`Impossible general.alignment: ${String(alignment)}`);
}

/** Reads the header of a GGUF file (versions 2 and 3). Tensor data stays in the file. */
export function readGguf(path: string): GgufFile {
  using file = new FileBytes(path);
  const cursor = new GgufCursor(file);
  const magic = cursor.u32("the magic number");
  if (magic !== GGUF_MAGIC) cursor.fail("Not a GGUF file");
  const version = cursor.u32("the version");
  if (version !== 2 && version !== 3) {
    const isBigEndian = version !== 0 && (version & 0xffff) === 0;
    cursor.fail(
      isBigEndian
        ? "GGUF file is big-endian; convert it to little-endian"
        : `GGUF version ${version} is not supported; convert the file to version 3`,
    );
  }
  // A tensor header takes at least 32 bytes, a metadata entry 13.
  const tensorCount = cursor.count("number of tensors", 32);
  const metadataCount = cursor.count("number of metadata entries", 13);
  const metadata = readMetadata(cursor, metadataCount);
  const alignment = readAlignment(cursor, metadata);
  const headers: TensorHeader[] = [];
  for (let i = 0; i < tensorCount; i++) headers.push(readTensorHeader(cursor));
  const dataOffset = Math.ceil(cursor.offset / alignment) * alignment;
  const tensors = new Map<string, TensorInfo>();
  for (const { name, shape, format, offset, sizeBytes } of headers) {
    if (tensors.has(name)) cursor.fail("Tensor appears twice", name);
    if (offset % alignment !== 0) {
      cursor.fail(`Data offset ${offset} is not a multiple of the alignment ${alignment}`, name);
    }
    const start = dataOffset + offset;
    if (start + sizeBytes > file.sizeBytes) {
      cursor.fail(
        `Data of ${sizeBytes} bytes at ${start} ends beyond the file's ${file.sizeBytes} bytes; download it again`,
        name,
      );
    }
    tensors.set(name, { name, shape, format, data: { kind: "file", path, offset: start, sizeBytes } });
  }
  return { path, sizeBytes: file.sizeBytes, version, alignment, dataOffset, metadata, tensors };
}
