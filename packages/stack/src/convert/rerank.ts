import type { Ranking } from "@llamero/core";
import type { RerankRequest, RerankResult } from "../api/rerank.ts";
import type { RerankItem } from "../api/stack-rerank.ts";

/** Text of an item. */
export const itemText = (item: RerankItem): string => (typeof item === "string" ? item : item.text);

/** The documents of a request as texts. */
export function documentTexts({ documents }: RerankRequest): string[] {
  return documents.map((each) => (typeof each === "string" ? each : each.text));
}

/** Ranking -> wire results, the best first. */
export function toRerankResults({ results }: Ranking, request: RerankRequest): RerankResult[] {
  const texts = documentTexts(request);
  return results.slice(0, request.top_n ?? results.length).map(({ index, score }) => ({
    index,
    relevance_score: Math.exp(score),
    ...(request.return_documents === true && { document: { text: texts[index]! } }),
  }));
}
