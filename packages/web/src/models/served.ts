import type { ServedAdapter } from "@llamero/stack/api/adapters";
import type { ModelEntry } from "@llamero/stack/api/models";
import type { ModelStatus } from "@llamero/stack/api/server-status";
import { errorBox, figure, meter } from "../parts/elements.ts";
import { formatBytes, formatMs, formatNumber } from "../parts/format.ts";
import { requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { showPlan } from "./plan.ts";
import { t } from "./texts.ts";

/** What is known of a model that is served; what admins alone see is null for others. */
export interface ServedFacts {
  entry: ModelEntry;
  status: ModelStatus | null;
  adapter: ServedAdapter | null;
}

const dots: Readonly<Record<ModelStatus["state"], string>> = {
  inline: "good",
  ready: "good",
  loading: "warn",
  restarting: "warn",
  unloaded: "",
  closed: "",
  failed: "bad",
};

/** A card of one served model. */
export function servedCard({ entry, status, adapter }: ServedFacts, onChange: () => void): HTMLElement {
  const problem = h("div", {});
  const act = async (path: string): Promise<void> => {
    try {
      await requestJson(path, { body: { model: entry.id } });
      onChange();
    } catch (error) {
      problem.replaceChildren(errorBox(error));
    }
  };
  return h(
    "article",
    { class: "card served", "data-model": entry.id },
    h("header", {}, h("h3", { class: "break" }, entry.id), stateLine(entry, status)),
    h("dl", { class: "figures" }, ...figures(entry, status)),
    status !== null && blocks(status),
    adapter !== null && adapterRow(adapter, act),
    status !== null &&
      status.degraded.length > 0 &&
      h(
        "p",
        { class: "small warn-text" },
        t("degraded", {
          what: status.degraded.map(({ what, used, why }) => `${what}: ${used} (${why})`).join("; "),
        }),
      ),
    problem,
    status !== null && buttons(entry.id, status, act),
  );
}

function stateLine(entry: ModelEntry, status: ModelStatus | null): HTMLElement {
  const text =
    status === null
      ? entry.owned_by === "llamero"
        ? ""
        : t("state_remote", { name: entry.owned_by })
      : t(`state_${status.state}`);
  return h(
    "span",
    { class: "state" },
    status !== null && h("span", { class: `dot ${dots[status.state]}` }),
    text,
  );
}

function figures(entry: ModelEntry, status: ModelStatus | null): HTMLElement[] {
  const { context_length: context } = entry;
  const list: HTMLElement[] = [];
  if (context !== undefined) list.push(figure(t("context"), formatNumber(context)));
  if (status === null) return list;
  if (status.memory_bytes !== null) list.push(figure(t("plan"), formatBytes(status.memory_bytes)));
  if (status.running !== null) list.push(figure(t("answering"), formatNumber(status.running)));
  if (status.waiting !== null) list.push(figure(t("queue"), formatNumber(status.waiting)));
  if (status.unloads_in_seconds !== null)
    list.push(figure(t("unloads"), formatMs(status.unloads_in_seconds * 1000)));
  return list;
}

function blocks({ kv_blocks: all, kv_blocks_used: used }: ModelStatus): HTMLElement | null {
  if (all === null || used === null || all === 0) return null;
  const text = t("blocksOf", { used, all });
  return h(
    "div",
    { class: "kv" },
    h("span", { class: "muted small" }, t("blocks")),
    h("span", { class: "muted small" }, text),
    meter(used / all, `${t("blocks")}: ${text}`),
  );
}

function adapterRow(adapter: ServedAdapter, act: (path: string) => Promise<void>): HTMLElement {
  const { current, history } = adapter;
  return h(
    "div",
    { class: "row adapter" },
    h("span", { class: "tag accent" }, t("adapters")),
    h(
      "span",
      { class: "small break" },
      current === null ? t("noAdapter") : t("adapter", { name: current.name }),
    ),
    history.length > 0 &&
      h(
        "button",
        { type: "button", class: "quiet", onclick: () => void act("v1alpha/admin/adapters/rollback") },
        t("back"),
      ),
  );
}

function buttons(
  name: string,
  { state, running }: ModelStatus,
  act: (path: string) => Promise<void>,
): HTMLElement {
  const canUnload = state === "ready" && (running ?? 0) === 0;
  return h(
    "div",
    { class: "row" },
    state === "unloaded" &&
      h(
        "button",
        { type: "button", class: "quiet", onclick: () => void act("v1alpha/admin/models/load") },
        t("load"),
      ),
    canUnload &&
      h(
        "button",
        { type: "button", class: "quiet", onclick: () => void act("v1alpha/admin/models/unload") },
        t("unload"),
      ),
    h("button", { type: "button", class: "quiet plan", onclick: () => void showPlan(name) }, t("plan")),
  );
}
