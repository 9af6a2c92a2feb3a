import type { DomDocument } from "./dom.ts";

/** Replaces formulas and pictures by their source text, before a search for the main part can drop them. */
export function keepMaths(document: DomDocument): void {
  const put = (selector: string, toText: (element: DomDocument) => string | null): void => {
    for (const element of Array.from(document.querySelectorAll(selector)) as DomDocument[]) {
      const text = toText(element);
      if (text === null || text.trim() === "") continue;
      element.replaceWith(document.createTextNode(` ${text.trim()} `));
    }
  };
  const tex = (text: string | null | undefined): string | null =>
    text === null || text === undefined || text.trim() === "" ? null : `$${text.trim()}$`;
  put('script[type^="math/tex"]', (element) => tex(element.textContent));
  // KaTeX writes a formula twice; the first form has its source.
  put(".katex, .mwe-math-element, mjx-container", (element) =>
    tex(
      element.querySelector('annotation[encoding="application/x-tex"]')?.textContent ??
        element.querySelector("math")?.getAttribute("alttext") ??
        element.querySelector("img")?.getAttribute("alt"),
    ),
  );
  put("math", (element) =>
    tex(
      element.querySelector('annotation[encoding="application/x-tex"]')?.textContent ??
        element.getAttribute("alttext") ??
        element.textContent?.replace(/\s+/g, " "),
    ),
  );
  put("img[alt]", (element) => {
    const alt = element.getAttribute("alt")!;
    const isMaths = /\b(tex|math|latex)/i.test(element.getAttribute("class") ?? "");
    return isMaths ? tex(alt) : alt;
  });
}
