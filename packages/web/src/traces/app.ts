import type { TraceObject } from "@llamero/stack/api/traces";
import { errorBox } from "../parts/elements.ts";
import { listModels } from "../parts/models.ts";
import { requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { mountShell } from "../shell/shell.ts";
import { addShortcut } from "../shell/shortcuts.ts";
import { shellText } from "../shell/texts.ts";
import { t } from "./texts.ts";
import { TraceList } from "./trace-list.ts";
import { traceView } from "./trace-view.ts";

const shell = mountShell({ page: "traces" });
const list = new TraceList();
const listPage = h("div", { class: "stack" }, h("p", { class: "lead" }, t("about")), list.element);
const onePage = h("div", {});
const column = h("div", { class: "column" }, listPage, onePage);
shell.main.append(column);

/** Shows the trace that the address names after `#`, or the list. */
async function show(): Promise<void> {
  const id = location.hash.slice(1);
  listPage.hidden = id !== "";
  onePage.hidden = id === "";
  onePage.replaceChildren();
  if (id === "") {
    shell.setTitle(shellText("traces"));
    await list.load();
    return;
  }
  try {
    const trace = await requestJson<TraceObject>(`v1alpha/traces/${encodeURIComponent(id)}`);
    if (location.hash.slice(1) !== id) return;
    shell.setTitle(trace.name);
    onePage.replaceChildren(traceView(trace));
    onePage.querySelector<HTMLElement>(".back")?.focus();
  } catch (error) {
    onePage.replaceChildren(
      h("a", { href: "#", class: "back" }, t("back")),
      errorBox(error, () => void show()),
    );
  }
}

const reload = (): void => {
  if (location.hash.length > 1) location.hash = "";
  else void list.load();
};

addShortcut({ keys: "l", text: t("refresh"), run: reload });
addEventListener("hashchange", () => void show());
list.build(await listModels().catch(() => []));
await show();
