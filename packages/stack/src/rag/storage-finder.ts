import { type Scored, searchTerms } from "@llamero/core/retrieval/bm25";
import { type AcceptsSource, type Finder, lostDocument, passageId } from "./finder.ts";
import type { IndexedDocument, IndexSearcher, IndexStorage, IndexVersion } from "./index-storage.ts";

/** Documents whose texts are kept in memory once something in them was found. */
const maxDocuments = 64;

/** Has the storage search; of the documents only those are read in which something was found. */
export function storageFinder(files: IndexStorage, searcher: IndexSearcher, version: IndexVersion): Finder {
  const documentOf = new Map(version.sources.map(({ path, document }) => [path, document]));
  // Equal files share a document.
  const sourcesOf = new Map<string, string[]>();
  for (const [source, key] of documentOf) sourcesOf.set(key, [...(sourcesOf.get(key) ?? []), source]);
  const read = new Map<string, IndexedDocument>();
  let described: Promise<ReadonlyMap<string, Record<string, string>>> | null = null;

  const isSearched = (key: string, accepts: AcceptsSource): boolean => sourcesOf.get(key)!.some(accepts);
  const toPassages = (found: readonly Scored[], limit: number, accepts: AcceptsSource): Scored[] =>
    found
      .flatMap(({ id, score }) => {
        const [key, chunk] = id.split("/");
        const sources = (sourcesOf.get(key!) ?? []).filter(accepts);
        return sources.map((source) => ({ id: passageId(source, chunk!), score }));
      })
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, limit);

  return {
    async byVector(vector, limit, accepts) {
      const keys = [...sourcesOf.keys()].filter((key) => isSearched(key, accepts));
      return toPassages(await searcher.nearest(keys, vector, limit), limit, accepts);
    },
    async byWords(query, limit, accepts) {
      const terms = [...new Set(searchTerms(query))];
      const scope = [...sourcesOf].map(([document, sources]) => ({
        document,
        numSources: sources.length,
        isSearched: isSearched(document, accepts),
      }));
      return toPassages(await searcher.matching(scope, terms, limit), limit, accepts);
    },
    async passage(id) {
      const at = id.lastIndexOf("\n");
      const [source, chunkId] = [id.slice(0, at), id.slice(at + 1)];
      const key = documentOf.get(source)!;
      let document = read.get(key);
      if (document === undefined) {
        document = (await files.readDocument(key)) ?? undefined;
        if (document === undefined) throw lostDocument(source);
        if (read.size === maxDocuments) read.delete(read.keys().next().value!);
        read.set(key, document);
      }
      const { vector: _, ...chunk } = document.chunks.find((each) => each.id === chunkId)!;
      const { text: sourceText } = document;
      return { ...chunk, source, sourceText, text: sourceText.slice(chunk.start, chunk.end) };
    },
    async attributes() {
      described ??= searcher.describe([...sourcesOf.keys()]).then((found) => {
        const rows = [...documentOf].map(([source, key]) => {
          const document = found.get(key);
          if (document === undefined) throw lostDocument(source);
          return [source, { source, media_type: document.mediaType, title: document.title }] as const;
        });
        return new Map(rows);
      });
      return await described;
    },
  };
}
