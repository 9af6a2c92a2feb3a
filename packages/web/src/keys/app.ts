import type { KeyObject } from "@llamero/stack/api/keys";
import type { Page } from "@llamero/stack/api/paging";
import { confirm, errorBox } from "../parts/elements.ts";
import { formatTime } from "../parts/format.ts";
import { requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { icon } from "../shell/icons.ts";
import { mountShell } from "../shell/shell.ts";
import { addShortcut } from "../shell/shortcuts.ts";
import { createKey } from "./create-key.ts";
import { stateOf } from "./key-state.ts";
import { t } from "./texts.ts";

const shell = mountShell({ page: "keys" });
const content = h("div", {});
const add = h("button", { type: "button", id: "new", onclick: () => void addKey() }, icon("plus"), t("new"));
shell.actions.append(add);
shell.main.append(h("div", { class: "column" }, h("p", { class: "lead" }, t("about")), content));
addShortcut({ keys: "n", text: t("new"), run: () => void addKey() });

async function addKey(): Promise<void> {
  if (await createKey()) await load();
  add.focus();
}

async function load(): Promise<void> {
  try {
    const { data } = await requestJson<Page<KeyObject>>("v1alpha/keys");
    content.replaceChildren(data.length === 0 ? h("p", { class: "nothing" }, t("none")) : table(data));
  } catch (error) {
    content.replaceChildren(errorBox(error, () => void load()));
  }
}

function table(keys: readonly KeyObject[]): HTMLElement {
  const heads = [t("name"), t("key"), t("scopes"), t("limits"), t("created"), t("state"), ""];
  return h(
    "div",
    { class: "card table-card", tabindex: 0, role: "region", "aria-label": t("key") },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, ...keys.map(row)),
    ),
  );
}

function limitsOf(key: KeyObject): string[] {
  return [
    ...(key.requests_per_minute === null ? [] : [t("perMinute", { count: key.requests_per_minute })]),
    ...(key.tokens_per_day === null ? [] : [t("perDay", { count: key.tokens_per_day })]),
    ...(key.models ?? []),
  ];
}

function row(key: KeyObject): HTMLTableRowElement {
  const state = stateOf(key, Date.now() / 1000);
  const limits = limitsOf(key);
  const scopes = key.scopes ?? [t("allScopes")];
  const canRevoke = key.source === "store" && state !== "revoked";
  const revoke = async (): Promise<void> => {
    if (!(await confirm(t("revokeAsk", { name: key.name }), t("revokeAbout"), t("revoke")))) return;
    try {
      await requestJson(`v1alpha/keys/${encodeURIComponent(key.id)}`, { method: "DELETE" });
      shell.announcer.say(`${key.name}: ${t("revoked")}`);
      await load();
    } catch (error) {
      content.prepend(errorBox(error));
    }
  };
  return h(
    "tr",
    { class: state === "active" ? "" : "past" },
    h("th", { scope: "row", class: "name" }, key.name),
    h("td", {}, key.hint === "" ? h("span", { class: "muted" }, "—") : h("code", {}, `…${key.hint}`)),
    h("td", {}, h("span", { class: "tags" }, ...scopes.map((each) => h("span", { class: "tag" }, each)))),
    h(
      "td",
      { class: "small" },
      ...(limits.length === 0
        ? [h("span", { class: "muted" }, t("serverLimit"))]
        : limits.map((each) => h("div", {}, each))),
    ),
    h(
      "td",
      { class: "small" },
      key.created_at === null ? t("fromConfig") : formatTime(key.created_at),
      key.expires_at !== null &&
        h("div", { class: "muted" }, `${t("expires")}: ${formatTime(key.expires_at)}`),
    ),
    h("td", {}, h("span", { class: `tag ${state === "active" ? "good" : ""}` }, t(state))),
    h(
      "td",
      { class: "actions-cell" },
      canRevoke && h("button", { type: "button", class: "quiet", onclick: () => void revoke() }, t("revoke")),
    ),
  );
}

void load();
