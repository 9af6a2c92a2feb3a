import type { ModelEntry } from "@llamero/stack/api/models";
import { errorBox } from "../parts/elements.ts";
import { formatMs, formatNumber } from "../parts/format.ts";
import { modelSelect } from "../parts/models.ts";
import { h } from "../shell/dom.ts";
import { ask, type Question } from "./ask.ts";
import { t } from "./texts.ts";
import type { Token } from "./token.ts";
import { TokenStrip } from "./token-strip.ts";

/** The answer of one model. */
export class AnswerView {
  readonly element: HTMLElement;
  readonly #select;
  readonly #strip: TokenStrip;
  readonly #facts = h("p", { class: "muted small facts", role: "status" });
  readonly #place: HTMLElement;

  constructor(key: "a" | "b", onToken: (token: Token) => void, onModel: () => void) {
    this.#select = modelSelect(t(key === "a" ? "model" : "modelB"), `playground-${key}`);
    this.#select.element.addEventListener("change", onModel);
    this.#strip = new TokenStrip(t("answer"), "shades", onToken);
    this.#place = h("div", { class: "answer-body" }, h("p", { class: "muted small" }, t("answerEmpty")));
    this.element = h(
      "section",
      { class: "card answer", "aria-label": t("answer") },
      h("header", {}, this.#select.element, this.#facts),
      this.#place,
    );
  }

  get model(): string {
    return this.#select.element.value;
  }

  get text(): string {
    return this.#strip.tokens.map(({ text }) => text).join("");
  }

  setModels(models: readonly ModelEntry[], fallback: number): void {
    this.#select.show(models, fallback);
  }

  /** Asks and shows the tokens as they come. */
  async run(question: Question, signal: AbortSignal): Promise<void> {
    this.#strip.show([]);
    this.#place.replaceChildren(this.#strip.element);
    this.#facts.textContent = "…";
    this.element.setAttribute("aria-busy", "true");
    const start = performance.now();
    let first: number | null = null;
    let end = "";
    try {
      for await (const { tokens, ended } of ask(question, this.model, signal)) {
        if (tokens.length > 0) first ??= performance.now();
        this.#strip.add(tokens);
        if (ended === "length") end = t("length");
        this.#facts.textContent = this.#describe(start, first, end);
      }
    } catch (error) {
      if (!signal.aborted) this.#place.append(errorBox(error));
    } finally {
      this.#facts.textContent = this.#describe(start, first, end);
      this.element.removeAttribute("aria-busy");
    }
  }

  #describe(start: number, first: number | null, end: string): string {
    const count = this.#strip.tokens.length;
    if (first === null) return end;
    const seconds = (performance.now() - first) / 1000;
    return [
      t("tokens", { count }),
      t("first", { time: formatMs(first - start) }),
      ...(count > 1 && seconds > 0
        ? [t("perSecond", { count: formatNumber((count - 1) / seconds, 1) })]
        : []),
      ...(end === "" ? [] : [end]),
    ].join(" · ");
  }
}
