import type { WireMessage } from "../api/chat-messages.ts";
import type { ChatRequest } from "../api/chat-request.ts";
import type { ChatCompletion } from "../api/chat-response.ts";
import type { Json } from "../api/json.ts";
import {
  chatDeletedSchema,
  listChatCompletionsQuerySchema,
  listChatMessagesQuerySchema,
  type StoredChatCompletion,
  storedChatCompletionSchema,
  storedChatListSchema,
  storedChatMessageListSchema,
  updateChatCompletionSchema,
} from "../api/stored-chat.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { deleteReplay, putReplay } from "../round/replay.ts";
import type { Store, StoredObject } from "../store/store.ts";
import { getStored, listStored, notFound, toJson, toPage } from "./stored-objects.ts";

const kind = "chat_completion";
const common = { tag: "Inference", level: "stable" } as const;
const path = "/v1/chat/completions/{completion_id}";

/** Keeps an answer and what it answers; it is on the disk when this resolves. */
export async function keepChatCompletion(
  store: Store,
  owner: string,
  answer: ChatCompletion,
  { messages, metadata }: Pick<ChatRequest, "messages" | "metadata">,
  replay?: Parameters<typeof putReplay>[2],
): Promise<void> {
  const value = toJson({
    ...answer,
    metadata: metadata ?? null,
    input_messages: messages satisfies WireMessage[],
  });
  const { id } = answer;
  await store.write(
    { write: "put", kind, id, owner, value },
    ...(replay === undefined ? [] : [putReplay(id, owner, replay)]),
  );
}

const toWire = ({ value }: StoredObject): StoredChatCompletion => value as unknown as StoredChatCompletion;

const find = (store: Store, id: string, owner: string): Promise<StoredObject> =>
  getStored<Json>(store, { kind, id, owner, what: "stored chat completion" });

/** Chat completions that were made with `store: true`. */
export const storedChatRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1/chat/completions",
    summary: "List stored chat completions",
    query: listChatCompletionsQuerySchema,
    response: storedChatListSchema,
    async handle({ query: { model, metadata = {}, ...query }, owner }, { store }) {
      const ofMetadata = Object.entries(metadata).map(([key, value]) => [`metadata.${key}`, value]);
      const where = { ...Object.fromEntries(ofMetadata), ...(model !== undefined && { model }) };
      const { items, hasMore } = await listStored(store, kind, { owner, query, where });
      return toPage(items.map(toWire), hasMore);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path,
    summary: "Get a stored chat completion",
    response: storedChatCompletionSchema,
    handle: async ({ params, owner }, { store }) =>
      toWire(await find(store, params["completion_id"]!, owner)),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path,
    summary: "Change the metadata of a stored chat completion",
    body: updateChatCompletionSchema,
    response: storedChatCompletionSchema,
    async handle({ params, body, owner }, { store }) {
      const { id, value, version } = await find(store, params["completion_id"]!, owner);
      const changed = { ...(value as { [key: string]: Json }), metadata: body.metadata };
      await store.write({ write: "put", kind, id, owner, value: changed, ifVersion: version });
      return changed as unknown as StoredChatCompletion;
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${path}/messages`,
    summary: "List the messages that a stored chat completion answers",
    query: listChatMessagesQuerySchema,
    response: storedChatMessageListSchema,
    async handle({ params, query: { after, limit = 20, order = "asc" }, owner }, { store }) {
      const found = await find(store, params["completion_id"]!, owner);
      const all = toWire(found).input_messages.map((each, index) => ({
        ...each,
        id: `${found.id}-${index}`,
      }));
      if (order === "desc") all.reverse();
      const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
      if (after !== undefined && start === 0) throw notFound("message", after, "after");
      return toPage(all.slice(start, start + limit), all.length > start + limit);
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path,
    summary: "Delete a stored chat completion",
    response: chatDeletedSchema,
    async handle({ params, owner }, { store }) {
      const { id } = await find(store, params["completion_id"]!, owner);
      await store.write({ write: "delete", kind, id, owner }, deleteReplay(id, owner));
      return { id, object: "chat.completion.deleted", deleted: true } as const;
    },
  }),
];
