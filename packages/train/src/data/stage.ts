import type { Document, Json, Verdict } from "./document.ts";

interface StageBase {
  /** Stands in the configuration, the report and the lineage. */
  name: string;
  /** Goes up when the stage decides otherwise, so that a half-done run is not continued with other rules. */
  version: number;
  /** Everything that decides: goes into the lineage and its hash. */
  options: Readonly<Record<string, Json>>;
}

/** Looks at one document at a time and remembers nothing: runs in any worker, in any order. */
export interface MapStage extends StageBase {
  kind: "map";
  apply(document: Document): Verdict;
}

/**
 * Remembers what came before, as deduplication does. `digest` runs in any worker; `decide` runs in one place and in the
 * order of the documents, so a run gives the same output with any number of workers.
 */
export interface GlobalStage extends StageBase {
  kind: "global";
  /** The part that takes time: signatures or hashes of a document. */
  digest(document: Document): Uint32Array;
  decide(document: Document, digest: Uint32Array): Verdict;
  /** Writes the memory into an empty folder; `load` reads it back into a fresh stage when a run resumes. */
  save(folder: string): Promise<void>;
  load(folder: string): Promise<void>;
}

export type Stage = MapStage | GlobalStage;
