import { type Block, parseMarkdown, type Span } from "./markdown.ts";

const tags = { bold: "strong", italic: "em", code: "code" } as const;

/** Blocks that an element shows, so that a growing answer redraws its last block only. */
const shown = new WeakMap<Element, string[]>();

/** Shows Markdown in an element; made of nodes, so that an answer can never become markup. */
export function renderMarkdown(element: HTMLElement, text: string): void {
  const blocks = parseMarkdown(text);
  const before = shown.get(element) ?? [];
  const after = blocks.map((block) => JSON.stringify(block));
  blocks.forEach((block, index) => {
    const old = element.children[index];
    if (old !== undefined && before[index] === after[index]) return;
    const node = toNode(block);
    if (old === undefined) element.append(node);
    else old.replaceWith(node);
  });
  while (element.children.length > blocks.length) element.lastElementChild?.remove();
  shown.set(element, after);
}

function toNode(block: Block): HTMLElement {
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
      return pre;
    }
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

function withSpans<T extends HTMLElement>(element: T, spans: readonly Span[]): T {
  for (const { style, text } of spans) {
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
