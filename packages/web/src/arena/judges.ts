import type { ArenaJudge, JudgeResponse } from "@llamero/stack/api/arena";
import { errorBox, field, meter, sectionHead } from "../parts/elements.ts";
import { formatNumber, formatPercent } from "../parts/format.ts";
import { listModels, modelSelect } from "../parts/models.ts";
import { requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { t } from "./texts.ts";

/** Models that judge pairs, and how far their verdicts hang on the order. */
export class JudgeView {
  readonly element: HTMLElement;
  readonly #select = modelSelect(t("judgeModel"), "judge");
  readonly #table = h("div", {});
  readonly #result = h("div", { role: "status", class: "small" });
  readonly #criteria = h("input", { autocomplete: "off", maxlength: 10_000, placeholder: t("criteriaHint") });
  readonly #button = h("button", { type: "submit", id: "judge" }, t("runJudge"));
  readonly #onJudged: () => void;
  #hasModels = false;

  constructor(onJudged: () => void) {
    this.#onJudged = onJudged;
    this.element = h(
      "section",
      {},
      sectionHead(t("judges")),
      h(
        "div",
        { class: "card stack" },
        h("p", { class: "muted small" }, t("judgesAbout")),
        h(
          "form",
          {
            class: "judge-form",
            onsubmit: (event: Event) => {
              event.preventDefault();
              void this.#judge();
            },
          },
          field(t("judgeModel"), this.#select.element),
          field(t("criteria"), this.#criteria),
          this.#button,
        ),
        this.#result,
        this.#table,
      ),
    );
  }

  async show(judges: readonly ArenaJudge[]): Promise<void> {
    this.#table.replaceChildren(...(judges.length === 0 ? [] : [judgeTable(judges)]));
    if (this.#hasModels) return;
    this.#hasModels = true;
    this.#select.show(await listModels());
  }

  async #judge(): Promise<void> {
    const criteria = this.#criteria.value.trim();
    this.#button.disabled = true;
    this.#result.textContent = t("judging");
    try {
      const body = { judge_model: this.#select.element.value, ...(criteria !== "" && { criteria }) };
      const { votes, unread } = await requestJson<JudgeResponse>("v1alpha/arena/judgments", { body });
      this.#result.textContent = t("judged", { votes: votes.length, unread: unread.length });
      this.#onJudged();
    } catch (error) {
      this.#result.replaceChildren(errorBox(error));
    } finally {
      this.#button.disabled = false;
    }
  }
}

function judgeTable(judges: readonly ArenaJudge[]): HTMLElement {
  const heads = [
    [t("judgeModel"), ""],
    [t("pairs"), "number"],
    [t("bias"), ""],
    [t("prefersFirst"), "number"],
    [t("prefersSecond"), "number"],
  ] as const;
  const rows = judges.map((judge) => {
    const interval = judge.inconsistent_interval;
    const range =
      interval === null
        ? ""
        : t("interval", { low: formatPercent(interval[0]), high: formatPercent(interval[1]) });
    return h(
      "tr",
      {},
      h("th", { scope: "row", class: "name" }, judge.model),
      h("td", { class: "number" }, formatNumber(judge.num_pairs)),
      h(
        "td",
        { class: "bias" },
        h("strong", {}, formatPercent(judge.inconsistent)),
        h("span", { class: "muted small" }, ` ${range}`),
        meter(judge.inconsistent, t("bias"), "warn"),
      ),
      h("td", { class: "number" }, formatPercent(judge.prefers_first)),
      h("td", { class: "number" }, formatPercent(judge.prefers_second)),
    );
  });
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h("tr", {}, ...heads.map(([text, name]) => h("th", { scope: "col", class: name }, text))),
      ),
      h("tbody", {}, ...rows),
    ),
  );
}
