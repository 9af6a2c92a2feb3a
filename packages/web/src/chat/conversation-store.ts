import type { Conversation } from "./conversation.ts";

const name = "conversations";

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** The conversations of this browser, in its own database. */
export class ConversationStore {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  static async open(): Promise<ConversationStore> {
    const request = indexedDB.open("llamero", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(name, { keyPath: "id" });
    return new ConversationStore(await done(request));
  }

  #objects(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(name, mode).objectStore(name);
  }

  /** All of them, the one changed last first. */
  async list(): Promise<Conversation[]> {
    const all: Conversation[] = await done(this.#objects("readonly").getAll());
    return all.sort((a, b) => b.changed - a.changed);
  }

  async put(conversation: Conversation): Promise<void> {
    await done(this.#objects("readwrite").put(conversation));
  }

  async delete(id: string): Promise<void> {
    await done(this.#objects("readwrite").delete(id));
  }
}
