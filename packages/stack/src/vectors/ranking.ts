import { fuseRankings, fuseWeighted, type Scored } from "@llamero/core/retrieval/bm25";
import type { RankingOptions, SearchMode } from "../api/vector-search.ts";
import { HttpError } from "../http/http-error.ts";

/** How results of several searches become one order. */
export interface StoreRanking {
  /** Of reciprocal rank fusion. */
  smoothing: number;
  /** Shares of the scores; null: reciprocal ranks. */
  weights: { vector: number; keyword: number } | null;
  /** Orders the best anew by a model; with a weight its scores are fused with the first ones, else they alone count. */
  rerank: { model: string; weight: number | null } | null;
}

export const defaultRanking: StoreRanking = { smoothing: 60, weights: null, rerank: null };

const neutral = ["auto", "default-2024-11-15"];

/** What options of a request ask for, with Llama Stack's meaning; refuses those that contradict one another. */
export function rankingOf(
  options: RankingOptions | null | undefined,
  given: SearchMode | null | undefined,
): { mode: SearchMode; threshold: number; ranking: StoreRanking } {
  const { ranker: named, score_threshold, alpha, impact_factor, weights, model } = options ?? {};
  const mode = given ?? (named === "none" ? "vector" : "hybrid");
  const refuse = (field: string, message: string): HttpError =>
    new HttpError(400, message, { param: `ranking_options.${field}`, code: "invalid_value" });
  const isGiven = named != null && !neutral.includes(named);
  const ranker = isGiven
    ? named
    : alpha != null || weights?.vector != null || weights?.keyword != null
      ? "weighted"
      : impact_factor == null && model != null && weights == null
        ? "neural"
        : "rrf";
  if (alpha != null && ranker !== "weighted")
    throw refuse("alpha", `alpha is of the ranker weighted, not of ${ranker}`);
  if (alpha != null && weights != null) throw refuse("weights", "Give alpha or weights, not both");
  if (impact_factor != null && ranker !== "rrf" && isGiven)
    throw refuse("impact_factor", `impact_factor is of the ranker rrf, not of ${ranker}`);
  const { vector, keyword, neural } = weights ?? {};
  if (weights != null && (vector ?? 0) + (keyword ?? 0) + (neural ?? 0) <= 0)
    throw refuse("weights", "The weights are all 0; give at least one above");
  if (model == null && (ranker === "neural" || neural != null))
    throw refuse("model", "Ordering by a model needs its name; give ranking_options.model");
  if (model != null && ranker === "none") throw refuse("model", "The ranker none takes no model");
  const isWeighted = ranker === "weighted";
  const share = alpha ?? 0.5;
  return {
    mode,
    threshold: score_threshold ?? Number.NEGATIVE_INFINITY,
    ranking: {
      smoothing: impact_factor ?? 60,
      weights:
        isWeighted && (weights == null || (vector ?? 0) + (keyword ?? 0) > 0)
          ? weights == null
            ? { vector: share, keyword: 1 - share }
            : { vector: vector ?? 0, keyword: keyword ?? 0 }
          : null,
      rerank: model == null ? null : { model, weight: neural == null ? null : neuralShare(weights!) },
    },
  };
}

/** Share of the model among all weights. */
function neuralShare({
  vector = 0,
  keyword = 0,
  neural = 0,
}: NonNullable<RankingOptions["weights"]>): number {
  return vector + keyword === 0 ? 1 : neural / (vector + keyword + neural);
}

/** One order of the rankings by vector and by words. */
export function fuse(rankings: readonly Scored[][], { smoothing, weights }: StoreRanking): Scored[] {
  if (rankings.length === 1) return rankings[0]!;
  return weights === null
    ? fuseRankings(rankings, smoothing)
    : fuseWeighted(rankings, [weights.vector, weights.keyword]);
}

/** The best anew by scores of a model, from 0 to 1. */
export function reorder(
  first: readonly Scored[],
  scores: readonly number[],
  weight: number | null,
): Scored[] {
  const byModel = first.map(({ id }, at) => ({ id, score: scores[at]! }));
  if (weight !== null) return fuseWeighted([[...first], byModel], [1 - weight, weight]);
  return byModel.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
