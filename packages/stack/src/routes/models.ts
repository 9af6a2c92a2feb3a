import { type ModelEntry, modelEntrySchema, modelListSchema } from "../api/models.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import type { FoundModel, ServedModels } from "../served-models.ts";
import { providerId } from "./providers.ts";

function toEntry({ name, model }: FoundModel, { since }: ServedModels): ModelEntry {
  const metadata = { context_length: model.contextLimit };
  return {
    id: name,
    object: "model",
    created: since,
    owned_by: providerId,
    context_length: model.contextLimit,
    identifier: name,
    provider_id: providerId,
    provider_resource_id: name,
    type: "model",
    model_type: "llm",
    metadata,
    custom_metadata: {
      ...metadata,
      model_type: "llm",
      provider_id: providerId,
      provider_resource_id: name,
    },
  };
}

/** The models that requests can name. */
export const modelRoutes: readonly AnyRoute[] = [
  defineRoute({
    method: "GET",
    path: "/v1/models",
    tag: "Models",
    level: "stable",
    summary: "List the models",
    response: modelListSchema,
    handle: async (_, { models }) => ({
      object: "list" as const,
      data: models.list.map((each) => toEntry(each, models)),
    }),
  }),
  defineRoute({
    method: "GET",
    // Names may hold slashes.
    path: "/v1/models/{model_id+}",
    tag: "Models",
    level: "stable",
    summary: "Get a model, by its name with or without the provider before it",
    response: modelEntrySchema,
    handle: async ({ params }, { models }) => toEntry(models.find(params["model_id"]!), models),
  }),
];
