import { h } from "../shell/dom.ts";
import type { Shell } from "../shell/shell.ts";
import { t } from "./texts.ts";

function axisChoice(value: string, text: string, isChosen: boolean): HTMLElement {
  return h(
    "label",
    {},
    h("input", { type: "radio", name: "axis", value, checked: isChosen }),
    h("span", {}, text),
  );
}

/** Builds the elements of the page; the rest finds them by their ids. */
export function buildPage({ main, side, actions }: Shell): void {
  actions.append(h("p", { id: "connection", role: "status" }));
  side.append(
    h(
      "section",
      { class: "chooser", "aria-labelledby": "count" },
      h("h2", { id: "count" }),
      h("input", {
        id: "filter",
        type: "search",
        placeholder: t("filter"),
        "aria-label": t("filter"),
        autocomplete: "off",
      }),
      h("ul", { id: "runs" }),
    ),
  );
  const smoothing = h("input", { id: "smoothing", type: "range", min: 0, max: 0.99, step: 0.01 });
  main.append(
    h("section", { id: "tiles", "aria-label": t("progress") }),
    h(
      "form",
      { id: "controls", "aria-label": t("howDrawn") },
      h(
        "fieldset",
        { class: "switch" },
        h("legend", { class: "hidden" }, t("axis")),
        axisChoice("step", t("steps"), true),
        axisChoice("tokens", t("tokens"), false),
        axisChoice("seconds", t("time"), false),
      ),
      h(
        "label",
        { class: "slider" },
        `${t("smoothing")} `,
        smoothing,
        h("output", { id: "smoothing-value" }),
      ),
      h("button", { type: "button", class: "quiet", id: "unzoom", hidden: true }, t("wholeRange")),
    ),
    h("section", { id: "charts", "aria-label": t("curves") }),
    h(
      "section",
      { id: "texts", hidden: true, "aria-labelledby": "samples-title" },
      h(
        "div",
        { class: "head" },
        h("h2", { id: "samples-title" }, t("samples")),
        h("select", { id: "sample-run", "aria-label": t("run") }),
        h(
          "label",
          { class: "slider" },
          `${t("step")} `,
          h("input", { id: "sample-step", type: "range", min: 0, value: "0" }),
          h("output", { id: "sample-value" }),
        ),
      ),
      h("div", { id: "samples", "aria-live": "polite" }),
    ),
    h(
      "section",
      { id: "log", hidden: true, "aria-labelledby": "log-title" },
      h("h2", { id: "log-title" }, t("notes")),
      h("ol", { id: "notes" }),
    ),
    h("p", { id: "empty", hidden: true }),
  );
}
