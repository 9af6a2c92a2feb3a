import type { ReplayResult } from "@llamero/stack/api/replay";
import type { TraceObject } from "@llamero/stack/api/traces";
import { copyButton, errorBox, figure, sectionHead } from "../parts/elements.ts";
import { formatMs, formatNumber, formatTime } from "../parts/format.ts";
import { requestJson, ServerError } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { icon } from "../shell/icons.ts";
import { t } from "./texts.ts";
import { type PlacedSpan, placeSpans } from "./waterfall.ts";

/** One trace: its figures, its spans over time, and its answer again. */
export function traceView(trace: TraceObject): HTMLElement {
  const back = h("a", { href: "#", class: "button quiet back" }, icon("left"), t("back"));
  const figures = h(
    "dl",
    { class: "figures card" },
    figure(t("time"), formatTime(trace.created_at)),
    figure(t("duration"), formatMs(trace.duration_ms)),
    ...(trace.time_to_first_token_ms === null
      ? []
      : [figure(t("firstToken"), formatMs(trace.time_to_first_token_ms))]),
    ...(trace.model === null ? [] : [figure(t("model"), trace.model)]),
    figure(t("tokens"), `${formatNumber(trace.input_tokens)} / ${formatNumber(trace.output_tokens)}`),
    figure(t("cached"), formatNumber(trace.cached_tokens)),
    figure(t("status"), String(trace.status_code ?? "—")),
  );
  return h(
    "div",
    { class: "stack" },
    h("div", { class: "row" }, back),
    figures,
    h("section", {}, sectionHead(t("steps")), waterfall(trace)),
    ...(trace.response_id === null ? [] : [replay(trace.response_id)]),
  );
}

function waterfall(trace: TraceObject): HTMLElement {
  const details = h("div", { class: "span-details", "aria-live": "polite" });
  const placed = placeSpans(trace.spans, trace.duration_ms);
  const buttons = placed.map((each) => {
    const button = spanRow(each, () => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      details.replaceChildren(spanDetails(each));
    });
    return button;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const tick = h("span", {}, formatMs(trace.duration_ms * share));
    tick.style.left = `${share * 100}%`;
    return tick;
  });
  if (placed[0] !== undefined) buttons[0]!.click();
  return h(
    "div",
    { class: "card" },
    h("div", { class: "ticks", "aria-hidden": "true" }, h("div", {}, ...ticks)),
    h("ul", { class: "waterfall" }, ...buttons.map((button) => h("li", {}, button))),
    trace.num_dropped_spans > 0 &&
      h("p", { class: "muted small" }, t("dropped", { count: trace.num_dropped_spans })),
    details,
  );
}

function spanRow({ span, depth, from, width }: PlacedSpan, onclick: () => void): HTMLButtonElement {
  const bar = h("span", { class: `bar ${span.status === "error" ? "failed" : span.kind}` });
  bar.style.left = `${from * 100}%`;
  bar.style.width = `max(3px, ${width * 100}%)`;
  const time = h("span", { class: "bar-time" }, formatMs(span.duration_ms));
  // Beside its bar, on the side where there is room.
  if (from + width < 0.8) time.style.left = `calc(${(from + width) * 100}% + 0.4rem)`;
  else if (from > 0.2) time.style.right = `calc(${(1 - from) * 100}% + 0.4rem)`;
  else time.classList.add("inside");
  const name = h("span", { class: "span-name" }, span.name);
  name.style.paddingInlineStart = `${Math.min(depth, 6) * 0.9}rem`;
  const label = t("stepIs", {
    name: span.name,
    start: formatMs(span.start_ms),
    duration: formatMs(span.duration_ms),
  });
  return h(
    "button",
    { type: "button", class: "span-row", "aria-label": label, onclick },
    name,
    h("span", { class: "track" }, bar, time),
  );
}

function spanDetails({ span }: PlacedSpan): HTMLElement {
  const entries = Object.entries(span.attributes);
  return h(
    "div",
    {},
    h("h3", {}, span.name),
    entries.length === 0
      ? h("p", { class: "muted small" }, t("noAttributes"))
      : h(
          "dl",
          { class: "attributes", "aria-label": t("attributes") },
          ...entries.flatMap(([name, value]) => [
            h("dt", {}, name),
            h("dd", {}, Array.isArray(value) ? value.join(", ") : String(value)),
          ]),
        ),
  );
}

function replay(id: string): HTMLElement {
  const command = `llamero replay ${id}`;
  const result = h("p", { class: "small", role: "status" });
  const run = async (): Promise<void> => {
    button.disabled = true;
    result.textContent = "…";
    result.className = "small";
    try {
      const { identical, num_tokens, first_difference } = await requestJson<ReplayResult>("v1alpha/replays", {
        body: { id },
      });
      result.textContent = identical
        ? t("same", { count: num_tokens })
        : t("differs", { count: (first_difference?.token ?? 0) + 1 });
      result.classList.add(identical ? "good" : "bad");
    } catch (error) {
      if (error instanceof ServerError && error.status === 404) result.textContent = t("notKept");
      else result.replaceChildren(errorBox(error));
    } finally {
      button.disabled = false;
    }
  };
  const button = h(
    "button",
    { type: "button", class: "quiet", id: "replay", onclick: () => void run() },
    icon("again"),
    t("replay"),
  );
  return h(
    "section",
    {},
    sectionHead(t("replay"), button),
    h(
      "div",
      { class: "card stack" },
      h("p", { class: "muted small" }, t("replayAbout")),
      h("div", { class: "row" }, h("code", { class: "break" }, command), copyButton(command)),
      result,
    ),
  );
}
