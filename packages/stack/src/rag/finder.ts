import type { Scored } from "@llamero/core/retrieval/bm25";
import type { DocumentChunk } from "./chunk-document.ts";

/** A chunk that was found, with the whole source as this version holds it. */
export interface Passage extends DocumentChunk {
  path: readonly string[];
  /** Of the file below the folder. */
  source: string;
  sourceText: string;
  text: string;
  score: number;
}

/** Whether a search looks at a source. */
export type AcceptsSource = (source: string) => boolean;

/** What finds chunks of one version of an index; ids are of passages. */
export interface Finder {
  byVector(vector: Float32Array, limit: number, accepts: AcceptsSource): Promise<Scored[]>;
  byWords(query: string, limit: number, accepts: AcceptsSource): Promise<Scored[]>;
  passage(id: string): Promise<Omit<Passage, "score">>;
  /** By which a filter chooses, of each source. */
  attributes(): Promise<ReadonlyMap<string, Record<string, string>>>;
}

/** Id of a passage. */
export const passageId = (source: string, chunk: string): string => `${source}\n${chunk}`;

export function lostDocument(source: string): RangeError {
  return new RangeError(`The index has lost the document of ${source}; ingest the folder again`);
}
