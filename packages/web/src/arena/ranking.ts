import type { ArenaAgreement, ArenaRanking, ArenaRating } from "@llamero/stack/api/arena";
import { errorBox, figure, sectionHead, segments } from "../parts/elements.ts";
import { formatNumber, formatPercent } from "../parts/format.ts";
import { request, requestJson } from "../shell/client.ts";
import { download, h, svg } from "../shell/dom.ts";
import { icon } from "../shell/icons.ts";
import { placeOf, type RatingAxis, ratingAxis } from "./intervals.ts";
import { JudgeView } from "./judges.ts";
import { t } from "./texts.ts";

type Raters = "all" | "human" | "judge";

/** The ranking, what it is worth, and what can be made of the votes. */
export class RankingView {
  readonly element: HTMLElement;
  readonly #table = h("div", {});
  readonly #agreement = h("div", {});
  readonly #judges = new JudgeView(() => void this.load());
  readonly #count = h("p", { class: "muted small", role: "status" });
  #raters: Raters = "all";

  constructor() {
    const who = segments<Raters>(
      "raters",
      t("whoCounts"),
      [
        ["all", t("all")],
        ["human", t("human")],
        ["judge", t("judge")],
      ],
      "all",
      (raters) => {
        this.#raters = raters;
        void this.load();
      },
    );
    const save = h(
      "button",
      { type: "button", class: "quiet", id: "export", onclick: () => void this.#export() },
      icon("download"),
      t("export"),
    );
    this.element = h(
      "div",
      { class: "column ranking" },
      h(
        "section",
        {},
        sectionHead(t("ranking"), who),
        this.#table,
        h("div", { class: "row ranking-foot" }, this.#count, save),
      ),
      h("section", {}, sectionHead(t("agreement")), this.#agreement),
      this.#judges.element,
    );
    save.title = t("exportAbout");
  }

  async load(): Promise<void> {
    try {
      const ranking = await requestJson<ArenaRanking>(`v1alpha/arena/ranking?raters=${this.#raters}`);
      this.#count.textContent = `${t("counts", { votes: ranking.num_votes, pairs: ranking.num_pairs })}. ${t("method")}`;
      this.#table.replaceChildren(
        ranking.ratings.length === 0
          ? h("p", { class: "nothing" }, t("noRanking"))
          : ratingTable(ranking.ratings),
      );
      this.#agreement.replaceChildren(agreementCard(ranking.agreement));
      await this.#judges.show(ranking.judges);
    } catch (error) {
      this.#table.replaceChildren(errorBox(error, () => void this.load()));
    }
  }

  async #export(): Promise<void> {
    try {
      const answer = await request(`v1alpha/arena/preferences?raters=${this.#raters}`);
      download("preferences.jsonl", await answer.text(), "application/jsonl");
    } catch (error) {
      this.#table.replaceChildren(errorBox(error, () => void this.load()));
    }
  }
}

function ratingTable(ratings: readonly ArenaRating[]): HTMLElement {
  const axis = ratingAxis(ratings);
  const heads = [
    [t("contestant"), ""],
    [t("rating"), "number"],
    ["", "chart"],
    [t("wins"), "number"],
    [t("losses"), "number"],
    [t("ties"), "number"],
  ] as const;
  return h(
    "div",
    { class: "card table-card", tabindex: 0, role: "region", "aria-label": t("ranking") },
    h(
      "table",
      { class: "ratings" },
      h(
        "thead",
        {},
        h("tr", {}, ...heads.map(([text, name]) => h("th", { scope: "col", class: name }, text))),
      ),
      h("tbody", {}, ...ratings.map((each, at) => ratingRow(each, at, axis))),
      h(
        "tfoot",
        { "aria-hidden": "true" },
        h("tr", {}, h("td", {}), h("td", {}), h("td", {}, axisLabels(axis)), h("td", { colspan: 3 })),
      ),
    ),
  );
}

function ratingRow(
  { name, rating, interval, wins, losses, ties }: ArenaRating,
  at: number,
  axis: RatingAxis,
): HTMLTableRowElement {
  const low = interval === null ? null : formatNumber(interval[0]);
  const high = interval === null ? null : formatNumber(interval[1]);
  const label = low === null || high === null ? formatNumber(rating) : t("interval", { low, high });
  const chart = svg("svg", {
    class: "interval",
    role: "img",
    "aria-label": label,
  });
  const line = (x1: number, x2: number, y1: string, y2: string, name: string): SVGLineElement =>
    svg("line", { x1: `${x1}%`, x2: `${x2}%`, y1, y2, class: name });
  for (const tick of axis.ticks)
    chart.append(line(placeOf(tick, axis), placeOf(tick, axis), "0", "100%", "grid"));
  if (interval !== null) {
    const [from, to] = [placeOf(interval[0], axis), placeOf(interval[1], axis)];
    chart.append(
      line(from, to, "50%", "50%", "range"),
      line(from, from, "32%", "68%", "end"),
      line(to, to, "32%", "68%", "end"),
    );
  }
  chart.append(svg("circle", { cx: `${placeOf(rating, axis)}%`, cy: "50%", r: 5.5, class: "point" }));
  return h(
    "tr",
    {},
    h("th", { scope: "row", class: "name" }, h("span", { class: "rank" }, `${at + 1}`), name),
    h("td", { class: "number strong" }, formatNumber(rating)),
    h("td", { class: "chart" }, chart),
    ...[wins, losses, ties].map((count) => h("td", { class: "number" }, formatNumber(count))),
  );
}

function axisLabels(axis: RatingAxis): HTMLElement {
  return h(
    "div",
    { class: "axis" },
    ...axis.ticks.map((tick) => {
      const label = h("span", { class: "axis-label" }, formatNumber(tick));
      label.style.left = `${placeOf(tick, axis)}%`;
      return label;
    }),
  );
}

function agreementCard({ agreement, kappa, num_pairs, num_raters, raters }: ArenaAgreement): HTMLElement {
  if (agreement === null) return h("p", { class: "nothing" }, t("agreementNone"));
  const rows = raters.map((each) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", class: "name" }, each.raters.join(" · ")),
      h("td", { class: "number" }, formatNumber(each.num_pairs)),
      h("td", { class: "number" }, formatPercent(each.agreement)),
      h("td", { class: "number" }, each.kappa === null ? "—" : formatNumber(each.kappa, 2)),
    ),
  );
  const heads = [
    [t("raters"), ""],
    [t("pairs"), "number"],
    [t("agree"), "number"],
    [t("kappa"), "number"],
  ] as const;
  return h(
    "div",
    { class: "card stack" },
    h(
      "dl",
      { class: "figures" },
      figure(t("agree"), formatPercent(agreement)),
      figure(t("kappa"), kappa === null ? "—" : formatNumber(kappa, 2)),
      figure(t("raters"), formatNumber(num_raters)),
      figure(t("pairs"), formatNumber(num_pairs)),
    ),
    rows.length > 0 &&
      h(
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
      ),
  );
}
