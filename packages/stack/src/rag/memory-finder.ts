import { Bm25 } from "@llamero/core/retrieval/bm25";
import { FlatIndex } from "@llamero/core/retrieval/flat-index";
import { fromBase64 } from "../vectors/records.ts";
import { type Finder, lostDocument, type Passage, passageId } from "./finder.ts";
import type { IndexStorage, IndexVersion } from "./index-storage.ts";

/** Reads all documents of a version, and searches them in memory. */
export async function loadFinder(files: IndexStorage, version: IndexVersion): Promise<Finder> {
  const words = new Bm25();
  let vectors: FlatIndex | null = null;
  const passages = new Map<string, Omit<Passage, "score">>();
  const attributes = new Map<string, Record<string, string>>();
  for (const { path: source, document: key } of version.sources) {
    const document = await files.readDocument(key);
    if (document === null) throw lostDocument(source);
    const { text: sourceText, mediaType, title, chunks } = document;
    attributes.set(source, { source, media_type: mediaType, title });
    for (const { vector, ...chunk } of chunks) {
      const id = passageId(source, chunk.id);
      const text = sourceText.slice(chunk.start, chunk.end);
      if (vector !== null) {
        const values = fromBase64(vector);
        vectors ??= new FlatIndex(values.length);
        vectors.add(id, values);
      }
      words.add(id, text);
      passages.set(id, { ...chunk, source, sourceText, text });
    }
  }
  const sourceOf = (id: string): string => passages.get(id)!.source;
  return {
    async byVector(vector, limit, accepts) {
      return vectors?.search(vector, limit, (id) => accepts(sourceOf(id))) ?? [];
    },
    async byWords(query, limit, accepts) {
      return words.search(query, limit, (id) => accepts(sourceOf(id)));
    },
    passage: async (id) => passages.get(id)!,
    attributes: async () => attributes,
  };
}
