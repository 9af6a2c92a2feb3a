import type { TensorData } from "@llamero/kernels";
import type { StoredTensor, TensorParts } from "./checkpoint.ts";
import { FileBytes } from "./file-bytes.ts";

/** Stored size of a tensor. */
export function tensorSizeBytes(data: StoredTensor): number {
  switch (data.kind) {
    case "bytes":
      return data.bytes.length;
    case "file":
      return data.sizeBytes;
    case "parts":
      return data.parts.reduce((sum, part) => sum + tensorSizeBytes(part), 0);
    default:
      return data satisfies never;
  }
}

function readPart(data: TensorData, from: number, target: Uint8Array): void {
  if (data.kind === "bytes") {
    target.set(data.bytes.subarray(from, from + target.length));
    return;
  }
  using file = new FileBytes(data.path);
  file.readInto(target, data.offset + from, "tensor data");
}

/** Row-parallel parts follow one another. */
function readStackedRows(data: TensorParts, from: number, target: Uint8Array): void {
  let start = 0;
  for (const part of data.parts) {
    const size = tensorSizeBytes(part);
    const low = Math.max(from, start);
    const high = Math.min(from + target.length, start + size);
    if (low < high) readPart(part, low - start, target.subarray(low - from, high - from));
    start += size;
  }
}

/** Column-parallel parts: each row of the whole is a piece of row from every part. */
function readJoinedColumns(data: TensorParts, from: number, target: Uint8Array): void {
  const rowSize = tensorSizeBytes(data) / data.rows;
  const firstRow = Math.floor(from / rowSize);
  const endRow = Math.ceil((from + target.length) / rowSize);
  let column = 0;
  for (const part of data.parts) {
    const partRow = tensorSizeBytes(part) / data.rows;
    const rows = new Uint8Array(partRow * (endRow - firstRow));
    readPart(part, firstRow * partRow, rows);
    for (let row = firstRow; row < endRow; row++) {
      const start = row * rowSize + column - from;
      const skip = Math.max(0, -start);
      const stop = Math.min(partRow, target.length - start);
      if (skip >= stop) continue;
      const at = (row - firstRow) * partRow;
      target.set(rows.subarray(at + skip, at + stop), start + skip);
    }
    column += partRow;
  }
}

/** Fills `target` with the stored bytes from byte `from` of the joined tensor on. */
export function readRange(data: StoredTensor, from: number, target: Uint8Array): void {
  if (data.kind !== "parts") readPart(data, from, target);
  else if (data.axis === 0) readStackedRows(data, from, target);
  else readJoinedColumns(data, from, target);
}

/** Bytes of a tensor of any storage kind, in one array. */
export function readTensorBytes(data: StoredTensor): Uint8Array {
  if (data.kind === "bytes") return data.bytes;
  const bytes = new Uint8Array(tensorSizeBytes(data));
  readRange(data, 0, bytes);
  return bytes;
}

/** The form a backend takes: files stay files, parts are joined in memory. */
export function toTensorData(data: StoredTensor): TensorData {
  return data.kind === "parts" ? { kind: "bytes", bytes: readTensorBytes(data) } : data;
}

/** Stored bytes in pieces of at most `pieceBytes`, so that a tensor of any size can be copied. */
export function* tensorPieces(data: StoredTensor, pieceBytes: number = 2 ** 26): Generator<Uint8Array> {
  const size = tensorSizeBytes(data);
  for (let from = 0; from < size; from += pieceBytes) {
    const piece = new Uint8Array(Math.min(pieceBytes, size - from));
    readRange(data, from, piece);
    yield piece;
  }
}
