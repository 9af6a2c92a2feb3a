import type { OpenedTokenizer } from "./open-tokenizer.ts";
import { combineSeeds, cutDocuments, type DocumentRange, type PieceTable, splitHeldOut } from "./pieces.ts";
import type { MixShares, PretrainRecipe } from "./recipe.ts";
import { TokenCorpus } from "./token-shards.ts";
import { type TokenizeProgress, tokenizeCorpus } from "./tokenize-corpus.ts";

/** All sources as tokens, with what is held out. */
export class PretrainCorpora implements Disposable {
  readonly corpora: ReadonlyMap<string, TokenCorpus>;
  readonly #documents: ReadonlyMap<string, { train: DocumentRange[]; heldOut: DocumentRange[] }>;

  constructor(recipe: PretrainRecipe, corpora: ReadonlyMap<string, TokenCorpus>) {
    this.corpora = corpora;
    this.#documents = new Map(
      [...corpora].map(([name, corpus]) => {
        const seed = combineSeeds(recipe.seed, ...Buffer.from(name));
        return [name, splitHeldOut(corpus, recipe.data.validation.share, seed)];
      }),
    );
  }

  /** Sequences of at most `length` to train on, or of what is held out, by source. */
  tables(part: "train" | "heldOut", length: number): Map<string, PieceTable> {
    const tables = new Map<string, PieceTable>();
    for (const [name, documents] of this.#documents) {
      const table = cutDocuments(documents[part], length);
      if (part === "train" && table.starts.length === 0)
        throw new RangeError(`Source ${name} has nothing to train on: ${documents.train.length} documents`);
      tables.set(name, table);
    }
    return tables;
  }

  /** What a run was trained on, for its identity and its run.json. */
  describe(): Record<string, { tokens: number; documents: number; shards: string[] }> {
    return Object.fromEntries(
      [...this.corpora].map(([name, { index }]) => [
        name,
        {
          tokens: index.tokens,
          documents: index.documents,
          shards: index.shards.map(({ sha256 }) => sha256),
        },
      ]),
    );
  }

  [Symbol.dispose](): void {
    for (const corpus of this.corpora.values()) corpus[Symbol.dispose]();
  }
}

/** Tokenizes what is not tokenized yet, and opens it. */
export async function openData(
  recipe: PretrainRecipe,
  tokenizer: OpenedTokenizer,
  folder: string,
  signal?: AbortSignal,
  onProgress?: (progress: TokenizeProgress) => void,
): Promise<PretrainCorpora> {
  const corpora = new Map<string, TokenCorpus>();
  for (const [name, source] of Object.entries(recipe.data.sources)) {
    const path = await tokenizeCorpus({ name, source, tokenizer, folder, signal, onProgress });
    corpora.set(name, new TokenCorpus(path));
  }
  return new PretrainCorpora(recipe, corpora);
}

/** The shares of a mix with those of the replay: old sources share their part by their size. */
export function withReplay(
  mix: MixShares,
  replay: PretrainRecipe["data"]["replay"],
  tokensOf: (source: string) => number,
): MixShares {
  if (replay === null) return mix;
  const sum = Object.values(mix).reduce((all, share) => all + share, 0);
  const old = replay.sources.reduce((all, name) => all + tokensOf(name), 0);
  const shares: Record<string, number> = {};
  for (const [name, share] of Object.entries(mix)) shares[name] = (share / sum) * (1 - replay.share);
  for (const name of replay.sources)
    shares[name] = (shares[name] ?? 0) + (tokensOf(name) / old) * replay.share;
  return shares;
}
