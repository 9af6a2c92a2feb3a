import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { WeightFormat } from "@llamero/kernels";
import { weightFormats } from "@llamero/kernels";
import type { TensorInfo } from "./checkpoint.ts";
import { FileBytes } from "./file-bytes.ts";
import { FileWriter, overwrite } from "./file-writer.ts";
import { FormatError } from "./format-error.ts";
import { writePieces } from "./gguf-writer.ts";
import { isJsonObject, parseJsonObject, readJsonObject } from "./json-fields.ts";
import type { TensorSource } from "./tensor-source.ts";
import { storedSizeBytes } from "./tensor-source.ts";

/** The reference implementation's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

/** Stored dtypes that are weight formats. */
const dtypes: ReadonlyMap<string, WeightFormat> = new Map([
  ["F32", "f32"],
  ["F16", "f16"],
  ["BF16", "bf16"],
  ["F8_E4M3", "f8_e4m3"],
]);
const dtypeOf: ReadonlyMap<WeightFormat, string> = new Map(
  [...dtypes].map(([dtype, format]) => [format, dtype]),
);

/** Integers, in bytes: saved buffers such as BERT's position_ids. They are no weights and are left out. */
const integerBytes: ReadonlyMap<string, number> = new Map([["I64", 8]]);

/** Tensors of one or several safetensors files, under their own names. */
export interface SafetensorsFile {
  path: string;
  sizeBytes: number;
  /** The `__metadata__` entry. */
  metadata: Readonly<Record<string, string>>;
  tensors: ReadonlyMap<string, TensorInfo>;
}

interface Entry {
  name: string;
  /** null for integers. */
  format: WeightFormat | null;
  shape: number[];
  begin: number;
  end: number;
}

function parseEntry(name: string, value: unknown, file: string, dataBytes: number): Entry {
  const place = { file, tensor: name };
  if (!isJsonObject(value)) throw new FormatError("Header entry is not an object", place);
  const { dtype, shape, data_offsets: offsets } = value;
  const format = dtypes.get(String(dtype)) ?? null;
  const bytes = format === null ? integerBytes.get(String(dtype)) : weightFormats[format].blockBytes;
  if (bytes === undefined) {
    const supported = [...dtypes.keys()].join(", ");
    throw new FormatError(`dtype ${JSON.stringify(dtype)} is not supported; use one of ${supported}`, place);
  }
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && (size as number) >= 0;
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(isSize)) {
    throw new FormatError(`Impossible shape ${JSON.stringify(shape)}`, place);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw new FormatError(`Impossible data_offsets ${JSON.stringify(offsets)}`, place);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    throw new FormatError(`Data at ${begin} to ${end} is beyond the ${dataBytes} bytes of data`, place);
  }
  const expected = shape.reduce((product: number, dim: number) => product * dim, bytes);
  if (end - begin !== expected) {
    throw new FormatError(
      `Data of ${end - begin} bytes does not fit ${String(dtype)} of shape [${shape.join(", ")}], which takes ${expected}`,
      place,
    );
  }
  return { name, format, shape, begin, end };
}

/** Reads the header of one safetensors file. Tensor data stays in the file. */
export function readSafetensors(path: string): SafetensorsFile {
  using file = new FileBytes(path);
  const length = file.read(0, 8, "the header length").readBigUInt64LE();
  if (length > MAX_HEADER_BYTES || Number(length) > file.sizeBytes - 8) {
    throw new FormatError(`Impossible header length ${length} in a file of ${file.sizeBytes} bytes`, {
      file: path,
      offset: 0,
    });
  }
  const dataStart = 8 + Number(length);
  const header = parseJsonObject(file.read(8, Number(length), "the header").toString("utf8"), path);
  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name !== "__metadata__") {
      entries.push(parseEntry(name, value, path, file.sizeBytes - dataStart));
    } else if (isJsonObject(value)) {
      metadata = Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
    }
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, TensorInfo>();
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) {
      const problem = `Data starts at ${entry.begin} but the tensor before ends at ${end}`;
      throw new FormatError(problem, { file: path, tensor: entry.name });
    }
    end = entry.end;
    const { name, shape, format } = entry;
    if (format === null) continue;
    const sizeBytes = entry.end - entry.begin;
    const offset = dataStart + entry.begin;
    tensors.set(name, { name, shape, format, data: { kind: "file", path, offset, sizeBytes } });
  }
  if (dataStart + end !== file.sizeBytes) {
    throw new FormatError(`Tensors end at byte ${dataStart + end} of ${file.sizeBytes}`, { file: path });
  }
  return { path, sizeBytes: file.sizeBytes, metadata, tensors };
}

