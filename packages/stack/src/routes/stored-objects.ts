import { randomUUID } from "node:crypto";
import type { Json } from "../api/json.ts";
import type { Page, PageQuery } from "../api/paging.ts";
import { HttpError } from "../http/http-error.ts";
import type { ListOptions, ObjectKind, Store, StoredObject, StorePage } from "../store/store.ts";

/** A fresh id, such as `file-0123...`. */
export const newId = (prefix: string): string => `${prefix}${randomUUID().replaceAll("-", "")}`;

/** Seconds since 1970, as OpenAI counts. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** The refusal of an id that there is not, or not for this owner. */
export function notFound(what: string, id: string, param: string | null = null): HttpError {
  const shown = id.length > 100 ? `${id.slice(0, 100)}...` : id;
  const message = `${what.charAt(0).toUpperCase()}${what.slice(1)} '${shown}' not found.`;
  return new HttpError(404, message, { param, code: "not_found" });
}

/** A stored object of an owner; throws a 404 where there is none. */
export async function getStored<T extends Json = Json>(
  store: Store,
  { kind, id, owner, what }: { kind: ObjectKind; id: string; owner: string; what: string },
): Promise<StoredObject<T>> {
  const found = await store.get<T>(kind, id, owner);
  if (found === null) throw notFound(what, id);
  return found;
}

/** A page of the objects of an owner; the newest come first unless asked otherwise. */
export async function listStored<T extends Json = Json>(
  store: Store,
  kind: ObjectKind,
  options: Pick<ListOptions, "owner" | "parent" | "where"> & { query: PageQuery; defaultLimit?: number },
): Promise<StorePage<T>> {
  const { query, defaultLimit = 20, owner, ...rest } = options;
  return await store.list<T>(kind, {
    ...rest,
    owner,
    limit: query.limit ?? defaultLimit,
    order: query.order ?? "desc",
    ...(query.after !== undefined && { after: query.after }),
  });
}

/** Every object of a collection of an owner, the oldest first. */
export async function listAll<T extends Json = Json>(
  store: Store,
  kind: ObjectKind,
  options: Pick<ListOptions, "owner" | "parent" | "where">,
): Promise<StoredObject<T>[]> {
  const all: StoredObject<T>[] = [];
  for (;;) {
    const after = all.at(-1)?.id;
    const page = await store.list<T>(kind, {
      ...options,
      limit: 1000,
      order: "asc",
      ...(after !== undefined && { after }),
    });
    all.push(...page.items);
    if (!page.hasMore) return all;
  }
}

/** A page as it goes over the wire. */
export function toPage<T extends { id: string }>(data: T[], hasMore: boolean): Page<T> {
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? "",
    last_id: data.at(-1)?.id ?? "",
    has_more: hasMore,
  };
}

/** What the wire types say, as the store takes it: fields that are undefined are left out. */
export const toJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
