import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { digestFile } from "../checkpoint/tensor-file.ts";
import { syncFile, withDiskError, writeAtomic } from "../data/output/atomic-file.ts";
import { lockFolder } from "../data/pipeline/lock-folder.ts";
import { expandRecord } from "../data/readers/expand.ts";
import { listFiles } from "../data/readers/list-files.ts";
import { formatOfName, readFile } from "../data/readers/read-file.ts";
import type { OpenedTokenizer } from "./open-tokenizer.ts";
import type { CorpusSource } from "./recipe.ts";
import { indexPath, readTokenIndex, type TokenIndex, type TokenShard } from "./token-shards.ts";

/** How far tokenizing got. */
export interface TokenizeProgress {
  source: string;
  files: number;
  totalFiles: number;
  tokens: number;
}

export interface TokenizeOptions {
  name: string;
  source: CorpusSource;
  tokenizer: OpenedTokenizer;
  /** Folder of all token shards; the source gets one below it, named by its content. */
  folder: string;
  /** Tokens after which a shard is written. */
  shardTokens?: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: TokenizeProgress) => void) | undefined;
}

const limits = { lineBytes: 2 ** 28, documentBytes: 2 ** 28 };

/**
 * Writes the documents of a source as token shards, unless that was done before; gives their folder. Goes on after the
 * last whole shard when it was stopped. Throws SyntaxError naming file and line for what is not as it should be.
 */
export async function tokenizeCorpus(options: TokenizeOptions): Promise<string> {
  const { name, source, tokenizer } = options;
  const paths = source.files.flatMap((pattern) => listFiles(pattern, "/"));
  const files = paths.map((path) => ({ file: basename(path), ...digestFile(path) }));
  const key = createHash("sha256")
    .update(
      JSON.stringify([1, tokenizer.digest, source.field, files.map(({ file, sha256 }) => [file, sha256])]),
    )
    .digest("hex")
    .slice(0, 16);
  const folder = join(options.folder, `${name.replace(/[^\w.-]/g, "_")}-${key}`);
  if (readTokenIndex(folder)?.cursor === null) return folder;
  mkdirSync(folder, { recursive: true });
  const unlock = lockFolder(folder);
  try {
    const vocabSize = tokenizer.tokenizer.vocabSize;
    const start: TokenIndex = readTokenIndex(folder) ?? {
      version: 1,
      source: name,
      tokenizer: tokenizer.digest,
      vocabSize,
      dtype: vocabSize <= 2 ** 16 ? "uint16" : "uint32",
      files,
      shards: [],
      tokens: 0,
      documents: 0,
      emptyDocuments: 0,
      textBytes: 0,
      cursor: { file: 0, reading: 0 },
    };
    await writeShards(folder, start, paths, options);
  } finally {
    unlock();
  }
  return folder;
}

async function writeShards(
  folder: string,
  start: TokenIndex,
  paths: readonly string[],
  options: TokenizeOptions,
): Promise<void> {
  const { name, source, tokenizer, shardTokens = 2 ** 24, signal, onProgress } = options;
  const shard = new OpenShard(folder, start);
  const schema = { name, text: source.field, url: "url", meta: [] };
  for (let file = start.cursor!.file; file < paths.length; file++) {
    const path = paths[file]!;
    const format = formatOfName(path);
    if (format === null)
      throw new RangeError(
        `${path} of source ${name} has no known ending; texts, JSONL and Parquet are read`,
      );
    const input = { source: 0, sourceName: name, file: basename(path), path, limits };
    const done = file === start.cursor!.file ? start.cursor!.reading : 0;
    let reading = 0;
    for await (const { record, error } of readFile(input, format)) {
      if (reading++ < done) continue;
      const found = error ?? expandRecord(record, schema);
      if ("message" in found)
        throw new SyntaxError(
          `${path}${found.position === "" ? "" : `, ${found.position}`}: ${found.message}; put it right or leave it out`,
        );
      shard.add(found.text, tokenizer);
      if (shard.openTokens < shardTokens) continue;
      shard.commit({ file, reading });
      onProgress?.({ source: name, files: file, totalFiles: paths.length, tokens: shard.index.tokens });
      // So that a signal can come in: reading from the cache of the disk may never wait.
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    }
    onProgress?.({
      source: name,
      files: file + 1,
      totalFiles: paths.length,
      tokens: shard.index.tokens + shard.openTokens,
    });
    signal?.throwIfAborted();
  }
  if (shard.index.tokens + shard.openTokens === 0)
    throw new RangeError(`Source ${name} holds no text: ${paths.length} files, all of them empty`);
  shard.commit(null);
}

/** Documents that are not on the disk yet. */
class OpenShard {
  readonly #folder: string;
  #index: TokenIndex;
  #ids: number[][] = [];
  #tokens = 0;
  #empty = 0;
  #textBytes = 0;

  constructor(folder: string, index: TokenIndex) {
    this.#folder = folder;
    this.#index = index;
  }

  get index(): TokenIndex {
    return this.#index;
  }

  get openTokens(): number {
    return this.#tokens;
  }

  add(text: string, { tokenizer, beginId, endId }: OpenedTokenizer): void {
    if (text.trim() === "") {
      this.#empty++;
      return;
    }
    const ids = tokenizer.encode(text);
    if (beginId !== null) ids.unshift(beginId);
    if (endId !== null) ids.push(endId);
    this.#ids.push(ids);
    this.#tokens += ids.length;
    this.#textBytes += Buffer.byteLength(text);
  }

  /** Writes the shard, then the index that names it. */
  commit(cursor: TokenIndex["cursor"]): void {
    const { shards, dtype, tokens, documents, emptyDocuments, textBytes } = this.#index;
    const added: TokenShard[] = this.#ids.length === 0 ? [] : [this.#write(shards.length, dtype)];
    this.#index = {
      ...this.#index,
      shards: [...shards, ...added],
      tokens: tokens + this.#tokens,
      documents: documents + this.#ids.length,
      emptyDocuments: emptyDocuments + this.#empty,
      textBytes: textBytes + this.#textBytes,
      cursor,
    };
    writeAtomic(indexPath(this.#folder), JSON.stringify(this.#index, null, 1));
    this.#ids = [];
    this.#tokens = 0;
    this.#empty = 0;
    this.#textBytes = 0;
  }

  #write(number: number, dtype: TokenIndex["dtype"]): TokenShard {
    const name = `shard-${String(number).padStart(5, "0")}`;
    const all = dtype === "uint16" ? new Uint16Array(this.#tokens) : new Uint32Array(this.#tokens);
    let at = 0;
    for (const ids of this.#ids) {
      all.set(ids, at);
      at += ids.length;
    }
    const bytes = new Uint8Array(all.buffer);
    const lengths = Uint32Array.from(this.#ids, (ids) => ids.length);
    writeWhole(join(this.#folder, `${name}.bin`), bytes);
    writeWhole(join(this.#folder, `${name}.len`), new Uint8Array(lengths.buffer));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { name, tokens: this.#tokens, documents: this.#ids.length, sha256 };
  }
}

function writeWhole(path: string, bytes: Uint8Array): void {
  withDiskError(path, () => {
    writeFileSync(`${path}.tmp`, bytes);
    syncFile(`${path}.tmp`);
    renameSync(`${path}.tmp`, path);
  });
}
