import type { FileBytes } from "./file-bytes.ts";
import { FormatError } from "./format-error.ts";

const END = 0x06054b50;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_END = 0x06064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const ZIP64_EXTRA = 1;
const MAX_DIRECTORY_BYTES = 2 ** 28;

/** A stored (uncompressed) member and where its bytes are. */
export interface ZipEntry {
  offset: number;
  sizeBytes: number;
}

function u64(bytes: Buffer, at: number): number {
  // Beyond 2^53 the value is inexact but still larger than any file, so bounds checks refuse it.
  return Number(bytes.readBigUInt64LE(at));
}

function findDirectory(file: FileBytes): { offset: number; sizeBytes: number; count: number } {
  const fail = (problem: string): never => {
    throw new FormatError(problem, { file: file.path });
  };
  // The end record is 22 bytes and a comment of at most 65,535.
  const tailSize = Math.min(file.sizeBytes, 22 + 65535);
  const tailStart = file.sizeBytes - tailSize;
  const tail = file.read(tailStart, tailSize, "the zip directory");
  let at = tailSize - 22;
  while (at >= 0 && !(tail.readUInt32LE(at) === END && at + 22 + tail.readUInt16LE(at + 20) === tailSize))
    at--;
  if (at < 0)
    return fail(
      "Not a zip archive: cut off (download it again) or written by torch before 1.6 (save it with a newer one)",
    );
  if (at >= 20 && tail.readUInt32LE(at - 20) === ZIP64_LOCATOR) {
    const record = file.read(u64(tail, at - 12), 56, "the zip64 end record");
    if (record.readUInt32LE(0) !== ZIP64_END) fail("Damaged zip64 end record");
    return { count: u64(record, 32), sizeBytes: u64(record, 40), offset: u64(record, 48) };
  }
  return {
    count: tail.readUInt16LE(at + 10),
    sizeBytes: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
}

/** 64-bit sizes and offset that replace the 32-bit ones that are all ones, in this order. */
function readZip64Extra(extra: Buffer, fields: { size: number; stored: number; offset: number }): void {
  for (let at = 0; at + 4 <= extra.length; ) {
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (id === ZIP64_EXTRA) {
      let value = at + 4;
      for (const key of ["size", "stored", "offset"] as const) {
        if (fields[key] !== 0xffffffff || value + 8 > Math.min(end, extra.length)) continue;
        fields[key] = u64(extra, value);
        value += 8;
      }
    }
    at = end;
  }
}

/** Reads the directory of a zip or zip64 archive whose members are not compressed, as torch.save writes it. */
export function readZip(file: FileBytes): Map<string, ZipEntry> {
  const { offset, sizeBytes, count } = findDirectory(file);
  const fail = (problem: string, at: number): never => {
    throw new FormatError(problem, { file: file.path, offset: offset + at });
  };
  if (sizeBytes > MAX_DIRECTORY_BYTES || count > sizeBytes / 46) fail("Impossible zip directory size", 0);
  const directory = file.read(offset, sizeBytes, "the zip directory");
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== CENTRAL)
      fail("Damaged zip directory", at);
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const name = directory.toString("utf8", at + 46, Math.min(nameEnd, directory.length));
    const fields = {
      size: directory.readUInt32LE(at + 24),
      stored: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    };
    readZip64Extra(directory.subarray(nameEnd, extraEnd), fields);
    if (directory.readUInt16LE(at + 10) !== 0 || fields.size !== fields.stored) {
      fail(`Member ${name} is compressed; only stored members can be read in place`, at);
    }
    const local = file.read(fields.offset, 30, `the header of ${name}`);
    if (local.readUInt32LE(0) !== LOCAL) fail(`Member ${name} has a damaged header`, at);
    const start = fields.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (start + fields.size > file.sizeBytes) {
      fail(`Member ${name} of ${fields.size} bytes ends beyond the file; download it again`, at);
    }
    if (entries.has(name)) fail(`Member ${name} appears twice`, at);
    entries.set(name, { offset: start, sizeBytes: fields.size });
    at = extraEnd + directory.readUInt16LE(at + 32);
  }
  return entries;
}
