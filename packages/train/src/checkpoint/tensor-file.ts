import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { readSafetensors, readTensorBytes, type TensorSource, writeSafetensors } from "@llamero/core";

/** What a file should hold. */
export interface StoredFile {
  sizeBytes: number;
  sha256: string;
}

/** Pieces written at a time. */
const PIECE_BYTES = 2 ** 24;

/** f32 arrays as a safetensors file, straight from their memory piece by piece. */
export function writeTensors(path: string, tensors: ReadonlyMap<string, Float32Array>): void {
  const sources = [...tensors].map(
    ([name, values]): TensorSource => ({
      name,
      shape: [values.length],
      format: "f32",
      *pieces() {
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        for (let from = 0; from < bytes.length; from += PIECE_BYTES)
          yield bytes.subarray(from, from + PIECE_BYTES);
      },
    }),
  );
  writeSafetensors(path, { tensors: sources });
}

/** The f32 arrays of a file that `writeTensors` wrote. */
export function readTensors(path: string): Map<string, Float32Array> {
  const tensors = new Map<string, Float32Array>();
  for (const { name, data } of readSafetensors(path).tensors.values()) {
    const bytes = readTensorBytes(data);
    const isAligned = bytes.byteOffset % 4 === 0;
    const owned = isAligned ? bytes : bytes.slice();
    tensors.set(name, new Float32Array(owned.buffer, owned.byteOffset, owned.length / 4));
  }
  return tensors;
}

/** Size and SHA-256 of a file. */
export function digestFile(path: string): StoredFile {
  const hash = createHash("sha256");
  const piece = new Uint8Array(2 ** 20);
  const file = openSync(path, "r");
  let sizeBytes = 0;
  try {
    for (;;) {
      const count = readSync(file, piece, 0, piece.length, sizeBytes);
      if (count === 0) break;
      hash.update(piece.subarray(0, count));
      sizeBytes += count;
    }
  } finally {
    closeSync(file);
  }
  return { sizeBytes, sha256: hash.digest("hex") };
}
