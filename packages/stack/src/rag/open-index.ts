import { fuseRankings, fuseWeighted, type Scored } from "@llamero/core/retrieval/bm25";
import type { AttributeFilter } from "../api/vector-search.ts";
import { matchesFilter } from "../vectors/match-filter.ts";
import type { Embedder } from "./embedder.ts";
import type { Passage } from "./finder.ts";
import type { IndexStorage, IndexVersion } from "./index-storage.ts";
import { loadFinder } from "./memory-finder.ts";
import { storageFinder } from "./storage-finder.ts";

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

/** One version of an index. */
export interface OpenIndex {
  readonly version: IndexVersion;
  search(query: string, options?: SearchOptions): Promise<Passage[]>;
}

/** Rankings that are fused or ordered anew reach this much further than what is asked for. */
const reach = 4;

/** Opens a version of an index; default the current one. */
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
  const finder =
    files.searcher === undefined
      ? await loadFinder(files, version)
      : storageFinder(files, files.searcher, version);
  return {
    version,
    async search(query, options = {}) {
      const { limit = 5, mode = "hybrid", vectorWeight, filter = null, rerank, signal } = options;
      if (!Number.isSafeInteger(limit) || limit < 1)
        throw new RangeError(`limit is ${limit}; it must be a whole number of at least 1`);
      const attributes = filter === null ? null : await finder.attributes();
      const accepts = (source: string): boolean =>
        filter === null || matchesFilter(filter, attributes!.get(source)!);
      const depth = mode === "hybrid" || rerank !== undefined ? limit * reach : limit;
      const rankings: Scored[][] = [];
      if (mode !== "keyword") {
        const [vector] = await embedder.embed([query], signal);
        rankings.push(await finder.byVector(vector!, depth, accepts));
      }
      if (mode !== "vector") rankings.push(await finder.byWords(query, depth, accepts));
      let ranking = rankings[0]!;
      if (rankings.length > 1) {
        ranking =
          vectorWeight === undefined
            ? fuseRankings(rankings)
            : fuseWeighted(rankings, [vectorWeight, 1 - vectorWeight]);
      }
      if (rerank !== undefined) {
        const best = ranking.slice(0, depth);
        const texts: string[] = [];
        for (const { id } of best) texts.push((await finder.passage(id)).text);
        const scores = await rerank(query, texts, signal);
        ranking = best.map(({ id }, at) => ({ id, score: scores[at]! })).sort((a, b) => b.score - a.score);
      }
      const found: Passage[] = [];
      for (const { id, score } of ranking.slice(0, limit))
        found.push({ ...(await finder.passage(id)), score });
      return found;
    },
  };
}
