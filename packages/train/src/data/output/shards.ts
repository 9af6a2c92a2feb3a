import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Document } from "../document.ts";
import { hashFile, syncFile } from "./atomic-file.ts";
import { jsonlWriter } from "./jsonl-writer.ts";
import { parquetShardWriter } from "./parquet-writer.ts";
import type { ShardWriter } from "./shard-writer.ts";

export type ShardFormat = "jsonl.zst" | "jsonl" | "parquet";

/** One finished file of output. */
export interface ShardInfo {
  file: string;
  sha256: string;
  documents: number;
  /** Of text, as UTF-8. */
  textBytes: number;
  /** Of the file. */
  sizeBytes: number;
}

const open: { readonly [F in ShardFormat]: (path: string) => Promise<ShardWriter> } = {
  jsonl: (path) => jsonlWriter(path, false),
  "jsonl.zst": (path) => jsonlWriter(path, true),
  parquet: parquetShardWriter,
};

/** The shards of a folder, of which one is open at a time. A file has its name only once it is whole and on the disk. */
export class Shards {
  /** Bytes of text in the open shard. */
  openBytes = 0;
  readonly #folder: string;
  readonly #format: ShardFormat;
  #next: number;
  #writer: ShardWriter | null = null;
  #documents = 0;

  /** Goes on after the shards that a checkpoint knows, and removes any other file. */
  constructor(folder: string, format: ShardFormat, known: readonly ShardInfo[]) {
    this.#folder = folder;
    this.#format = format;
    this.#next = known.length;
    mkdirSync(folder, { recursive: true });
    const keep = new Set(known.map(({ file }) => file));
    for (const name of readdirSync(folder))
      if (!keep.has(name)) rmSync(join(folder, name), { recursive: true });
    for (const { file, sizeBytes } of known) {
      const size = statSync(join(folder, file), { throwIfNoEntry: false })?.size;
      if (size !== sizeBytes)
        throw new Error(
          `${join(folder, file)} ${size === undefined ? "is gone" : `has ${size} bytes instead of ${sizeBytes}`}; take another output folder or empty this one`,
        );
    }
  }

  async append(document: Document, textBytes: number): Promise<void> {
    this.#writer ??= await open[this.#format](this.#temporary());
    this.#writer.append(document);
    this.#documents++;
    this.openBytes += textBytes;
  }

  /** Closes the open shard; null where it holds nothing. */
  async finish(): Promise<ShardInfo | null> {
    if (this.#writer === null) return null;
    await this.#writer.finish();
    this.#writer = null;
    const file = `part-${String(this.#next++).padStart(5, "0")}.${this.#format}`;
    const path = join(this.#folder, file);
    renameSync(this.#temporary(), path);
    syncFile(this.#folder);
    const info: ShardInfo = {
      file,
      sha256: await hashFile(path),
      documents: this.#documents,
      textBytes: this.openBytes,
      sizeBytes: statSync(path).size,
    };
    this.#documents = 0;
    this.openBytes = 0;
    return info;
  }

  abandon(): void {
    this.#writer?.abandon();
    this.#writer = null;
  }

  #temporary(): string {
    return join(this.#folder, "open.tmp");
  }
}
