import { Readability } from "@mozilla/readability";
import { parseHTML } from "linkedom";
import type { DomDocument, DomElement } from "./dom.ts";
import { keepMaths } from "./keep-maths.ts";
import { nodeText } from "./node-text.ts";
import { isWithinLimits, pageLimits } from "./page-limits.ts";
import { stripTags } from "./strip-tags.ts";

/** Readability's types speak of the browser's document. */
type ReadabilityInput = ConstructorParameters<typeof Readability>[0];

/** The text of a page, and which of three ways found it. */
export interface Extraction {
  title: string;
  text: string;
  /** `main`: the main part of the page; `body`: the page without its frame; `tags`: all text, tag by tag. */
  way: "main" | "body" | "tags";
}

const frameNames: ReadonlySet<string> = new Set(["nav", "footer", "aside", "form"]);
const frameRoles: ReadonlySet<string> = new Set(["navigation", "banner", "contentinfo", "search"]);
/** A main part with less than this share of the page's text outside its frame is taken for a wrong guess. */
const minShare = 0.25;

/** The main text of a page: code, tables, formulas and the alternative texts of pictures are kept. Never throws on bad HTML. */
export function extractHtml(html: string): Extraction {
  if (!isWithinLimits(html)) return tagsOnly(html);
  try {
    return fromTree(html);
  } catch {
    // The parser and Readability both stumble over some broken pages, and recursion over very deep ones.
    return tagsOnly(html);
  }
}

function fromTree(html: string): Extraction {
  const document = parse(html);
  keepMaths(document);
  const title = (document.title ?? "").replace(/\s+/g, " ").trim();
  // Before Readability changes the tree.
  const body = nodeText(document.body ?? document, isFrame);
  const main = mainText(document);
  if (
    main !== "" &&
    (main.length >= 200 ? main.length >= body.length * minShare : main.length >= body.length)
  )
    return { title, text: main, way: "main" };
  if (body !== "") return { title, text: body, way: "body" };
  return { ...tagsOnly(html), title };
}

function parse(html: string): DomDocument {
  // A fragment would become a document without a body.
  const whole = /<html[\s>]/i.test(html) ? html : `<!doctype html><html><body>${html}</body></html>`;
  return (parseHTML(whole) as unknown as { document: DomDocument }).document;
}

function mainText(document: DomDocument): string {
  try {
    const reader = new Readability<DomElement>(document as unknown as ReadabilityInput, {
      maxElemsToParse: pageLimits.elements,
      charThreshold: 200,
      serializer: (element) => element as unknown as DomElement,
    });
    const content = reader.parse()?.content;
    return content === undefined || content === null ? "" : nodeText(content);
  } catch {
    return ""; // Fails on some trees; the body is read instead.
  }
}

function isFrame(element: DomElement): boolean {
  const name = element.localName;
  if (frameNames.has(name) || element.getAttribute("hidden") !== null) return true;
  if (element.getAttribute("aria-hidden") === "true") return true;
  if (frameRoles.has(element.getAttribute("role") ?? "")) return true;
  return (name === "ul" || name === "ol") && isMenu(element);
}

/** Lists that are mostly short links are menus. */
function isMenu(list: DomElement): boolean {
  const all = length(list);
  if (all === 0 || all > 3000) return false;
  const links = list.querySelectorAll("a");
  let linked = 0;
  for (let i = 0; i < links.length; i++) linked += length(links[i]!);
  return links.length >= 4 && linked > all * 0.9 && all / links.length < 40;
}

function length(element: DomElement): number {
  return (element.textContent ?? "").replace(/\s+/g, " ").trim().length;
}

function tagsOnly(html: string): Extraction {
  const title = /<title[^>]*>([^<]{0,500})/i.exec(html.slice(0, 100_000))?.[1] ?? "";
  return { title: title.replace(/\s+/g, " ").trim(), text: stripTags(html), way: "tags" };
}
