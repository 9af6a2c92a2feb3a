import { figure } from "../parts/elements.ts";
import { formatNumber, formatPercent } from "../parts/format.ts";
import { h } from "../shell/dom.ts";
import { t } from "./texts.ts";
import { type Token, visible } from "./token.ts";

/** What is known of the token that was pointed at. */
export class TokenCard {
  readonly element: HTMLElement = h("section", {
    class: "card token-card",
    "aria-live": "polite",
    "aria-label": t("token"),
  });

  constructor() {
    this.element.append(h("p", { class: "muted small" }, t("tokenHint")));
  }

  show({ text, logprob, top, id, isSpecial }: Token): void {
    const figures = [
      ...(id === undefined ? [] : [figure(t("id"), String(id))]),
      ...(logprob === null
        ? []
        : [
            figure(t("probability"), formatPercent(Math.exp(logprob))),
            figure(t("logprob"), formatNumber(logprob, 3)),
          ]),
    ];
    this.element.replaceChildren(
      h(
        "div",
        { class: "token-head" },
        h("code", { class: "token-text" }, visible(text)),
        isSpecial === true && h("span", { class: "tag accent" }, t("special")),
      ),
      h("dl", { class: "figures" }, ...figures),
      ...(top.length === 0 ? [] : [alternatives(top, text)]),
    );
  }
}

function alternatives(top: Token["top"], said: string): HTMLElement {
  const rows = top.map(({ text, logprob }) => {
    const share = Math.exp(logprob);
    const bar = h("span", { class: "share" });
    bar.style.width = `${share * 100}%`;
    return h(
      "li",
      { class: text === said ? "said" : "" },
      h("code", {}, visible(text)),
      h("span", { class: "share-track" }, bar),
      h("span", { class: "number" }, formatPercent(share)),
    );
  });
  return h("div", {}, h("h3", {}, t("alternatives")), h("ol", { class: "alternatives" }, ...rows));
}
