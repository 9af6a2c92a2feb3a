import { parseSpans, type Span } from "./spans.ts";
import { parseTable, type Table } from "./table.ts";

/** What the page shows of Markdown; everything else stays text. */
export type Block =
  | { type: "paragraph"; spans: Span[] }
  | { type: "heading"; level: number; spans: Span[] }
  | { type: "code"; language: string; text: string }
  | { type: "quote"; blocks: Block[] }
  | Table
  | { type: "list"; isOrdered: boolean; start: number; items: { depth: number; spans: Span[] }[] };

const fence = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/;
const heading = /^(#{1,6})\s+(.*?)\s*#*$/;
const quote = /^ {0,3}> ?/;
/** Quotes in quotes beyond this stay text. */
const maxDepth = 5;
const listItem = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;

/** Parses the Markdown of an answer, which may still be growing: an open fence is a code block. */
export function parseMarkdown(text: string, depth: number = 0): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  let paragraph: string[] = [];
  const endParagraph = (): void => {
    if (paragraph.length > 0) blocks.push({ type: "paragraph", spans: parseSpans(paragraph.join("\n")) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const opened = fence.exec(line);
    if (opened) {
      endParagraph();
      const [, marker = "", language = ""] = opened;
      const body: string[] = [];
      while (++at < lines.length && !isFenceEnd(lines[at]!, marker)) body.push(lines[at]!);
      blocks.push({ type: "code", language, text: body.join("\n") });
      continue;
    }
    if (depth < maxDepth && quote.test(line)) {
      endParagraph();
      const body: string[] = [];
      for (; at < lines.length && quote.test(lines[at]!); at++) body.push(lines[at]!.replace(quote, ""));
      at--;
      blocks.push({ type: "quote", blocks: parseMarkdown(body.join("\n"), depth + 1) });
      continue;
    }
    const found = parseTable(lines, at);
    if (found !== null) {
      endParagraph();
      blocks.push(found.table);
      at = found.next - 1;
      continue;
    }
    const title = heading.exec(line);
    const item = listItem.exec(line);
    if (title) {
      endParagraph();
      blocks.push({ type: "heading", level: title[1]!.length, spans: parseSpans(title[2]!) });
    } else if (item) {
      endParagraph();
      addItem(blocks, item);
    } else if (line.trim() === "") endParagraph();
    else if (!continueItem(blocks, line, lines[at - 1], paragraph.length)) paragraph.push(line);
  }
  endParagraph();
  return blocks;
}

function isFenceEnd(line: string, marker: string): boolean {
  const trimmed = line.trim();
  return trimmed.startsWith(marker) && trimmed.replaceAll(marker[0]!, "") === "";
}

function addItem(blocks: Block[], [, indent = "", number, text = ""]: RegExpExecArray): void {
  const item = { depth: Math.floor(indent.replaceAll("\t", "    ").length / 2), spans: parseSpans(text) };
  const isOrdered = number !== undefined;
  const last = blocks.at(-1);
  if (last?.type === "list" && (last.isOrdered === isOrdered || item.depth > 0)) last.items.push(item);
  else blocks.push({ type: "list", isOrdered, start: Number(number ?? 1), items: [item] });
}

/** An indented line right below an item belongs to it. */
function continueItem(blocks: Block[], line: string, before: string | undefined, numOpen: number): boolean {
  const last = blocks.at(-1);
  if (last?.type !== "list" || numOpen > 0 || before === undefined || before.trim() === "") return false;
  if (!/^\s{2,}/.test(line)) return false;
  last.items.at(-1)!.spans.push({ style: "plain", text: " " }, ...parseSpans(line.trim()));
  return true;
}
