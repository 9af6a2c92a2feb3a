import { createHash, type Hash } from "node:crypto";
import { statSync } from "node:fs";
import type { TensorData } from "@llamero/kernels";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { FileBytes } from "../formats/file-bytes.ts";

const sampleBytes = 4096;

/**
 * Hash that tells models apart. It covers the configuration; name, shape, format and size of every tensor; 4 KiB
 * from the beginning, the middle and the end of each tensor in a file, and all of each tensor in memory; and of every
 * file its size and its times of last modification and of last change of status, in nanoseconds. The latter is set by
 * the system whenever content or name change, so a file that takes another's place never matches, even when the
 * samples and a restored time of modification do. Moving a file changes the identity too, which costs cached KV only.
 */
export function modelIdentity(checkpoint: Checkpoint): string {
  const hash = createHash("sha256");
  const { config, ropeLayout, tensors } = checkpoint;
  hash.update(JSON.stringify([config, ropeLayout]));
  const files = new Set<string>();
  for (const { name, shape, format, data, rowScale } of tensors.values()) {
    const parts = data.kind === "parts" ? data.parts : [data];
    hash.update(JSON.stringify([name, shape, format, data.kind === "parts" ? data.axis : null]));
    for (const part of parts) {
      addSamples(hash, part);
      if (part.kind === "file") files.add(part.path);
    }
    if (rowScale !== undefined) hash.update(rowScale);
  }
  for (const path of files) {
    const { size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    hash.update(`${size} ${mtimeNs} ${ctimeNs};`);
  }
  return hash.digest("hex");
}

function addSamples(hash: Hash, data: TensorData): void {
  if (data.kind === "bytes") {
    hash.update(`${data.bytes.length};`).update(data.bytes);
    return;
  }
  const { path, offset, sizeBytes } = data;
  hash.update(`${offset} ${sizeBytes};`);
  const length = Math.min(sampleBytes, sizeBytes);
  const last = sizeBytes - length;
  const sample = new Uint8Array(length);
  using file = new FileBytes(path);
  for (const at of new Set([0, Math.floor(last / 2), last])) {
    file.readInto(sample, offset + at, "tensor data");
    hash.update(sample);
  }
}
