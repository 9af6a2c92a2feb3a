import type { EngineClient } from "../engine/engine-client.ts";
import type { ScoreOptions } from "../engine/request.ts";
import { sideBySide } from "./side-by-side.ts";

/** A document and how well it explains the query. */
export interface RankedDocument {
  /** Place in the list of documents. */
  index: number;
  /** Mean log-probability of the query's tokens after the document; 0 would be certainty. */
  score: number;
}

/** Documents from the most to the least relevant, and the tokens that it took. */
export interface Ranking {
  results: readonly RankedDocument[];
  numTokens: number;
}

/** A prompt in two parts: the query's tokens are scored, what stands before them is shared and cached by document. */
export interface RerankPrompt {
  document: readonly number[];
  query: readonly number[];
}

/** Text before the query, as query likelihood models ask for it (Sachan et al. 2022). */
export const rerankPrefix = (document: string): string =>
  `Passage: ${document}\n\nA question that this passage answers:`;

/** Ranks documents by log P(query | document) per token. */
export async function rankByLikelihood(
  engine: EngineClient,
  prompts: readonly RerankPrompt[],
  { signal, ...options }: Omit<ScoreOptions, "topLogprobs" | "from">,
): Promise<Ranking> {
  const results = await sideBySide(prompts, signal, async ({ document, query }, either, index) => {
    const request = { ...options, from: document.length - 1, signal: either };
    const scores = await engine.score([...document, ...query], request);
    return { index, score: scores.reduce((sum, { logprob }) => sum + logprob, 0) / scores.length };
  });
  results.sort((a, b) => b.score - a.score || a.index - b.index);
  return {
    results,
    numTokens: prompts.reduce((sum, { document, query }) => sum + document.length + query.length, 0),
  };
}
