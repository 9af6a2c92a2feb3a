import type { SearchOptions } from "@llamero/stack/rag";
import type { Flag } from "../define-command.ts";
import { textFlag } from "../flags.ts";
import { loadStored, type ModelValues } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";

/** Who orders passages anew. */
export const rerankFlag: Flag<string | null> = textFlag(
  "--rerank <model>",
  "language model that orders the best passages anew, by how likely each makes the question",
);

/** Part of the options of a search, to be closed. */
export type Reranker = AsyncDisposable & Pick<SearchOptions, "rerank">;

/** Loads the model that `--rerank` names; without it nothing is ordered anew. */
export async function openReranker(name: string | null, values: ModelValues): Promise<Reranker> {
  if (name === null) return { [Symbol.asyncDispose]: async () => {} };
  const model = await loadStored(await resolveModel(name), values);
  return {
    async rerank(query, texts, signal) {
      const { results } = await model.rerank(query, texts, signal === undefined ? {} : { signal });
      const scores = new Array<number>(texts.length).fill(0);
      for (const { index, score } of results) scores[index] = Math.exp(score);
      return scores;
    },
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}
