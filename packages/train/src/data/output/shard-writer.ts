import type { Document } from "../document.ts";

/** Writes one shard to one file. */
export interface ShardWriter {
  append(document: Document): void;
  /** Writes the end of the file. */
  finish(): Promise<void>;
  /** Gives up: closes the file as it is. */
  abandon(): void;
}
