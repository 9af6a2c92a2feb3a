import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { toBase64 } from "../vectors/records.ts";
import { chunkDocument, sha256 } from "./chunk-document.ts";
import type { Embedder } from "./embedder.ts";
import type { IndexStorage, IndexVersion } from "./index-storage.ts";
import { processFile } from "./processors/process-file.ts";
import { checkLimit, defaultLimits, UnsupportedFileError } from "./processors/processed.ts";

/** How far an ingestion got. */
export interface IngestProgress {
  path: string;
  numDone: number;
  numFiles: number;
  /** Of those, files whose vectors were there. */
  numReused: number;
}

export interface IngestOptions {
  embedder: Embedder;
  /** Of a chunk; default 200, at most what the embedder takes. */
  maxTokens?: number;
  overlapTokens?: number;
  signal?: AbortSignal;
  onProgress?: (progress: IngestProgress) => void;
}

/** Changes when equal files would give other chunks. */
const chunkerName = "structure-2";
const batchSize = 32;

/**
 * Reads every file of a folder into a new version of an index. A file whose bytes, chunker and embedder are as before keeps its
 * vectors; so an ingestion that was killed goes on where it was.
 */
export async function ingestFolder(
  files: IndexStorage,
  folder: string,
  { embedder, signal, onProgress, ...options }: IngestOptions,
): Promise<IndexVersion> {
  const root = realpathSync(resolve(folder));
  if (!statSync(root).isDirectory()) throw new RangeError(`${folder} is no folder`);
  const maxTokens = Math.min(options.maxTokens ?? 200, embedder.maxTokens);
  const overlapTokens = Math.min(options.overlapTokens ?? Math.floor(maxTokens / 8), maxTokens >> 1);
  const chunker = { name: chunkerName, maxTokens, overlapTokens };
  await files.create();
  const paths = listFiles(root);
  const sources: IndexVersion["sources"][number][] = [];
  const failures: IndexVersion["failures"][number][] = [];
  let numReused = 0;
  for (const [at, path] of paths.entries()) {
    signal?.throwIfAborted();
    try {
      checkLimit(path, "bytes", statSync(join(root, path)).size, defaultLimits.maxBytes);
      const bytes = readFileSync(join(root, path));
      const hash = sha256(bytes);
      // The name chooses the processor.
      const extension = /\.\w+$/.exec(path)?.[0].toLowerCase() ?? "";
      const document = sha256(JSON.stringify([hash, extension, chunker, embedder.id]));
      let numChunks = (await files.readDocument(document))?.chunks.length;
      if (numChunks !== undefined) numReused++;
      else {
        const processed = await processFile(bytes, path);
        const cut = { maxTokens, overlapTokens, countTokens: (text: string) => embedder.countTokens(text) };
        const chunks = await chunkDocument(processed, cut, signal);
        const vectors: Float32Array[] = [];
        for (let from = 0; from < chunks.length; from += batchSize) {
          signal?.throwIfAborted();
          const texts = chunks
            .slice(from, from + batchSize)
            .map(({ start, end }) => processed.text.slice(start, end));
          vectors.push(...(await embedder.embed(texts, signal)));
        }
        const { mediaType, title, text } = processed;
        const withVectors = chunks.map((chunk, each) => ({ ...chunk, vector: toBase64(vectors[each]!) }));
        await files.writeDocument(document, { mediaType, title, text, chunks: withVectors });
        numChunks = chunks.length;
      }
      sources.push({ path, sha256: hash, document, numChunks });
    } catch (error) {
      if (!(error instanceof UnsupportedFileError)) throw error;
      failures.push({ path, message: error.message });
    }
    onProgress?.({ path, numDone: at + 1, numFiles: paths.length, numReused });
  }
  const version: IndexVersion = {
    version: ((await files.versions()).at(-1) ?? 0) + 1,
    createdAt: new Date().toISOString(),
    folder: root,
    embedder: embedder.id,
    chunker,
    sources,
    failures,
  };
  await files.writeVersion(version);
  return version;
}

/** Files below a folder in the order of their names; links and hidden files are left out, so nothing leads outside. */
function listFiles(root: string): string[] {
  const found: string[] = [];
  const walk = (below: string): void => {
    const entries = readdirSync(join(root, below), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  walk("");
  return found;
}
