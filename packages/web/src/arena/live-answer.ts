import { renderMarkdown } from "../markdown/render-markdown.ts";
import { h } from "../shell/dom.ts";
import { t } from "./texts.ts";

/** An answer that is being written by nobody knows whom. */
export class LiveAnswer {
  readonly element: HTMLElement;
  readonly #body: HTMLElement;
  #text = "";
  #isDue = false;

  constructor(letter: "A" | "B") {
    const lines = [92, 78, 85, 60].map((width) => {
      const line = h("span", { class: "skeleton-line" });
      line.style.width = `${width}%`;
      return line;
    });
    this.#body = h("div", { class: "skeleton" }, ...lines);
    this.element = h(
      "article",
      { class: "card answer", "aria-busy": "true", "aria-label": t(`answer${letter}`) },
      h("header", {}, h("span", { class: "letter" }, letter)),
      this.#body,
    );
  }

  /** Shows more of it, with the next picture. */
  add(text: string): void {
    if (this.#text === "") {
      this.#body.className = "body";
      this.#body.replaceChildren();
    }
    this.#text += text;
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      renderMarkdown(this.#body, this.#text);
    });
  }
}
