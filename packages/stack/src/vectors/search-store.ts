import type { Scored } from "@llamero/core/retrieval/bm25";
import type { AttributeFilter, SearchMode } from "../api/vector-search.ts";
import type { Attributes } from "../api/vector-stores.ts";
import type { RouteServices } from "../routes/services.ts";
import { indexOf } from "./index-cache.ts";
import { matchesFilter } from "./match-filter.ts";
import { fuse, reorder, type StoreRanking } from "./ranking.ts";
import { type ChunkRecord, chunkOf, type StoreKey, type VectorStoreRecord } from "./records.ts";

/** What is looked for. */
export interface StoreSearch {
  queries: readonly string[];
  mode: SearchMode;
  limit: number;
  /** Results of a lower score are left out. */
  threshold: number;
  filter: AttributeFilter | null;
  ranking: StoreRanking;
  signal: AbortSignal;
}

/** A chunk that was found. */
export interface Found {
  chunk: ChunkRecord;
  attributes: Attributes;
  score: number;
}

/** Ranks that are fused reach this much further than what is asked for. */
const reach = 4;

/**
 * The best chunks of a vector store. Scores: by vector the cosine, by keyword BM25, hybrid from 0 to 1, and so those of a
 * model that orders the best anew; of several queries the best.
 */
export async function searchStore(
  { store, models }: Pick<RouteServices, "models" | "store">,
  key: StoreKey,
  record: VectorStoreRecord,
  search: StoreSearch,
): Promise<Found[]> {
  const { queries, mode, limit, threshold, filter, ranking, signal } = search;
  await models.openNamed([record, ranking.rerank]);
  const { model, adapter } = models.findServed(record.model);
  const options = { pooling: "mean", signal, ...(adapter !== undefined && { adapter }) } as const;
  const vectors = mode === "keyword" ? [] : (await model.embed(queries, options)).vectors;
  const index = await indexOf(store, key, record);
  const accepts = (id: string): boolean =>
    filter === null || matchesFilter(filter, index.attributes.get(id) ?? {});
  const ranker = ranking.rerank === null ? null : models.find(ranking.rerank.model);
  const rerank = async (query: string, candidates: readonly Scored[]): Promise<number[]> => {
    const stored = await Promise.all(
      candidates.map(({ id }) => store.get("vector_store_chunk", id, key.owner)),
    );
    const texts = stored.map((each) => (each === null ? "" : chunkOf(each).text));
    const { model: judge, adapter: its } = ranker!;
    const { results } = await judge.rerank(query, texts, {
      signal,
      ...(its !== undefined && { adapter: its }),
    });
    const scores = new Array<number>(texts.length).fill(0);
    for (const { index: at, score } of results) scores[at] = Math.exp(score);
    return scores;
  };
  const best = new Map<string, number>();
  for (const [at, query] of queries.entries()) {
    const num = mode === "hybrid" || ranking.rerank !== null ? limit * reach : limit;
    const rankings: Scored[][] = [];
    if (mode !== "keyword") rankings.push(index.vectors.search(vectors[at]!, num, accepts));
    if (mode !== "vector") rankings.push(index.words.search(query, num, accepts));
    let fused = fuse(rankings, ranking);
    if (ranking.rerank !== null) {
      const { weight } = ranking.rerank;
      const scores = await rerank(query, fused.slice(0, num));
      fused = reorder(fused.slice(0, num), scores, weight);
    }
    for (const { id, score } of fused)
      best.set(id, Math.max(score, best.get(id) ?? Number.NEGATIVE_INFINITY));
  }
  const chosen = [...best]
    .filter(([, score]) => score >= threshold)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, limit);
  const found = await Promise.all(
    chosen.map(async ([id, score]): Promise<Found[]> => {
      const stored = await store.get("vector_store_chunk", id, key.owner);
      const attributes = index.attributes.get(id) ?? {};
      return stored === null ? [] : [{ chunk: chunkOf(stored), attributes, score }];
    }),
  );
  return found.flat();
}
