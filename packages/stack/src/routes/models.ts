import { type ModelEntry, modelEntrySchema, modelListSchema } from "../api/models.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import type { ShelvedModel } from "../model-shelf.ts";
import type { RemoteModel } from "../providers/remote-model.ts";
import type { FoundModel, ServedModels } from "../served-models.ts";
import { providerId } from "./providers.ts";

/** What all entries have in common; `metadata` is what is known of the model. */
function entryOf(
  name: string,
  { since }: ServedModels,
  of: {
    type: "llm" | "embedding";
    provider: string;
    /** The provider's own name of the model. */
    resource: string;
    metadata?: { context_length: number; embedding_dimension?: number };
  },
): ModelEntry {
  const { type, provider, resource, metadata } = of;
  const place = { provider_id: provider, provider_resource_id: resource };
  return {
    id: name,
    object: "model",
    created: since,
    owned_by: provider,
    ...(metadata && { context_length: metadata.context_length }),
    identifier: name,
    ...place,
    type: "model",
    model_type: type,
    metadata: metadata ?? {},
    custom_metadata: { ...metadata, model_type: type, ...place },
  };
}

function toEntry({ name, model }: FoundModel, served: ServedModels): ModelEntry {
  const { contextLimit, embedding } = model;
  const metadata = {
    context_length: contextLimit,
    ...(embedding && { embedding_dimension: embedding.dimensions }),
  };
  const type = embedding ? "embedding" : "llm";
  return entryOf(name, served, { type, provider: providerId, resource: name, metadata });
}

/** Of a model that is opened when a request names it; its context is known then. */
const toShelvedEntry = ({ name, embeds }: ShelvedModel, served: ServedModels): ModelEntry =>
  entryOf(name, served, { type: embeds ? "embedding" : "llm", provider: providerId, resource: name });

function toRemoteEntry({ name, targets }: RemoteModel, served: ServedModels): ModelEntry {
  const { provider, model } = targets[0]!;
  return entryOf(name, served, {
    type: "llm",
    provider: provider.id,
    resource: provider.upstreamName(model),
  });
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
