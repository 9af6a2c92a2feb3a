import { type ModelEntry, modelEntrySchema, modelListSchema } from "../api/models.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import type { ShelvedModel } from "../model-shelf.ts";
import type { RemoteModel } from "../providers/remote-model.ts";
import type { FoundModel, ServedModels } from "../served-models.ts";
import { providerId } from "./providers.ts";

function toEntry({ name, model }: FoundModel, { since }: ServedModels): ModelEntry {
  const { contextLimit, embedding } = model;
  const metadata = {
    context_length: contextLimit,
    ...(embedding && { embedding_dimension: embedding.dimensions }),
  };
  const type = embedding ? "embedding" : "llm";
  return {
    id: name,
    object: "model",
    created: since,
    owned_by: providerId,
    context_length: contextLimit,
    identifier: name,
    provider_id: providerId,
    provider_resource_id: name,
    type: "model",
    model_type: type,
    metadata,
    custom_metadata: {
      ...metadata,
      model_type: type,
      provider_id: providerId,
      provider_resource_id: name,
    },
  };
}

/** Of a model that is opened when a request names it; its context is known then. */
function toShelvedEntry({ name, embeds }: ShelvedModel, { since }: ServedModels): ModelEntry {
  const place = { provider_id: providerId, provider_resource_id: name };
  const type = embeds ? "embedding" : "llm";
  return {
    id: name,
    object: "model",
    created: since,
    owned_by: providerId,
    identifier: name,
    ...place,
    type: "model",
    model_type: type,
    metadata: {},
    custom_metadata: { model_type: type, ...place },
  };
}

function toRemoteEntry(remote: RemoteModel, { since }: ServedModels): ModelEntry {
  const { provider, model } = remote.targets[0]!;
  const place = { provider_id: provider.id, provider_resource_id: provider.upstreamName(model) };
  return {
    id: remote.name,
    object: "model",
    created: since,
    owned_by: provider.id,
    identifier: remote.name,
    ...place,
    type: "model",
    model_type: "llm",
    metadata: {},
    custom_metadata: { model_type: "llm", ...place },
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
      data: [
        ...models.list.map((each) => toEntry(each, models)),
        ...(await models.shelved()).map((each) => toShelvedEntry(each, models)),
        ...models.remote.all.map((each) => toRemoteEntry(each, models)),
      ],
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
    async handle({ params }, { models }) {
      const id = params["model_id"]!;
      const shelved = (await models.shelved()).find(({ name }) => id === name || id === `llamero/${name}`);
      if (shelved !== undefined) return toShelvedEntry(shelved, models);
      const remote = models.findRemote(id);
      return remote === null ? toEntry(models.findServed(id), models) : toRemoteEntry(remote, models);
    },
  }),
];
