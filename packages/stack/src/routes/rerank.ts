import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { type RerankResponse, rerankRequestSchema } from "../api/rerank.ts";
import { documentTexts, toRerankResults } from "../convert/rerank.ts";
import type { Env } from "../http/env.ts";
import { readJson } from "../http/read-json.ts";
import { runRequest } from "../http/run-request.ts";
import type { RouteOptions } from "./route.ts";

/** `POST /v1/rerank`, in the shape that Cohere and Jina share. */
export function addRerank(app: Hono<Env>, { models, ended }: RouteOptions): void {
  app.post("/v1/rerank", async (c) => {
    const request = await readJson(c, rerankRequestSchema);
    const { name, model, adapter } = models.find(request.model);
    const ranking = await runRequest(c, { ended, param: "documents" }, (signal) =>
      model.rerank(request.query, documentTexts(request), {
        signal,
        ...(adapter !== undefined && { adapter }),
      }),
    );
    return c.json({
      id: `rerank-${randomUUID().replaceAll("-", "")}`,
      model: name,
      results: toRerankResults(ranking, request),
      usage: { prompt_tokens: ranking.numTokens, total_tokens: ranking.numTokens },
      llamero: { degraded: [...(model.engine?.info().degraded ?? [])] },
    } satisfies RerankResponse);
  });
}
