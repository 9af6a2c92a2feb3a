import { type ConversationItem, itemIdPrefixes } from "../api/conversation-items.ts";
import type { Item, OutputItem } from "../api/responses-items.ts";
import type { ResponseObject, ResponseWithInput } from "../api/responses-object.ts";
import type { ResponseRequest } from "../api/responses-request.ts";
import { fromConversation } from "../convert/responses-items.ts";
import { HttpError } from "../http/http-error.ts";
import { deleteReplay } from "../round/replay.ts";
import { getStored, listAll, newId, notFound, toJson } from "../routes/stored-objects.ts";
import type { Store, StoredObject, StoreWrite } from "../store/store.ts";
import type { PreparedResponse } from "./prepare.ts";

/** What a response in the background needs to begin again after a restart. */
export interface BackgroundRun {
  request: ResponseRequest;
  /** How often it has begun. */
  numStarts: number;
  /** Ids of input items that this response gave them. */
  ownIds: string[];
  /** Until when the process that is at it may be silent; milliseconds since 1970. */
  heldUntil: number;
  /** What calls gave the model, by the id of their items: they are not run again. */
  results?: Record<string, string> | undefined;
  /** Labels of MCP servers whose headers or authorization the request had: those are not kept. */
  withheld?: string[] | undefined;
}

/** How a response is kept. */
export type StoredResponse = ResponseWithInput & { run?: BackgroundRun | undefined };

/** A response that is being generated, as it is kept for a process that may have to go on with it. */
export function runningResponse(
  { request, input, ownIds }: Pick<PreparedResponse, "request" | "input" | "ownIds">,
  response: ResponseObject,
  run: Pick<BackgroundRun, "numStarts" | "heldUntil" | "results">,
): StoredResponse {
  const withheld = (request.tools ?? []).flatMap((tool) =>
    tool.type === "mcp" && (tool.headers != null || tool.authorization != null) ? [tool.server_label] : [],
  );
  const kept = {
    request: withheld.length === 0 ? request : withoutSecrets(request),
    ...run,
    ownIds: [...ownIds],
    ...(withheld.length > 0 && { withheld }),
  };
  return { ...response, status: "in_progress", input: [...input], run: kept };
}

/** Headers and tokens of MCP servers stay in memory. */
function withoutSecrets({ tools, ...request }: ResponseRequest): ResponseRequest {
  return {
    ...request,
    tools: (tools ?? []).map((tool) => {
      if (tool.type !== "mcp") return tool;
      const { headers: _, authorization: __, ...rest } = tool;
      return rest;
    }),
  };
}

const eventsId = (id: string): string => `response-events/${id}`;

/** The stored response of an owner; throws a 404 where there is none. */
export async function findResponse(
  store: Store,
  id: string,
  owner: string,
): Promise<{ value: StoredResponse; version: number }> {
  const found = await getStored(store, { kind: "response", id, owner, what: "response" });
  return { value: found.value as unknown as StoredResponse, version: found.version };
}

/** Stored response -> response as its reader gets it. */
export function toResponseObject({ input: _, run: __, ...response }: StoredResponse): ResponseObject {
  return response;
}

/** Stored response -> response as lists give it. */
export function toListed({ value }: StoredObject): ResponseWithInput {
  const { run: _, ...response } = value as unknown as StoredResponse;
  return response;
}

/** Writes that keep a response. */
export function putResponse(value: StoredResponse, owner: string): Extract<StoreWrite, { write: "put" }> {
  return { write: "put", kind: "response", id: value.id, owner, value: toJson(value) };
}

/** Writes that keep items where references find them. */
export function putItems(items: readonly Item[], { id }: ResponseObject, owner: string): StoreWrite[] {
  return items.map((item) => ({
    write: "put",
    kind: "response_item",
    id: item.id,
    owner,
    parent: id,
    value: toJson(item),
  }));
}

/** Writes that add items to a conversation. */
export function putConversationItems(
  items: readonly Item[],
  conversation: string,
  owner: string,
): StoreWrite[] {
  return items.map((item) => ({
    write: "put",
    kind: "conversation_item",
    id: item.id,
    owner,
    parent: conversation,
    value: toJson(item),
  }));
}

/** Writes that leave nothing of a response. */
export function deleteResponse(id: string, owner: string): StoreWrite[] {
  return [
    { write: "delete", kind: "response", id, owner },
    { write: "deleteChildren", kind: "response_item", parent: id, owner },
    { write: "deleteBytes", id: eventsId(id) },
    deleteReplay(id, owner),
  ];
}

/** Write that keeps the events of a response. */
export function putEvents(id: string, events: readonly unknown[]): StoreWrite {
  return { write: "putBytes", id: eventsId(id), bytes: new TextEncoder().encode(JSON.stringify(events)) };
}

/** Kept events of a response; null where there are none. */
export async function readEvents<T>(store: Store, id: string): Promise<T[] | null> {
  const bytes = await store.getBytes(eventsId(id));
  return bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as T[]);
}

/** Items of the responses that a response follows, the oldest first, its own included. */
export async function chainItems(store: Store, lastId: string, owner: string): Promise<Item[]> {
  const turns: Item[][] = [];
  const param = "previous_response_id";
  for (let id: string | null = lastId; id !== null; ) {
    const found: StoredObject | null = await store.get("response", id, owner);
    if (found === null) throw notFound("response", id, param);
    const {
      status,
      input,
      output,
      previous_response_id: previous,
    } = found.value as unknown as StoredResponse;
    if (status === "queued" || status === "in_progress") {
      throw new HttpError(400, `The response ${id} is ${status}; wait until it has ended`, {
        param,
        code: "response_not_finished",
      });
    }
    turns.push([...input, ...(output satisfies OutputItem[])]);
    id = previous;
  }
  return turns.reverse().flat();
}

/** Items of a conversation, the oldest first. */
export async function conversationItems(store: Store, id: string, owner: string): Promise<Item[]> {
  if (!id.startsWith("conv_")) {
    throw new HttpError(
      400,
      `conversation: ${id.slice(0, 100)} is no id of a conversation; those begin with conv_`,
      {
        param: "conversation",
        code: "invalid_value",
      },
    );
  }
  if ((await store.get("conversation", id, owner)) === null)
    throw notFound("conversation", id, "conversation");
  const items = await listAll(store, "conversation_item", { owner, parent: id });
  return items.map(({ value }) => fromConversation(value as ConversationItem));
}

/** Items that references name, as far as there are any, from what is at hand or from the store. */
export async function findItems(
  store: Store,
  ids: readonly string[],
  { owner, known }: { owner: string; known: readonly Item[] },
): Promise<Map<string, Item>> {
  const items = new Map(known.map((item) => [item.id, item]));
  const found = new Map<string, Item>();
  for (const id of ids) {
    const item = items.get(id) ?? (await store.get("response_item", id, owner))?.value;
    const other = item === undefined ? await store.get("conversation_item", id, owner) : null;
    if (item !== undefined) found.set(id, item as unknown as Item);
    else if (other !== null) found.set(id, fromConversation(other.value as ConversationItem));
  }
  return found;
}

/** Items under ids that no other stored item has. */
export function withOwnIds(items: readonly Item[], ownIds: ReadonlySet<string>): Item[] {
  return items.map((item) =>
    ownIds.has(item.id) ? item : { ...item, id: newId(itemIdPrefixes[item.type]) },
  );
}
