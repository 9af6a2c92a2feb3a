import type { ServerStatus } from "@llamero/stack/api/server-status";
import { requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { toCells } from "./cells.ts";
import { t } from "./texts.ts";

/** KV blocks of models, as they are taken and given back; hidden where the server does not tell. */
export class KvBlocks {
  readonly element: HTMLElement = h("section", { class: "kv-blocks", hidden: true });
  #isRefused = false;
  #shown = "";

  async update(models: readonly string[]): Promise<void> {
    if (this.#isRefused) return;
    let status: ServerStatus;
    try {
      status = await requestJson<ServerStatus>("v1alpha/admin/status");
    } catch {
      // A key without the scope admin, or a server that is gone: the answers say so themselves.
      this.#isRefused = true;
      this.element.hidden = true;
      return;
    }
    const found = status.models.filter(
      ({ model, kv_blocks }) => models.includes(model) && kv_blocks !== null && kv_blocks > 0,
    );
    const shown = JSON.stringify(
      found.map(({ model, kv_blocks, kv_blocks_used }) => [model, kv_blocks, kv_blocks_used]),
    );
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.hidden = found.length === 0;
    this.element.replaceChildren(
      ...found.map(({ model, kv_blocks, kv_blocks_used }) =>
        blocksOf(model, kv_blocks_used ?? 0, kv_blocks!),
      ),
    );
  }
}

function blocksOf(model: string, used: number, all: number): HTMLElement {
  const { cells, full } = toCells(used, all);
  const text = t("blocksOf", { used, all });
  return h(
    "div",
    { class: "card" },
    h(
      "header",
      { class: "row" },
      h("h3", {}, t("blocks")),
      h("span", { class: "muted small break" }, model),
      h("span", { class: "muted small kv-count" }, text),
    ),
    h(
      "div",
      { class: "cells", role: "img", "aria-label": `${t("blocks")}: ${text}` },
      ...Array.from({ length: cells }, (_, at) => h("span", { class: at < full ? "full" : "" })),
    ),
  );
}
