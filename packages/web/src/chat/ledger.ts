import { h } from "../shell/dom.ts";
import { currentLanguage } from "../shell/languages.ts";
import type { Usage } from "./conversation.ts";
import { t } from "./texts.ts";

const parts = [
  ["system", "ledgerSystem"],
  ["messages", "ledgerMessages"],
  ["tools", "ledgerTools"],
  ["template", "ledgerTemplate"],
] as const;

/** Tokens of each part of the context, with what is free. */
export function ledgerRows({ used, limit, ledger }: Usage): { name: string; tokens: number; kind: string }[] {
  const known =
    ledger === undefined ? [] : parts.map(([kind, key]) => ({ kind, name: t(key), tokens: ledger[kind] }));
  const prompt = known.reduce((sum, { tokens }) => sum + tokens, 0);
  return [
    ...known.filter(({ tokens }) => tokens > 0),
    {
      kind: "answer",
      name: ledger === undefined ? t("ledgerUsed") : t("ledgerAnswer"),
      tokens: used - prompt,
    },
    ...(limit === null ? [] : [{ kind: "free", name: t("ledgerFree"), tokens: Math.max(0, limit - used) }]),
  ];
}

/** The count of tokens under the conversation; opened, it lists what they are for. */
export class LedgerView {
  readonly element: HTMLDetailsElement;
  readonly #sum = h("span");
  readonly #bar = h("span", { class: "bar-track", "aria-hidden": "true" });
  readonly #list = h("dl");

  constructor() {
    this.element = h(
      "details",
      {
        class: "ledger",
        hidden: true,
        onkeydown: (event: KeyboardEvent) => {
          if (event.key !== "Escape" || !this.element.open) return;
          event.stopPropagation();
          this.element.open = false;
        },
      },
      h(
        "summary",
        { title: t("context") },
        h("span", { class: "hidden" }, t("context")),
        this.#bar,
        this.#sum,
      ),
      h("div", { class: "sheet" }, h("h2", {}, t("context")), this.#list),
    );
  }

  /** Shows tokens used and the limit; null before the first answer. */
  show(usage: Usage | null, modelLimit: number | null): void {
    const limit = usage?.limit ?? modelLimit;
    this.element.hidden = limit === null && usage === null;
    const format = (count: number): string => count.toLocaleString(currentLanguage());
    const used = usage?.used ?? 0;
    this.#sum.textContent = limit === null ? format(used) : `${format(used)} / ${format(limit)}`;
    this.element.classList.toggle("full", limit !== null && used > limit * 0.85);
    const rows = ledgerRows({ used: 0, ...usage, limit });
    const whole = limit ?? Math.max(1, used);
    this.#bar.replaceChildren(
      ...rows
        .filter(({ kind }) => kind !== "free")
        .map(({ kind, tokens }) => {
          const piece = h("i", { class: kind });
          piece.style.width = `${Math.min(100, (100 * tokens) / whole)}%`;
          return piece;
        }),
    );
    this.#list.replaceChildren(
      ...rows.flatMap(({ kind, name, tokens }) => [
        h("dt", {}, h("i", { class: kind }), name),
        h("dd", {}, format(tokens)),
      ]),
    );
  }
}
