import type { ModelEntry } from "@llamero/stack/api/models";
import type { Page } from "@llamero/stack/api/paging";
import type { TraceSummary } from "@llamero/stack/api/traces";
import { errorBox, meter, segments } from "../parts/elements.ts";
import { formatMs, formatNumber, formatTime } from "../parts/format.ts";
import { requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { icon } from "../shell/icons.ts";
import { t } from "./texts.ts";
import { toTraceQuery } from "./waterfall.ts";

const pageSize = 50;

const routes = ["/v1/chat/completions", "/v1/responses", "/v1/completions", "/v1/embeddings"] as const;

/** The list of traces with its filters. */
export class TraceList {
  readonly element: HTMLElement = h("div", { class: "stack" });
  readonly #rows = h("tbody", {});
  readonly #end = h("div", { class: "row list-end" });
  readonly #table: HTMLElement;
  readonly #filters = { model: "", route: "", status: "", id: "" };
  #traces: TraceSummary[] = [];
  /** Which answer is the latest: those of older filters come too late. */
  #turn = 0;

  constructor() {
    const heads = [
      [t("time"), ""],
      [t("route"), ""],
      [t("model"), ""],
      [t("status"), ""],
      [t("tokens"), "number"],
      [t("duration"), ""],
    ] as const;
    this.#table = h(
      "div",
      { class: "card table-card", tabindex: 0, role: "region", "aria-label": t("back") },
      h(
        "table",
        { class: "traces" },
        h(
          "thead",
          {},
          h("tr", {}, ...heads.map(([text, name]) => h("th", { scope: "col", class: name }, text))),
        ),
        this.#rows,
      ),
    );
  }

  /** Builds the filters; models are what can be chosen. */
  build(models: readonly ModelEntry[]): void {
    const change = (name: "model" | "route" | "status" | "id", value: string): void => {
      this.#filters[name] = value;
      void this.load();
    };
    const choice = (name: "model" | "route", all: string, values: readonly string[]): HTMLElement => {
      const select = h(
        "select",
        { "aria-label": t(name), id: `filter-${name}`, onchange: () => change(name, select.value) },
        h("option", { value: "" }, all),
        ...values.map((value) => h("option", { value }, value)),
      );
      return select;
    };
    const id = h("input", {
      type: "search",
      placeholder: t("request"),
      "aria-label": t("request"),
      onchange: () => change("id", id.value.trim()),
    });
    const status = segments(
      "status",
      t("status"),
      [
        ["", t("anyStatus")],
        ["ok", t("ok")],
        ["error", t("error")],
      ],
      "",
      (value) => change("status", value),
    );
    const refresh = h(
      "button",
      { type: "button", class: "quiet", id: "refresh", onclick: () => void this.load() },
      icon("again"),
      t("refresh"),
    );
    const names = models.map((model) => model.id);
    const filters = h(
      "form",
      { class: "filters", "aria-label": t("filter"), onsubmit: (event: Event) => event.preventDefault() },
      status,
      choice("model", t("allModels"), names),
      choice("route", t("allRoutes"), routes),
      id,
      refresh,
    );
    this.element.replaceChildren(filters, this.#table, this.#end);
  }

  /** Reads the list anew, or goes on where it ends. */
  async load(goesOn = false): Promise<void> {
    const turn = ++this.#turn;
    const after = goesOn ? (this.#traces.at(-1)?.id ?? null) : null;
    try {
      const query = toTraceQuery(this.#filters, after, pageSize);
      const page = await requestJson<Page<TraceSummary>>(`v1alpha/traces?${query}`);
      if (turn !== this.#turn) return;
      this.#traces = goesOn ? [...this.#traces, ...page.data] : page.data;
      this.#draw(page.has_more);
    } catch (error) {
      if (turn === this.#turn) this.#end.replaceChildren(errorBox(error, () => void this.load(goesOn)));
    }
  }

  #draw(hasMore: boolean): void {
    const longest = Math.max(...this.#traces.map(({ duration_ms }) => duration_ms), 1);
    this.#rows.replaceChildren(...this.#traces.map((trace) => row(trace, longest)));
    this.#table.hidden = this.#traces.length === 0;
    const more = h(
      "button",
      { type: "button", class: "quiet", onclick: () => void this.load(true) },
      t("more"),
    );
    this.#end.replaceChildren(
      ...(this.#traces.length === 0 ? [h("p", { class: "nothing" }, t("none"))] : hasMore ? [more] : []),
    );
  }
}

function row(trace: TraceSummary, longest: number): HTMLTableRowElement {
  const duration = formatMs(trace.duration_ms);
  const open = (): void => {
    location.hash = trace.id;
  };
  return h(
    "tr",
    { onclick: open },
    h("td", { class: "small muted time" }, formatTime(trace.created_at)),
    h("td", {}, h("a", { href: `#${trace.id}`, class: "route" }, trace.route ?? trace.name)),
    h("td", { class: "break" }, trace.model ?? h("span", { class: "muted" }, "—")),
    h(
      "td",
      {},
      h(
        "span",
        { class: `tag ${trace.status === "ok" ? "good" : "bad"}` },
        `${trace.status_code ?? "—"} ${trace.status === "ok" ? "✓" : "✕"}`,
      ),
    ),
    h(
      "td",
      { class: "number" },
      trace.input_tokens + trace.output_tokens === 0
        ? h("span", { class: "muted" }, "—")
        : `${formatNumber(trace.input_tokens)} / ${formatNumber(trace.output_tokens)}`,
    ),
    h("td", { class: "duration" }, h("span", {}, duration), meter(trace.duration_ms / longest, duration)),
  );
}
