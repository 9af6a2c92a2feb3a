import type { TokenizeResponse } from "@llamero/stack/api/tokenize";
import { errorBox } from "../parts/elements.ts";
import { requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { type Question, toMessages } from "./ask.ts";
import { t } from "./texts.ts";
import { ofPrompt, type Token } from "./token.ts";
import { TokenStrip } from "./token-strip.ts";

const waitMs = 250;

const parts = [
  ["system", "partSystem"],
  ["messages", "partMessages"],
  ["tools", "partTools"],
  ["template", "partTemplate"],
] as const;

/** The prompt as the model reads it: its tokens, and by origin how many. */
export class PromptTokens {
  readonly element: HTMLElement;
  readonly #strip: TokenStrip;
  readonly #count = h("span", { class: "muted small", id: "num-tokens" });
  readonly #parts = h("div", { class: "parts" });
  readonly #problem = h("div", {});
  #timer = 0;
  #turn = 0;

  constructor(onToken: (token: Token) => void) {
    this.#strip = new TokenStrip(t("asRead"), "turns", onToken);
    this.element = h(
      "details",
      { class: "card prompt-tokens", open: true },
      h("summary", {}, h("span", {}, t("asRead")), this.#count),
      this.#parts,
      this.#strip.element,
      this.#problem,
    );
  }

  /** Asks for the tokens a moment after the last change. */
  update(question: Question, model: string): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#load(question, model), waitMs);
  }

  async #load(question: Question, model: string): Promise<void> {
    const turn = ++this.#turn;
    if (model === "") return;
    const body =
      question.mode === "completion"
        ? { model, input: question.prompt }
        : { model, messages: toMessages(question) };
    try {
      const answer = await requestJson<TokenizeResponse>("v1alpha/tokenize", { body });
      if (turn !== this.#turn) return;
      this.#problem.replaceChildren();
      this.#count.textContent = t("tokens", { count: answer.num_tokens });
      this.#strip.show(answer.tokens.map(ofPrompt));
      this.#showParts(answer.parts);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#strip.show([]);
      this.#parts.replaceChildren();
      this.#count.textContent = "";
      this.#problem.replaceChildren(errorBox(error));
    }
  }

  #showParts(counts: TokenizeResponse["parts"]): void {
    const found = counts === null ? [] : parts.filter(([name]) => counts[name] > 0);
    const bar = h(
      "span",
      { class: "part-bar", "aria-hidden": "true" },
      ...found.map(([name]) => {
        const piece = h("span", { class: `of-${name}` });
        piece.style.flexGrow = String(counts![name]);
        return piece;
      }),
    );
    this.#parts.replaceChildren(
      ...(counts === null ? [] : [bar]),
      ...found.map(([name, text]) =>
        h(
          "span",
          { class: "part" },
          h("span", { class: `swatch of-${name}` }),
          `${t(text)} `,
          h("strong", {}, String(counts![name])),
        ),
      ),
    );
  }
}