/** Reads every shard named by a model.safetensors.index.json. */
export function readShardedSafetensors(indexPath: string): SafetensorsFile {
  const weightMap = readJsonObject(indexPath)["weight_map"];
  if (!isJsonObject(weightMap)) throw new FormatError("weight_map is missing", { file: indexPath });
  const shards = new Map<string, SafetensorsFile>();
  const tensors = new Map<string, TensorInfo>();
  for (const [name, shardName] of Object.entries(weightMap)) {
    // The index comes with the download: only files beside it are opened.
    if (typeof shardName !== "string" || !/^[^/\\\0]+$/.test(shardName) || shardName === "..") {
      const problem = `Shard ${JSON.stringify(shardName)} is not a file beside the index`;
      throw new FormatError(problem, { file: indexPath, tensor: name });
    }
    let shard = shards.get(shardName);
    if (shard === undefined) {
      shard = readSafetensors(join(dirname(indexPath), shardName));
      shards.set(shardName, shard);
    }
    const tensor = shard.tensors.get(name);
    if (tensor === undefined) {
      const problem = `Tensor is not in ${shardName}, where the index says it is`;
      throw new FormatError(problem, { file: indexPath, tensor: name });
    }
    tensors.set(name, tensor);
  }
  const parts = [...shards.values()];
  return {
    path: indexPath,
    sizeBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, statSync(indexPath).size),
    metadata: parts[0]?.metadata ?? {},
    tensors,
  };
}

export interface WriteSafetensorsOptions {
  /** Order is kept. */
  tensors: readonly TensorSource[];
  metadata?: Readonly<Record<string, string>>;
}

function writeHeader(options: WriteSafetensorsOptions): Buffer {
  const entries: [string, unknown][] = [["__metadata__", { format: "pt", ...options.metadata }]];
  let offset = 0;
  for (const { name, shape, format } of options.tensors) {
    const dtype = dtypeOf.get(format);
    if (dtype === undefined) {
      throw new RangeError(`safetensors cannot store ${format} (tensor ${name}); convert it first`);
    }
    const end = offset + storedSizeBytes(format, shape);
    entries.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil(json.length / 8) * 8;
  const header = Buffer.alloc(8 + length, " ");
  header.writeBigUInt64LE(BigInt(length));
  json.copy(header, 8);
  return header;
}

/** Writes one safetensors file piece by piece and yields the bytes written so far. Throws RangeError for formats that it cannot hold. */
export function* safetensorsSteps(path: string, options: WriteSafetensorsOptions): Generator<number, void> {
  const header = writeHeader(options);
  using file = new FileWriter(path);
  file.write(header);
  for (const tensor of options.tensors) yield* writePieces(file, tensor);
  file.finish();
}

/** Writes one safetensors file in one go. */
export function writeSafetensors(path: string, options: WriteSafetensorsOptions): void {
  for (const _ of safetensorsSteps(path, options));
}

/** Replaces the metadata of a file that was just written; the header must keep its size, or RangeError is thrown. */
export function rewriteSafetensorsHeader(
  path: string,
  written: WriteSafetensorsOptions,
  metadata: Readonly<Record<string, string>>,
): void {
  const header = writeHeader({ ...written, metadata });
  const { length } = writeHeader(written);
  if (header.length !== length) {
    throw new RangeError(`Header of ${header.length} bytes does not fit the place of ${length}`);
  }
  overwrite(path, 0, header);
}

/** Size of the file that would be written. */
export function safetensorsSizeBytes(options: WriteSafetensorsOptions): number {
  return options.tensors.reduce(
    (sum, { format, shape }) => sum + storedSizeBytes(format, shape),
    writeHeader(options).length,
  );
}
