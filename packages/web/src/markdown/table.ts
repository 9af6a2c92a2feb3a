import { parseSpans, type Span } from "./spans.ts";

export type Align = "left" | "center" | "right" | null;

/** A table; each row has as many cells as the head. */
export interface Table {
  type: "table";
  align: Align[];
  head: Span[][];
  rows: Span[][][];
}

const delimiter = /^\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*$/;

/** Cells of a line; a pipe behind a backslash is one of the text. */
function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function alignOf(cell: string): Align {
  const isLeft = cell.startsWith(":");
  if (!cell.endsWith(":")) return isLeft ? "left" : null;
  return isLeft ? "center" : "right";
}

/** The table that begins at a line, and the line after it; null where none begins. */
export function parseTable(lines: readonly string[], at: number): { table: Table; next: number } | null {
  const first = lines[at]!;
  const second = lines[at + 1] ?? "";
  if (!first.includes("|") || second.length > 2000 || !delimiter.test(second)) return null;
  const head = cellsOf(first);
  const align = cellsOf(second).map(alignOf);
  if (head.length !== align.length || head.length > 100) return null;
  const rows: Span[][][] = [];
  let next = at + 2;
  for (; next < lines.length && lines[next]!.includes("|"); next++) {
    const cells = cellsOf(lines[next]!);
    rows.push(head.map((_, index) => parseSpans(cells[index] ?? "")));
  }
  return { table: { type: "table", align, head: head.map(parseSpans), rows }, next };
}
