import type { Hono } from "hono";
import type { ModelEntry, ModelList } from "../api/models.ts";
import type { Env } from "../http/env.ts";
import type { FoundModel } from "../served-models.ts";
import type { RouteOptions } from "./route.ts";

/** `GET /v1/models` and `GET /v1/models/{name}`. */
export function addModels(app: Hono<Env>, { models }: RouteOptions): void {
  const entry = ({ name, model }: FoundModel): ModelEntry => ({
    id: name,
    object: "model",
    created: models.since,
    owned_by: "llamero",
    context_length: model.contextLimit,
  });
  app.get("/v1/models", (c) => c.json({ object: "list", data: models.list.map(entry) } satisfies ModelList));
  // Names may hold slashes.
  app.get("/v1/models/:name{.+}", (c) => c.json(entry(models.find(c.req.param("name")))));
}
