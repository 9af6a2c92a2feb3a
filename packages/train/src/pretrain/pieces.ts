import type { TokenCorpus } from "./token-shards.ts";

/** Tokens of one sequence: `rows` rows from token `start` of the corpus on; the row after them is the last target. */
export interface Piece {
  start: number;
  rows: number;
}

/** Pieces of documents, in the order of the documents. */
export interface PieceTable {
  starts: Float64Array;
  rows: Uint32Array;
  /** Rows of all of them. */
  totalRows: number;
}

/** Documents by their first and their last token plus one. */
export type DocumentRange = readonly [number, number];

/**
 * Cuts documents into as few sequences of at most `length` rows as they take, of about the same size. Each row predicts
 * the next token, so a document of n tokens has n - 1.
 */
export function cutDocuments(documents: readonly DocumentRange[], length: number): PieceTable {
  const starts: number[] = [];
  const sizes: number[] = [];
  let totalRows = 0;
  for (const [from, to] of documents) {
    const rows = to - from - 1;
    const count = Math.ceil(rows / length);
    for (let i = 0; i < count; i++) {
      const begin = Math.floor((rows * i) / count);
      starts.push(from + begin);
      sizes.push(Math.floor((rows * (i + 1)) / count) - begin);
    }
    totalRows += Math.max(0, rows);
  }
  return { starts: Float64Array.from(starts), rows: Uint32Array.from(sizes), totalRows };
}

/**
 * Which documents are held out: drawn by the seed until they hold the share of the tokens, at least one where there are
 * two. Of a corpus of one document its end is held out.
 */
export function splitHeldOut(
  corpus: TokenCorpus,
  share: number,
  seed: number,
): { train: DocumentRange[]; heldOut: DocumentRange[] } {
  const { starts, index } = corpus;
  const all = Array.from({ length: index.documents }, (_, i): DocumentRange => [starts[i]!, starts[i + 1]!]);
  if (share === 0) return { train: all, heldOut: [] };
  if (all.length === 1) {
    const cut = Math.floor(index.tokens * (1 - share));
    return { train: [[0, cut]], heldOut: [[cut, index.tokens]] };
  }
  const order = shuffledIndices(all.length, seed);
  const held = new Set<number>();
  let tokens = 0;
  for (const document of order) {
    if (tokens >= share * index.tokens || held.size === all.length - 1) break;
    held.add(document);
    tokens += all[document]![1] - all[document]![0];
  }
  return {
    train: all.filter((_, i) => !held.has(i)),
    heldOut: all.filter((_, i) => held.has(i)),
  };
}

/** 0 to count - 1 in an order that the seed fixes (Fisher-Yates, mulberry32). */
export function shuffledIndices(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let state = seed | 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** A seed made of several numbers (FNV-1a over their 32 bits). */
export function combineSeeds(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts)
    for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((part >>> shift) & 255), 0x01000193);
  return hash;
}
