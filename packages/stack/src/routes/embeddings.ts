import {
  type EmbeddingsRequest,
  type EmbeddingsResponse,
  embeddingsRequestSchema,
  embeddingsResponseSchema,
} from "../api/embeddings.ts";
import { toEmbeddingEntries, toEmbedJob } from "../convert/embeddings.ts";
import { defineRoute, type RouteSpec } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { runRequest } from "../http/run-request.ts";

/** `POST /v1/embeddings`, OpenAI's. */
export const createEmbeddings: RouteSpec<EmbeddingsRequest, undefined, EmbeddingsResponse> = defineRoute({
  method: "POST",
  path: "/v1/embeddings",
  tag: "Inference",
  level: "stable",
  summary: "Turn texts into vectors",
  body: embeddingsRequestSchema,
  response: embeddingsResponseSchema,
  async handle({ body, context }, { models, ended }) {
    const { name, model, adapter } = models.findServed(body.model);
    const { texts, options } = toEmbedJob(body);
    const pooling = model.embedding?.pooling ?? options.pooling;
    if (body.pooling != null && body.pooling !== pooling) {
      throw new HttpError(400, `${name} has its own pooling, ${pooling}; leave pooling out`, {
        param: "pooling",
        code: "unsupported_value",
      });
    }
    const embeddings = await runRequest(context, { ended, param: "input" }, (signal) =>
      model.embed(texts, { ...options, signal, ...(adapter !== undefined && { adapter }) }),
    );
    const tokens = embeddings.numTokens;
    return {
      object: "list",
      data: toEmbeddingEntries(embeddings, body),
      model: name,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
      llamero: { pooling, degraded: [...(model.engine?.info().degraded ?? [])] },
    };
  },
});
