import { randomUUID } from "node:crypto";
import {
  type RerankRequest,
  type RerankResponse,
  rerankRequestSchema,
  rerankResponseSchema,
} from "../api/rerank.ts";
import {
  type StackRerankRequest,
  type StackRerankResponse,
  stackRerankRequestSchema,
  stackRerankResponseSchema,
} from "../api/stack-rerank.ts";
import { documentTexts, itemText, toRerankResults } from "../convert/rerank.ts";
import { type AnyRoute, defineRoute, type RouteRequest, type RouteSpec } from "../http/define-route.ts";
import { runRequest } from "../http/run-request.ts";
import type { RouteServices } from "./services.ts";

/** `POST /v1/rerank`, in the shape that Cohere and Jina share. */
const rerank: RouteSpec<RerankRequest, undefined, RerankResponse> = defineRoute({
  method: "POST",
  path: "/v1/rerank",
  tag: "Inference",
  level: "stable",
  summary: "Order documents by how well they answer a query",
  body: rerankRequestSchema,
  response: rerankResponseSchema,
  async handle({ body, context }, { models, ended }) {
    const { name, model, adapter } = models.find(body.model);
    const ranking = await runRequest(context, { ended, param: "documents" }, (signal) =>
      model.rerank(body.query, documentTexts(body), { signal, ...(adapter !== undefined && { adapter }) }),
    );
    return {
      id: `rerank-${randomUUID().replaceAll("-", "")}`,
      model: name,
      results: toRerankResults(ranking, body),
      usage: { prompt_tokens: ranking.numTokens, total_tokens: ranking.numTokens },
      llamero: { degraded: [...(model.engine?.info().degraded ?? [])] },
    };
  },
});

/** The same in Llama Stack's shape. */
const stackRerank: RouteSpec<StackRerankRequest, undefined, StackRerankResponse> = defineRoute({
  method: "POST",
  path: "/v1alpha/inference/rerank",
  tag: "Inference",
  level: "experimental",
  summary: "Order items by how well they answer a query",
  body: stackRerankRequestSchema,
  response: stackRerankResponseSchema,
  handle: rankItems,
});

async function rankItems(
  { body, context }: RouteRequest<StackRerankRequest, undefined>,
  { models, ended }: RouteServices,
): Promise<StackRerankResponse> {
  const { model, adapter } = models.find(body.model);
  const items = body.items.map(itemText);
  const { results } = await runRequest(context, { ended, param: "items" }, (signal) =>
    model.rerank(itemText(body.query), items, { signal, ...(adapter !== undefined && { adapter }) }),
  );
  const best = results.slice(0, body.max_num_results ?? results.length);
  return { data: best.map(({ index, score }) => ({ index, relevance_score: Math.exp(score) })) };
}

/** Both shapes of ranking. */
export const rerankRoutes: readonly AnyRoute[] = [rerank, stackRerank];
