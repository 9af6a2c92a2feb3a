import { field } from "../parts/elements.ts";
import { h } from "../shell/dom.ts";
import type { Question } from "./ask.ts";
import { t } from "./texts.ts";

const numberOf = ({ value }: HTMLInputElement): number | null => (value.trim() === "" ? null : Number(value));

/** How answers are drawn, and whether two models answer. */
export class SettingsView {
  readonly element: HTMLElement;
  readonly two: HTMLInputElement = h("input", { type: "checkbox", id: "two" });
  readonly #temperature = number({ min: 0, max: 2, step: 0.1, placeholder: t("default") });
  readonly #topP = number({ min: 0, max: 1, step: 0.05, placeholder: t("default") });
  readonly #maxTokens = number({ min: 1, max: 100_000, step: 1, value: 128 });
  readonly #seed = number({ min: 0, max: 2 ** 32 - 1, step: 1, placeholder: t("random") });

  constructor() {
    this.element = h(
      "aside",
      { class: "card settings", "aria-label": t("settings") },
      field(t("temperature"), this.#temperature),
      field(t("topP"), this.#topP),
      field(t("maxTokens"), this.#maxTokens),
      field(t("seed"), this.#seed),
      h("label", { class: "check" }, this.two, t("two")),
      legend(),
    );
  }

  get values(): Pick<Question, "temperature" | "topP" | "maxTokens" | "seed"> {
    return {
      temperature: numberOf(this.#temperature),
      topP: numberOf(this.#topP),
      maxTokens: numberOf(this.#maxTokens),
      seed: numberOf(this.#seed),
    };
  }
}

const number = (attributes: Record<string, string | number>): HTMLInputElement =>
  h("input", { type: "number", ...attributes });

/** What the colors of an answer say. */
function legend(): HTMLElement {
  const shades = Array.from({ length: 5 }, (_, at) => h("span", { class: `token shade${at}` }, "  "));
  return h(
    "div",
    { class: "shade-legend muted small" },
    t("sure"),
    h("span", { class: "shade-row", "aria-hidden": "true" }, ...shades),
    t("unsure"),
  );
}
