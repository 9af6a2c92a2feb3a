import { type Block, parseMarkdown } from "./markdown.ts";
import type { Span } from "./spans.ts";
import type { Align, Table } from "./table.ts";

const tags = { bold: "strong", italic: "em", code: "code" } as const;

/** Blocks that an element shows, so that a growing answer redraws its last block only. */
const shown = new WeakMap<Element, string[]>();

/** Makes the button that copies a block of code. */
export type CopyButton = (code: string) => HTMLElement;

/** Shows Markdown in an element; made of nodes, so that an answer can never become markup. */
export function renderMarkdown(element: HTMLElement, text: string, copyButton?: CopyButton): void {
  const blocks = parseMarkdown(text);
  const before = shown.get(element) ?? [];
  const after = blocks.map((block) => JSON.stringify(block));
  blocks.forEach((block, index) => {
    const old = element.children[index];
    if (old !== undefined && before[index] === after[index]) return;
    const node = toNode(block, copyButton);
    if (old === undefined) element.append(node);
    else old.replaceWith(node);
  });
  while (element.children.length > blocks.length) element.lastElementChild?.remove();
  shown.set(element, after);
}

function toNode(block: Block, copyButton: CopyButton | undefined): HTMLElement {
  switch (block.type) {
    case "paragraph":
      return withSpans(document.createElement("p"), block.spans);
    case "heading":
      return withSpans(document.createElement(`h${Math.min(block.level + 2, 5)}`), block.spans);
    case "code": {
      const code = document.createElement("code");
      code.textContent = block.text;
      if (block.language !== "") code.dataset["language"] = block.language;
      const pre = document.createElement("pre");
      pre.tabIndex = 0;
      pre.append(code);
      if (copyButton === undefined) return pre;
      const box = document.createElement("div");
      box.className = "code";
      box.append(pre, copyButton(block.text));
      return box;
    }
    case "quote": {
      const quote = document.createElement("blockquote");
      quote.append(...block.blocks.map((each) => toNode(each, copyButton)));
      return quote;
    }
    case "table":
      return toTable(block);
    case "list": {
      const list = document.createElement(block.isOrdered ? "ol" : "ul");
      if (list instanceof HTMLOListElement) list.start = block.start;
      for (const { depth, spans } of block.items) {
        const item = withSpans(document.createElement("li"), spans);
        item.style.marginLeft = `${depth}em`;
        list.append(item);
      }
      return list;
    }
    default:
      return block satisfies never;
  }
}

function toTable({ align, head, rows }: Table): HTMLElement {
  const table = document.createElement("table");
  const addRow = (section: HTMLElement, tag: "th" | "td", cells: readonly Span[][]): void => {
    const row = document.createElement("tr");
    row.append(...cells.map((spans, index) => toCell(tag, spans, align[index] ?? null)));
    section.append(row);
  };
  addRow(table.createTHead(), "th", head);
  const body = table.createTBody();
  for (const row of rows) addRow(body, "td", row);
  // Wide tables move inside a box of their own.
  const box = document.createElement("div");
  box.className = "scroll";
  box.tabIndex = 0;
  box.append(table);
  return box;
}

function toCell(tag: "th" | "td", spans: readonly Span[], align: Align): HTMLElement {
  const cell = withSpans(document.createElement(tag), spans);
  if (align !== null) cell.style.textAlign = align;
  if (tag === "th") cell.setAttribute("scope", "col");
  return cell;
}

function toLink(text: string, href: string): HTMLElement {
  const link = document.createElement("a");
  link.href = href;
  link.rel = "noopener noreferrer nofollow";
  link.target = "_blank";
  link.textContent = text;
  return link;
}

function withSpans<T extends HTMLElement>(element: T, spans: readonly Span[]): T {
  for (const span of spans) {
    const { style, text } = span;
    if (style === "link") {
      element.append(toLink(text, span.href));
      continue;
    }
    if (style !== "plain") {
      const styled = document.createElement(tags[style]);
      styled.textContent = text;
      element.append(styled);
      continue;
    }
    text.split("\n").forEach((line, index) => {
      element.append(...(index === 0 ? [] : [document.createElement("br")]), line);
    });
  }
  return element;
}
