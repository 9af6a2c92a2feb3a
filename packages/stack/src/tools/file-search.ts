import type { AttributeFilter, SearchMode } from "../api/vector-search.ts";
import type { RouteServices } from "../routes/services.ts";
import type { StoreRanking } from "../vectors/ranking.ts";
import { findUsable } from "../vectors/records.ts";
import { searchStore } from "../vectors/search-store.ts";
import { toResult } from "../vectors/to-result.ts";
import type { Tool } from "./tool.ts";

/** What is searched, and how. */
export interface FileSearchOptions {
  storeIds: readonly string[];
  owner: string;
  limit: number;
  threshold: number;
  mode: SearchMode;
  ranking: StoreRanking;
  filter: AttributeFilter | null;
}

/** Searches vector stores for passages. */
export function fileSearchTool(
  services: Pick<RouteServices, "models" | "store">,
  options: FileSearchOptions,
): Tool {
  const { storeIds, owner, limit, threshold, mode, ranking, filter } = options;
  // Passages of later calls are numbered on, so that a number means one passage.
  let numPassages = 0;
  return {
    name: "file_search",
    description:
      "Search the user's files. Returns the passages that fit best, each with a number such as [1]; cite a passage by its number.",
    parameters: {
      type: "object",
      properties: { query: { type: "string", description: "What to look for" } },
      required: ["query"],
    },
    group: "builtin::file_search",
    needsApproval: false,
    untrusted: true,
    async run(args, { signal }) {
      const query = String(args["query"] ?? "");
      if (query.trim() === "") return { text: "The query is empty; give query", failed: true };
      const search = { queries: [query], mode, limit, threshold, filter, ranking, signal };
      const found = await Promise.all(
        storeIds.map(async (id) => {
          const key = { id, owner };
          return await searchStore(services, key, await findUsable(services.store, key), search);
        }),
      );
      const best = found
        .flat()
        .sort((a, b) => b.score - a.score)
        .slice(0, limit)
        .map(toResult);
      const passages = best.map(({ file_id, filename, content }) => ({
        id: file_id,
        title: filename,
        text: content.map(({ text }) => text).join("\n"),
        number: ++numPassages,
      }));
      return {
        text:
          passages.length === 0
            ? `Nothing was found for ${query}`
            : passages.map(({ number, title, text }) => `[${number}] ${title}\n${text}`).join("\n\n"),
        failed: false,
        sources: passages,
        data: best.map(({ file_id, filename, score, attributes }, at) => ({
          file_id,
          filename,
          score,
          attributes,
          text: passages[at]!.text,
        })),
      };
    },
  };
}
