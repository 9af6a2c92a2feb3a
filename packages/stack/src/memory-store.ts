import type { Json } from "./api/json.ts";
import type { ListOptions, ObjectKind, Store, StoredObject, StorePage, StoreWrite } from "./store/store.ts";
import { StoreConflict, StoreCursorError } from "./store/store.ts";

/** A store that ends with its process. */
export class MemoryStore implements Store {
  readonly description = "memory";
  readonly #objects = new Map<string, StoredObject>();
  readonly #bytes = new Map<string, Uint8Array>();

  async get<T extends Json>(
    kind: ObjectKind,
    id: string,
    owner: string | null,
  ): Promise<StoredObject<T> | null> {
    const found = this.#objects.get(`${kind}/${id}`);
    return found === undefined || (owner !== null && found.owner !== owner)
      ? null
      : (structuredClone(found) as StoredObject<T>);
  }

  async list<T extends Json>(kind: ObjectKind, options: ListOptions): Promise<StorePage<T>> {
    const { owner, parent, after, before, limit, order, where = {} } = options;
    let all = [...this.#objects.values()].filter((each) => each.kind === kind);
    if (order === "desc") all.reverse();
    const cut = (id: string): number => {
      const at = all.findIndex((each) => each.id === id && (owner === null || each.owner === owner));
      if (at === -1) throw new StoreCursorError(`There is no ${kind} ${id}`);
      return at;
    };
    if (after !== undefined) all = all.slice(cut(after) + 1);
    if (before !== undefined) all = all.slice(0, cut(before));
    const found = all.filter(
      (each) =>
        (owner === null || each.owner === owner) &&
        (parent === undefined || each.parent === parent) &&
        Object.entries(where).every(([key, value]) => (each.value as Record<string, Json>)[key] === value),
    );
    return {
      items: structuredClone(found.slice(0, limit)) as StoredObject<T>[],
      hasMore: found.length > limit,
    };
  }

  async getBytes(id: string): Promise<Uint8Array | null> {
    return this.#bytes.get(id) ?? null;
  }

  async write(...writes: readonly StoreWrite[]): Promise<void> {
    for (const write of writes) this.#writeOne(write);
  }

  #writeOne(write: StoreWrite): void {
    switch (write.write) {
      case "put": {
        const { kind, id, owner, value, ifVersion } = write;
        const old = this.#objects.get(`${kind}/${id}`);
        if (ifVersion !== undefined && ifVersion !== (old?.version ?? 0)) throw new StoreConflict(id);
        const parent = write.parent ?? old?.parent ?? "";
        const createdAt = old?.createdAt ?? Date.now();
        const version = (old?.version ?? 0) + 1;
        this.#objects.set(`${kind}/${id}`, { kind, id, owner, parent, createdAt, version, value });
        break;
      }
      case "delete":
        this.#objects.delete(`${write.kind}/${write.id}`);
        break;
      case "deleteChildren":
        for (const [key, { kind, parent }] of this.#objects) {
          if (kind === write.kind && parent === write.parent) this.#objects.delete(key);
        }
        break;
      case "putBytes":
        this.#bytes.set(write.id, write.bytes);
        break;
      case "deleteBytes":
        this.#bytes.delete(write.id);
        break;
      default:
        write satisfies never;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
