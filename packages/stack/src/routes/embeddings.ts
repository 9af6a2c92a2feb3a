import type { Hono } from "hono";
import { type EmbeddingsResponse, embeddingsRequestSchema } from "../api/embeddings.ts";
import { toEmbeddingEntries, toEmbedJob } from "../convert/embeddings.ts";
import type { Env } from "../http/env.ts";
import { readJson } from "../http/read-json.ts";
import { runRequest } from "../http/run-request.ts";
import type { RouteOptions } from "./route.ts";

/** `POST /v1/embeddings`, OpenAI's. */
export function addEmbeddings(app: Hono<Env>, { models, ended }: RouteOptions): void {
  app.post("/v1/embeddings", async (c) => {
    const request = await readJson(c, embeddingsRequestSchema);
    const { name, model, adapter } = models.find(request.model);
    const { texts, options } = toEmbedJob(request);
    const embeddings = await runRequest(c, { ended, param: "input" }, (signal) =>
      model.embed(texts, { ...options, signal, ...(adapter !== undefined && { adapter }) }),
    );
    const tokens = embeddings.numTokens;
    return c.json({
      object: "list",
      data: toEmbeddingEntries(embeddings, request),
      model: name,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
      llamero: { pooling: options.pooling, degraded: [...(model.engine?.info().degraded ?? [])] },
    } satisfies EmbeddingsResponse);
  });
}
