import type { ConversationItem, ConversationItemParam } from "../api/conversation-items.ts";
import { conversationItemSchema } from "../api/conversation-items.ts";
import {
  addItemsSchema,
  type Conversation,
  conversationDeletedSchema,
  conversationSchema,
  createConversationSchema,
  itemDeletedSchema,
  itemPageSchema,
  itemQuerySchema,
  listItemsQuerySchema,
  updateConversationSchema,
} from "../api/conversations.ts";
import { toConversationItem } from "../convert/conversation-items.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import type { Store, StoredObject, StoreWrite } from "../store/store.ts";
import { getStored, listStored, newId, notFound, nowSeconds, toJson, toPage } from "./stored-objects.ts";

const kind = "conversation";
const itemKind = "conversation_item";
const common = { tag: "Conversations", level: "stable" } as const;
const path = "/v1/conversations/{conversation_id}";

const find = (store: Store, id: string, owner: string): Promise<StoredObject> =>
  getStored(store, { kind, id, owner, what: "conversation" });

const toWire = ({ value }: StoredObject): Conversation => value as unknown as Conversation;
const toItem = ({ value }: StoredObject): ConversationItem => value as ConversationItem;

async function findItem(
  store: Store,
  params: Readonly<Record<string, string>>,
  owner: string,
): Promise<StoredObject> {
  const { id } = await find(store, params["conversation_id"]!, owner);
  const item = await store.get(itemKind, params["item_id"]!, owner);
  if (item === null || item.parent !== id) throw notFound("item", params["item_id"]!);
  return item;
}

/** The item of a conversation or of a response that a reference names, to be kept once more under an id of its own. */
async function findReferred(
  store: Store,
  id: string,
  index: number,
  owner: string,
): Promise<ConversationItemParam> {
  const found = (await store.get(itemKind, id, owner)) ?? (await store.get("response_item", id, owner));
  if (found === null) throw notFound("item", id, `items[${index}].id`);
  return { ...(found.value as ConversationItem), id: null };
}

/** Items with the writes that keep them; an id that is taken is refused. */
async function newItems(
  store: Store,
  params: readonly ConversationItemParam[],
  { parent, owner }: { parent: string; owner: string },
): Promise<{ items: ConversationItem[]; writes: StoreWrite[] }> {
  const found = new Map<number, ConversationItemParam>();
  for (const [index, { type, id }] of params.entries())
    if (type === "item_reference") found.set(index, await findReferred(store, id!, index, owner));
  const items = params.map((param, index) => toConversationItem(found.get(index) ?? param, newId));
  const seen = new Set<string>();
  for (const [index, { id }] of items.entries()) {
    const isTaken =
      !found.has(index) && params[index]!.id != null && (await store.get(itemKind, id, owner)) !== null;
    if (isTaken || seen.has(id)) {
      throw new HttpError(400, `items[${index}].id: There is an item ${id} already`, {
        param: `items[${index}].id`,
        code: "invalid_value",
      });
    }
    seen.add(id);
  }
  const writes = items.map(
    (item): StoreWrite => ({ write: "put", kind: itemKind, id: item.id, owner, parent, value: toJson(item) }),
  );
  return { items, writes };
}

const conversationRoutesOnly: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1/conversations",
    summary: "Create a conversation",
    body: createConversationSchema,
    response: conversationSchema,
    async handle({ body, owner }, { store }) {
      const id = newId("conv_");
      const value: Conversation = {
        id,
        object: "conversation",
        created_at: nowSeconds(),
        metadata: body.metadata ?? {},
      };
      const { writes } = await newItems(store, body.items ?? [], { parent: id, owner });
      await store.write({ write: "put", kind, id, owner, value: toJson(value) }, ...writes);
      return value;
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path,
    summary: "Get a conversation",
    response: conversationSchema,
    handle: async ({ params, owner }, { store }) =>
      toWire(await find(store, params["conversation_id"]!, owner)),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path,
    summary: "Change the metadata of a conversation",
    body: updateConversationSchema,
    response: conversationSchema,
    async handle({ params, body, owner }, { store }) {
      const found = await find(store, params["conversation_id"]!, owner);
      const value: Conversation = { ...toWire(found), metadata: body.metadata };
      const { id, version } = found;
      await store.write({ write: "put", kind, id, owner, value: toJson(value), ifVersion: version });
      return value;
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path,
    summary: "Delete a conversation with its items",
    response: conversationDeletedSchema,
    async handle({ params, owner }, { store }) {
      const { id } = await find(store, params["conversation_id"]!, owner);
      await store.write(
        { write: "delete", kind, id, owner },
        { write: "deleteChildren", kind: itemKind, parent: id, owner },
      );
      return { id, object: "conversation.deleted", deleted: true } as const;
    },
  }),
];

const itemRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "GET",
    path: `${path}/items`,
    summary: "List the items of a conversation",
    query: listItemsQuerySchema,
    response: itemPageSchema,
    async handle({ params, query, owner }, { store }) {
      const { id } = await find(store, params["conversation_id"]!, owner);
      const { items, hasMore } = await listStored(store, itemKind, { owner, parent: id, query });
      return toPage(items.map(toItem), hasMore);
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${path}/items`,
    summary: "Add items to a conversation",
    query: itemQuerySchema,
    body: addItemsSchema,
    response: itemPageSchema,
    async handle({ params, body, owner }, { store }) {
      const { id } = await find(store, params["conversation_id"]!, owner);
      const { items, writes } = await newItems(store, body.items, { parent: id, owner });
      await store.write(...writes);
      return toPage(items, false);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${path}/items/{item_id}`,
    summary: "Get an item of a conversation",
    query: itemQuerySchema,
    response: conversationItemSchema,
    handle: async ({ params, owner }, { store }) => toItem(await findItem(store, params, owner)),
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path: `${path}/items/{item_id}`,
    summary: "Delete an item of a conversation",
    response: itemDeletedSchema,
    async handle({ params, owner }, { store }) {
      const { id } = await findItem(store, params, owner);
      await store.write({ write: "delete", kind: itemKind, id, owner });
      return { id, object: "conversation.item.deleted", deleted: true } as const;
    },
  }),
];

/** Conversations and their items. */
export const conversationRoutes: readonly AnyRoute[] = [...conversationRoutesOnly, ...itemRoutes];
