import { Bm25, fuseRankings, fuseWeighted, type Scored } from "@llamero/core/retrieval/bm25";
import { FlatIndex } from "@llamero/core/retrieval/flat-index";
import type { AttributeFilter } from "../api/vector-search.ts";
import { matchesFilter } from "../vectors/match-filter.ts";
import { fromBase64 } from "../vectors/records.ts";
import type { DocumentChunk } from "./chunk-document.ts";
import type { Embedder } from "./embedder.ts";
import type { IndexStorage, IndexVersion } from "./index-storage.ts";

/** A chunk that was found, with the whole source as this version holds it. */
export interface Passage extends DocumentChunk {
  path: readonly string[];
  /** Of the file below the folder. */
  source: string;
  sourceText: string;
  text: string;
  score: number;
}

export interface SearchOptions {
  limit?: number;
  mode?: "vector" | "keyword" | "hybrid";
  /** Share of the vectors in a weighted fusion, from 0 to 1; absent: reciprocal ranks. */
  vectorWeight?: number;
  /** On the attributes `source`, `media_type` and `title`. */
  filter?: AttributeFilter | null;
  /** Orders the best anew: a score for each text. */
  rerank?: (query: string, texts: readonly string[], signal?: AbortSignal) => Promise<readonly number[]>;
  signal?: AbortSignal;
}

/** One version of an index, in memory. */
export interface OpenIndex {
  readonly version: IndexVersion;
  search(query: string, options?: SearchOptions): Promise<Passage[]>;
}

/** Rankings that are fused or ordered anew reach this much further than what is asked for. */
const reach = 4;

/** Loads a version of an index; default the current one. */
export async function openIndex(
  files: IndexStorage,
  embedder: Embedder,
  number?: number,
): Promise<OpenIndex> {
  const current = number ?? (await files.current());
  if (current === null)
    throw new RangeError(`There is no index in ${files.place}; make one with llamero rag ingest`);
  const version = await files.readVersion(current);
  if (version.embedder !== embedder.id) {
    throw new RangeError(
      `Version ${current} of the index was made with ${version.embedder}, not ${embedder.id}; name that embedder or ingest again`,
    );
  }
  const words = new Bm25();
  let vectors: FlatIndex | null = null;
  const passages = new Map<string, Omit<Passage, "score">>();
  const documents = new Map<string, Record<string, string>>();
  // Equal files share a document.
  const sourcesOf = new Map<string, string[]>();
  for (const { path: source, document: key } of version.sources) {
    const document = await files.readDocument(key);
    if (document === null)
      throw new RangeError(`The index has lost the document of ${source}; ingest the folder again`);
    const { text: sourceText, mediaType, title, chunks } = document;
    sourcesOf.set(key, [...(sourcesOf.get(key) ?? []), source]);
    documents.set(source, { source, media_type: mediaType, title });
    for (const { vector, ...chunk } of chunks) {
      const id = `${source}\n${chunk.id}`;
      const text = sourceText.slice(chunk.start, chunk.end);
      if (vector !== null) {
        const values = fromBase64(vector);
        vectors ??= new FlatIndex(values.length);
        vectors.add(id, values);
      }
      words.add(id, text);
      passages.set(id, { ...chunk, source, sourceText, text });
    }
  }
  /** What the storage finds, under the ids of passages. */
  const nearest = async (
    vector: Float32Array,
    limit: number,
    accepts: (source: string) => boolean,
  ): Promise<Scored[]> => {
    const keys = [...sourcesOf].filter(([, sources]) => sources.some(accepts)).map(([key]) => key);
    const found = await files.nearest!(keys, vector, limit);
    const all = found.flatMap(({ id, score }) => {
      const [key, chunk] = id.split("/");
      const sources = sourcesOf.get(key!) ?? [];
      return sources.filter(accepts).map((source) => ({ id: `${source}\n${chunk}`, score }));
    });
    return all.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, limit);
  };
  return {
    version,
    async search(query, options = {}) {
      const { limit = 5, mode = "hybrid", vectorWeight, filter = null, rerank, signal } = options;
      if (!Number.isSafeInteger(limit) || limit < 1)
        throw new RangeError(`limit is ${limit}; it must be a whole number of at least 1`);
      const acceptsSource = (source: string): boolean =>
        filter === null || matchesFilter(filter, documents.get(source)!);
      const accepts = (id: string): boolean => filter === null || acceptsSource(passages.get(id)!.source);
      const depth = mode === "hybrid" || rerank !== undefined ? limit * reach : limit;
      const byVector = async (): Promise<Scored[]> => {
        const [vector] = await embedder.embed([query], signal);
        if (files.nearest !== undefined) return await nearest(vector!, depth, acceptsSource);
        return vectors?.search(vector!, depth, accepts) ?? [];
      };
      const rankings: Scored[][] = [];
      if (mode !== "keyword") rankings.push(await byVector());
      if (mode !== "vector") rankings.push(words.search(query, depth, accepts));
      let ranking = rankings[0]!;
      if (rankings.length > 1) {
        ranking =
          vectorWeight === undefined
            ? fuseRankings(rankings)
            : fuseWeighted(rankings, [vectorWeight, 1 - vectorWeight]);
      }
      if (rerank !== undefined) {
        const best = ranking.slice(0, depth);
        const scores = await rerank(
          query,
          best.map(({ id }) => passages.get(id)!.text),
          signal,
        );
        ranking = best.map(({ id }, at) => ({ id, score: scores[at]! })).sort((a, b) => b.score - a.score);
      }
      return ranking.slice(0, limit).map(({ id, score }) => ({ ...passages.get(id)!, score }));
    },
  };
}
