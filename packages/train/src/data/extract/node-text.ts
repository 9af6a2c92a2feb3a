import { type DomElement, type DomNode, elementNode, textNode } from "./dom.ts";

const blocks: ReadonlySet<string> = new Set(
  "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead tr ul".split(
    " ",
  ),
);
const spaced: ReadonlySet<string> = new Set(
  "p h1 h2 h3 h4 h5 h6 pre table ul ol dl blockquote figure section article".split(" "),
);
const silent: ReadonlySet<string> = new Set(
  "script style noscript template svg iframe object embed select button input textarea head title link meta canvas audio video dialog".split(
    " ",
  ),
);

/** The text below a node: one block a line, an empty line between paragraphs, code as it stands, a table row a line. */
export function nodeText(root: DomNode, isLeftOut: (element: DomElement) => boolean = () => false): string {
  const writer = new TextWriter();
  visit(root, writer, isLeftOut);
  return writer.finish();
}

function visit(node: DomNode, writer: TextWriter, isLeftOut: (element: DomElement) => boolean): void {
  if (node.nodeType === textNode) {
    writer.inline(node.textContent ?? "");
    return;
  }
  if (node.nodeType !== elementNode && node.nodeType !== 9 && node.nodeType !== 11) return;
  const name = (node as DomElement).localName ?? "";
  if (silent.has(name) || (node.nodeType === elementNode && isLeftOut(node as DomElement))) return;
  if (name === "br") {
    writer.breakLine();
    return;
  }
  if (name === "pre") {
    writer.paragraph();
    writer.verbatim(preText(node));
    writer.paragraph();
    return;
  }
  if (name === "td" || name === "th") writer.cell();
  const isBlock = blocks.has(name) && name !== "";
  const edge = (): void => {
    if (spaced.has(name) && !writer.isInRow) writer.paragraph();
    else if (isBlock) writer.breakLine();
  };
  if (name === "tr") {
    writer.breakLine();
    writer.beginRow();
  } else edge();
  const { childNodes } = node;
  for (let i = 0; i < childNodes.length; i++) visit(childNodes[i]!, writer, isLeftOut);
  if (name === "tr") {
    writer.endRow();
    writer.breakLine();
  } else edge();
}

/** The text of code: line breaks as written, `br` as one. */
function preText(node: DomNode): string {
  if (node.nodeType === textNode) return node.textContent ?? "";
  const name = (node as DomElement).localName ?? "";
  if (name === "br") return "\n";
  if (silent.has(name)) return "";
  return Array.from(node.childNodes, preText).join("");
}

class TextWriter {
  isInRow = false;
  readonly #parts: string[] = [];
  #line = "";
  /** Whether the line is empty or ends with a space; asking the line itself would copy it each time. */
  #isSpaced = true;
  #isFirstCell = true;
  #rowDepth = 0;

  inline(text: string): void {
    const squeezed = text.replace(/[\s\u00a0]+/g, " ");
    const added = this.#isSpaced ? squeezed.trimStart() : squeezed;
    if (added === "") return;
    this.#line += added;
    this.#isSpaced = added.endsWith(" ");
  }

  cell(): void {
    if (!this.#isFirstCell) {
      this.#line = `${this.#line.trimEnd()} | `;
      this.#isSpaced = true;
    }
    this.#isFirstCell = false;
  }

  beginRow(): void {
    this.#rowDepth++;
    this.isInRow = true;
    this.#isFirstCell = true;
  }

  endRow(): void {
    this.#rowDepth--;
    this.isInRow = this.#rowDepth > 0;
  }

  breakLine(): void {
    if (this.isInRow) {
      this.inline(" ");
      return;
    }
    const line = this.#line.trim();
    if (line !== "") this.#parts.push(line);
    this.#line = "";
    this.#isSpaced = true;
  }

  paragraph(): void {
    this.breakLine();
    if (!this.isInRow && this.#parts.length > 0 && this.#parts.at(-1) !== "") this.#parts.push("");
  }

  verbatim(text: string): void {
    if (this.isInRow) this.inline(text);
    else if (text.trim() !== "") this.#parts.push(text.replace(/^\s*\n|\s+$/g, "").replace(/\r\n?/g, "\n"));
  }

  finish(): string {
    this.isInRow = false;
    this.breakLine();
    return this.#parts.join("\n").trim();
  }
}
