import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type ChunkOptions, chunkText } from "@llamero/core/retrieval/chunk-text";
import type { Processed, Section } from "./processors/processed.ts";

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

/** Characters that are cut in one go; counting the tokens of more would keep others waiting. */
const stretchSize = 40_000;

export const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

/**
 * Cuts a document by its structure, a stretch at a time with others in between; equal documents give equal ids. Chunks of white
 * space are left out.
 */
export async function chunkDocument(
  { text, sections }: Pick<Processed, "text" | "sections">,
  options: ChunkOptions,
  signal?: AbortSignal,
): Promise<DocumentChunk[]> {
  const source = sha256(text);
  const chunks: DocumentChunk[] = [];
  const waiting = [...sections].sort((a, b) => b.start - a.start);
  let open: Section[] = [];
  for (let from = 0; from < text.length; ) {
    const to = stretchEnd(text, from);
    open = open.filter(({ end }) => end > from);
    while (waiting.length > 0 && waiting.at(-1)!.start < to) open.push(waiting.pop()!);
    for (const span of chunkText(text.slice(from, to), options)) {
      const [start, end] = [from + span.start, from + span.end];
      if (text.slice(start, end).trim() === "") continue;
      const id = sha256(`${source}\n${start}\n${end}`).slice(0, 32);
      chunks.push({ id, start, end, numTokens: span.numTokens, ...placeOf(open, start, end) });
    }
    from = to;
    if (from < text.length) await setImmediate();
    signal?.throwIfAborted();
  }
  return chunks;
}

function placeOf(
  sections: readonly Section[],
  start: number,
  end: number,
): Pick<DocumentChunk, "path" | "pages"> {
  const holding = sections.filter((each) => each.start < end && each.end > start);
  const pages = holding.filter(({ kind }) => kind === "page").map(({ title }) => Number(title));
  const path = holding
    .filter((each) => each.kind !== "page" && each.start <= start)
    .map(({ title }) => title);
  return { path, pages: pages.length === 0 ? null : [pages[0]!, pages.at(-1)!] };
}

/** Where a stretch ends: at a heading, else a paragraph, a line, a word in its second half, else anywhere. */
function stretchEnd(text: string, from: number): number {
  if (text.length - from <= stretchSize) return text.length;
  const half = from + stretchSize / 2;
  const window = text.slice(half, from + stretchSize);
  for (const [mark, length] of [
    ["\n# ", 1],
    ["\n## ", 1],
    ["\n\n", 2],
    ["\n", 1],
    [" ", 1],
  ] as const) {
    const at = window.lastIndexOf(mark);
    if (at >= 0) return half + at + length;
  }
  const code = text.charCodeAt(from + stretchSize);
  return from + stretchSize + (code >= 0xdc00 && code <= 0xdfff ? 1 : 0);
}
