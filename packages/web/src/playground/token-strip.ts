import { h } from "../shell/dom.ts";
import { t } from "./texts.ts";
import { shadeOf, type Token, visible } from "./token.ts";

/** Tokens one after another as text; pointing at one, or going there by arrow keys, chooses it. */
export class TokenStrip {
  readonly element: HTMLElement;
  readonly #onChoose: (token: Token) => void;
  readonly #colors: "turns" | "shades";
  #tokens: Token[] = [];
  #chosen = -1;

  /** `turns` colors neighbors differently, `shades` by how sure the model was. */
  constructor(label: string, colors: "turns" | "shades", onChoose: (token: Token) => void) {
    this.#onChoose = onChoose;
    this.#colors = colors;
    this.element = h("div", {
      class: `tokens ${colors}`,
      role: "group",
      tabindex: 0,
      "aria-label": `${label}. ${t("tokensHelp")}`,
      onkeydown: (event: KeyboardEvent) => this.#move(event),
      onpointerover: (event: PointerEvent) => {
        if (event.target instanceof HTMLElement) this.#choose(Number(event.target.dataset["at"] ?? -1));
      },
      onclick: (event: MouseEvent) => {
        if (event.target instanceof HTMLElement) this.#choose(Number(event.target.dataset["at"] ?? -1));
      },
    });
  }

  get tokens(): readonly Token[] {
    return this.#tokens;
  }

  show(tokens: readonly Token[]): void {
    this.#tokens = [];
    this.#chosen = -1;
    this.element.replaceChildren();
    this.add(tokens);
  }

  add(tokens: readonly Token[]): void {
    for (const token of tokens) {
      this.element.append(this.#span(token, this.#tokens.length));
      this.#tokens.push(token);
    }
  }

  #span({ text, logprob, isSpecial }: Token, at: number): HTMLElement {
    const color =
      isSpecial === true
        ? "special"
        : this.#colors === "turns"
          ? `turn${at % 5}`
          : `shade${logprob === null ? 0 : shadeOf(logprob)}`;
    // The mark of a line break is shown before it breaks the line.
    const shown = text === "" ? visible(text) : text.replace(/\n/g, "↵\n");
    return h("span", { class: `token ${color}`, "data-at": at }, shown);
  }

  #move(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowUp: -10, ArrowRight: 1, ArrowDown: 10 }[event.key];
    if (step === undefined || this.#tokens.length === 0) return;
    event.preventDefault();
    this.#choose(Math.min(this.#tokens.length - 1, Math.max(0, this.#chosen + step)));
  }

  #choose(at: number): void {
    const token = this.#tokens[at];
    if (token === undefined || at === this.#chosen) return;
    this.element.children[this.#chosen]?.classList.remove("chosen");
    this.#chosen = at;
    const span = this.element.children[at]!;
    span.classList.add("chosen");
    span.scrollIntoView({ block: "nearest" });
    this.#onChoose(token);
  }
}
