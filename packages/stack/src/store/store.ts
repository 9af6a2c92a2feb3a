/**
 * Where everything that must outlive the process is kept: responses, conversations, files, prompts, batches, jobs.
 * One table of objects and one of bytes, the same in SQLite and in PostgreSQL. A write that has resolved is on the disk.
 */
import type { Json } from "../api/json.ts";

/** Kinds of stored objects; each is a collection of its own. */
export type ObjectKind =
  | "arena_pair"
  | "arena_vote"
  | "batch"
  | "benchmark"
  | "chat_completion"
  | "conversation"
  | "conversation_item"
  | "dataset"
  | "dataset_row"
  | "eval_job"
  | "file"
  | "job"
  | "model"
  | "post_training_job"
  | "prompt"
  | "rating"
  | "response"
  | "response_item"
  | "replay"
  | "scoring_function"
  | "served_adapter"
  | "shield"
  | "agent"
  | "agent_session"
  | "agent_turn"
  | "api_key"
  | "trace"
  | "vector_store"
  | "vector_store_file"
  | "vector_store_file_batch"
  | "vector_store_chunk";

/** One stored object. */
export interface StoredObject<T extends Json = Json> {
  kind: ObjectKind;
  id: string;
  /** Who may see it: the name of the key, or `local` on a server without keys. */
  owner: string;
  /** The object that it belongs to and is listed under, or "". */
  parent: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** Grows by one with every write of the object; 1 is the first. */
  version: number;
  value: T;
}

/** What is written. */
export type StoreWrite =
  | {
      write: "put";
      kind: ObjectKind;
      id: string;
      owner: string;
      /** Without it the object stays where it is, under nothing at first. */
      parent?: string;
      value: Json;
      /** Only if the object has this version now; 0: only if there is none. Throws `StoreConflict` otherwise. */
      ifVersion?: number;
    }
  | { write: "delete"; kind: ObjectKind; id: string; owner: string }
  /** All objects under a parent. */
  | { write: "deleteChildren"; kind: ObjectKind; parent: string; owner: string }
  /** The bytes must not change before the write has resolved. */
  | { write: "putBytes"; id: string; bytes: Uint8Array }
  | { write: "deleteBytes"; id: string }
  /**
   * Part of bytes that come piece by piece, at most `partBytes`, counted from 0; all parts of one writing have its
   * stamp. What is not completed within a day is deleted.
   */
  | { write: "putPart"; id: string; stamp: string; part: number; bytes: Uint8Array }
  /** All parts of these bytes are there. */
  | { write: "completeParts"; id: string; sizeBytes: number };

/** A page of a collection, in the order in which objects were first written. */
export interface ListOptions {
  /** null lists those of every owner: for the server's own work only, never for a request. */
  owner: string | null;
  parent?: string;
  /**
   * Ids between which the page lies in the order asked for, neither of them included. With `before` alone the page is
   * the one that ends there. Throws `StoreCursorError` for an id that this owner does not have.
   */
  after?: string;
  before?: string;
  limit: number;
  order: "asc" | "desc";
  /** Equal values at a path of `value`, dots between names, such as `{ "status": "queued" }`. */
  where?: Readonly<Record<string, string | number | boolean>>;
}

export interface StorePage<T extends Json = Json> {
  items: readonly StoredObject<T>[];
  hasMore: boolean;
}

/** An object had another version than the writer thought. */
export class StoreConflict extends Error {
  override name = "StoreConflict";
}

/** A page begins or ends at an object that is not there. */
export class StoreCursorError extends RangeError {
  override name = "StoreCursorError";
}

/** More writes wait than the store takes; trying again later can help. */
export class StoreBusyError extends Error {
  override name = "StoreBusyError";
}

export interface Store {
  /** `sqlite` or `postgres`, with the place. */
  readonly description: string;
  /** The object, or null where there is none of this owner (null: of any). */
  get<T extends Json = Json>(
    kind: ObjectKind,
    id: string,
    owner: string | null,
  ): Promise<StoredObject<T> | null>;
  list<T extends Json = Json>(kind: ObjectKind, options: ListOptions): Promise<StorePage<T>>;
  getBytes(id: string): Promise<Uint8Array | null>;
  /** All or nothing. Resolves when it is on the disk; writes that come within 5 ms share one commit. */
  write(...writes: readonly StoreWrite[]): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
