import { chunkText } from "@llamero/core/retrieval/chunk-text";
import type { Processed } from "@llamero/stack/rag";

/** A part of a document: `text.slice(start, end)`. */
export interface DocumentPart {
  /** The headings above it, without that of the document. */
  title: string;
  start: number;
  end: number;
}

/** Parts of a document from heading to heading; what is longer than `maxTokens` is cut at paragraphs or sentences. */
export function cutAtHeadings(
  { text, title, sections }: Processed,
  maxTokens: number,
  countTokens: (text: string) => number,
): DocumentPart[] {
  const headings = sections.filter(({ kind }) => kind === "heading");
  const starts = [...new Set([0, ...headings.map(({ start }) => start)])].sort((a, b) => a - b);
  return starts.flatMap((from, at) => {
    const part = text.slice(from, starts[at + 1]);
    // A heading with the next one right below it.
    if (part.trim().split("\n").length === 1 && headings.some(({ start }) => start === from)) return [];
    const above = headings.filter((each) => each.start <= from && each.end > from && each.title !== title);
    const path = above.map((each) => each.title).join(" › ");
    const spans = chunkText(part, { maxTokens, overlapTokens: 0, countTokens });
    return spans.map(({ start, end }, number) => {
      const piece = part.slice(start, end);
      const first = from + end - piece.trimStart().length;
      const name = path === "" ? "Beginning" : path;
      return {
        title: spans.length === 1 ? name : `${name} (${number + 1})`,
        start: first,
        end: from + start + piece.trimEnd().length,
      };
    });
  });
}
