import type { ServedAdapter } from "@llamero/stack/api/adapters";
import type { ModelEntry } from "@llamero/stack/api/models";
import type { ServerStatus } from "@llamero/stack/api/server-status";
import type { StoredModelEntry, StoredModelList } from "@llamero/stack/api/stored-models";
import { confirm, errorBox, sectionHead } from "../parts/elements.ts";
import { formatBytes, formatTime } from "../parts/format.ts";
import { listModels } from "../parts/models.ts";
import { requestJson, ServerError } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { mountShell } from "../shell/shell.ts";
import { addShortcut } from "../shell/shortcuts.ts";
import { showPlan } from "./plan.ts";
import { PullView } from "./pull.ts";
import { servedCard } from "./served.ts";
import { t } from "./texts.ts";

const pollMs = 2000;

const shell = mountShell({ page: "models" });
const served = h("div", { class: "served-grid" });
const stored = h("div", {});
const free = h("p", { class: "muted small" });
const pull = new PullView(
  () => void loadStored(),
  (text) => shell.announcer.say(text),
);
const adminParts = [
  h("section", {}, sectionHead(t("pull")), pull.element),
  h("section", {}, sectionHead(t("stored"), free), stored),
];
shell.main.append(
  h("div", { class: "column" }, h("section", {}, sectionHead(t("served")), served), ...adminParts),
);
addShortcut({ keys: "i", text: t("pull"), run: () => pull.input.focus() });

/** False once the server has said that the key is no admin's. */
let isAdmin = true;
let shown = "";

/** What admins alone may ask; null for others. */
async function asAdmin<Answer>(path: string): Promise<Answer | null> {
  if (!isAdmin) return null;
  try {
    return await requestJson<Answer>(path);
  } catch (error) {
    if (!(error instanceof ServerError && error.code === "missing_scope")) throw error;
    isAdmin = false;
    for (const part of adminParts) part.hidden = true;
    return null;
  }
}

/** Whether an entry is a model itself, not one of its adapters. */
function isWhole({ id }: ModelEntry, all: readonly ModelEntry[]): boolean {
  return !all.some((other) => other.id !== id && id.startsWith(`${other.id}:`));
}

async function loadServed(): Promise<void> {
  try {
    const models = await listModels();
    const status = await asAdmin<ServerStatus>("v1alpha/admin/status");
    const adapters = await asAdmin<{ data: ServedAdapter[] }>("v1alpha/admin/adapters");
    const facts = models
      .filter((entry) => isWhole(entry, models))
      .map((entry) => ({
        entry,
        status: status?.models.find(({ model }) => model === entry.id) ?? null,
        adapter: adapters?.data.find(({ model }) => model === entry.id) ?? null,
      }));
    // Drawn only when something has changed: the focus stays where it is.
    const text = JSON.stringify(facts);
    if (text === shown || document.querySelector("dialog[open]") !== null) return;
    const focused = document.activeElement?.closest<HTMLElement>("[data-model]")?.dataset["model"];
    shown = text;
    served.replaceChildren(...facts.map((each) => servedCard(each, () => void loadServed())));
    if (focused !== undefined)
      [...served.querySelectorAll<HTMLElement>("[data-model]")]
        .find((card) => card.dataset["model"] === focused)
        ?.querySelector("button")
        ?.focus();
  } catch (error) {
    shown = "";
    served.replaceChildren(errorBox(error, () => void loadServed()));
  }
}

async function loadStored(): Promise<void> {
  try {
    const list = await asAdmin<StoredModelList>("v1alpha/admin/models");
    if (list === null) return;
    free.textContent = t("free", { bytes: formatBytes(list.available_bytes) });
    stored.replaceChildren(
      list.data.length === 0 ? h("p", { class: "nothing" }, t("noneStored")) : storedTable(list.data),
      h("p", { class: "muted small below" }, t("startAbout")),
    );
  } catch (error) {
    stored.replaceChildren(errorBox(error, () => void loadStored()));
  }
}

function storedTable(models: readonly StoredModelEntry[]): HTMLElement {
  const heads = [
    [t("name"), ""],
    [t("size"), "number"],
    [t("source"), ""],
    [t("added"), ""],
    ["", ""],
  ] as const;
  return h(
    "div",
    { class: "card table-card", tabindex: 0, role: "region", "aria-label": t("stored") },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h("tr", {}, ...heads.map(([text, name]) => h("th", { scope: "col", class: name }, text))),
      ),
      h("tbody", {}, ...models.map(storedRow)),
    ),
  );
}

function storedRow(model: StoredModelEntry): HTMLTableRowElement {
  const remove = async (): Promise<void> => {
    const about = t("removeAbout", { bytes: formatBytes(model.size_bytes) });
    if (!(await confirm(t("removeAsk", { name: model.name }), about, t("remove")))) return;
    try {
      const path = model.name.split("/").map(encodeURIComponent).join("/");
      await requestJson(`v1alpha/admin/models/${path}`, { method: "DELETE" });
      await loadStored();
    } catch (error) {
      stored.prepend(errorBox(error));
    }
  };
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row", class: "name" },
      model.name,
      " ",
      model.served && h("span", { class: "tag good" }, t("isServed")),
    ),
    h("td", { class: "number" }, formatBytes(model.size_bytes)),
    h("td", { class: "break small" }, model.source ?? h("span", { class: "muted" }, "—")),
    h("td", { class: "small muted" }, formatTime(model.added_at)),
    h(
      "td",
      { class: "actions-cell" },
      h(
        "button",
        { type: "button", class: "quiet plan", onclick: () => void showPlan(model.name) },
        t("plan"),
      ),
      !model.served &&
        h("button", { type: "button", class: "quiet remove", onclick: () => void remove() }, t("remove")),
    ),
  );
}

await loadServed();
await loadStored();
setInterval(() => {
  if (document.visibilityState === "visible") void loadServed();
}, pollMs);
