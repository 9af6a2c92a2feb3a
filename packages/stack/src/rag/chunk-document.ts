import { createHash } from "node:crypto";
import { type ChunkOptions, chunkText } from "@llamero/core/retrieval/chunk-text";
import type { Processed } from "./processors/processed.ts";

/** A part of a document: `text.slice(start, end)`. */
export interface DocumentChunk {
  /** Of the text and its place. */
  id: string;
  start: number;
  end: number;
  numTokens: number;
  /** Headings above it, outermost first, or the symbol that it is in. */
  path: readonly string[];
  /** First and last page; null where there are none. */
  pages: readonly [number, number] | null;
}

export const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

/** Cuts a document by its structure; equal documents give equal ids. Chunks of white space are left out. */
export function chunkDocument({ text, sections }: Processed, options: ChunkOptions): DocumentChunk[] {
  const source = sha256(text);
  const spans = chunkText(text, options).filter(({ start, end }) => text.slice(start, end).trim() !== "");
  return spans.map(({ start, end, numTokens }) => {
    const holding = sections.filter((each) => each.start < end && each.end > start);
    const pages = holding.filter(({ kind }) => kind === "page").map(({ title }) => Number(title));
    const path = holding
      .filter((each) => each.kind !== "page" && each.start <= start)
      .map(({ title }) => title);
    return {
      id: sha256(`${source}\n${start}\n${end}`).slice(0, 32),
      start,
      end,
      numTokens,
      path,
      pages: pages.length === 0 ? null : [pages[0]!, pages.at(-1)!],
    };
  });
}
