import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Checkpoint } from "@llamero/core";
import { AppendLog } from "../run/append-log.ts";

interface KnownDigest {
  file: string;
  digest: string;
}

const isKnownDigest = (value: unknown): value is KnownDigest =>
  typeof value === "object" &&
  value !== null &&
  typeof Reflect.get(value, "file") === "string" &&
  typeof Reflect.get(value, "digest") === "string";

/**
 * SHA-256 of everything that a model answers from: the content of its weight files, its shape and its tokenizer. Digests
 * of files are kept in `logPath` by path, size and times, since reading a large model takes a while.
 */
export async function modelDigest(
  checkpoint: Checkpoint,
  { logPath, signal }: { logPath: string | null; signal?: AbortSignal },
): Promise<string> {
  const { config, ropeLayout, tensors, tokenizer, eosTokenIds } = checkpoint;
  const hash = createHash("sha256").update(JSON.stringify([config, ropeLayout, eosTokenIds]));
  if (tokenizer?.kind === "tokenizer.json") hash.update(tokenizer.text);
  if (tokenizer?.kind === "tokenizer.model") hash.update(tokenizer.bytes);
  const files = new Set<string>();
  for (const { data } of tensors.values()) {
    for (const part of data.kind === "parts" ? data.parts : [data]) {
      if (part.kind === "file") files.add(part.path);
      else hash.update(part.bytes);
    }
  }
  await using log = logPath === null ? null : await AppendLog.open(logPath, isKnownDigest);
  const known = new Map(log?.entries.map(({ file, digest }) => [file, digest]));
  for (const path of files) {
    const { size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    const file = `${path} ${size} ${mtimeNs} ${ctimeNs}`;
    let digest = known.get(file);
    if (digest === undefined) {
      digest = await fileDigest(path, signal);
      log?.append({ file, digest });
    }
    hash.update(digest);
  }
  return hash.digest("hex");
}

async function fileDigest(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  const stream = createReadStream(path, { highWaterMark: 2 ** 20, ...(signal && { signal }) });
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
