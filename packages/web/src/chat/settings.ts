import type { VectorStore } from "@llamero/stack/api/vector-stores";
import { requestJson } from "../shell/client.ts";
import { createDialog, showDialog } from "../shell/dialog.ts";
import { h } from "../shell/dom.ts";
import { icon } from "../shell/icons.ts";
import type { Conversation, Sampling, Tools } from "./conversation.ts";
import { t } from "./texts.ts";

const samplingFields = [
  { field: "temperature", text: "temperature", min: 0, max: 2, step: 0.1 },
  { field: "topP", text: "topP", min: 0, max: 1, step: 0.05 },
  { field: "maxTokens", text: "maxTokens", min: 1, max: 2 ** 31, step: 1 },
  { field: "seed", text: "seed", min: 0, max: 2 ** 32 - 1, step: 1 },
] as const satisfies readonly {
  field: keyof Sampling;
  text: string;
  min: number;
  max: number;
  step: number;
}[];

const switches = [
  { field: "calculator", text: "toolCalculator" },
  { field: "webSearch", text: "toolWeb" },
  { field: "codeInterpreter", text: "toolCode" },
] as const;

/** Lets the reader change how a conversation is answered; every change is told at once. */
export async function showSettings(conversation: Conversation, onChange: () => void): Promise<void> {
  const { sampling, tools } = conversation;
  const system = h("textarea", {
    rows: 4,
    id: "system",
    placeholder: t("systemHint"),
    value: conversation.system,
    oninput: () => {
      conversation.system = system.value;
      onChange();
    },
  });
  const numbers = samplingFields.map(({ field, text, ...limits }) => {
    const input = h("input", {
      type: "number",
      id: `sampling-${field}`,
      ...limits,
      // Any number between the ends, not only multiples of the step of the arrows.
      step: field === "maxTokens" || field === "seed" ? 1 : "any",
      inputmode: "decimal",
      placeholder: t("byServer"),
      value: sampling[field] === null ? "" : String(sampling[field]),
      oninput: () => {
        if (!input.checkValidity()) return;
        sampling[field] = input.value === "" ? null : input.valueAsNumber;
        onChange();
      },
    });
    return h("label", { class: "field" }, h("span", {}, t(text)), input);
  });
  const dialog = createDialog(
    t("settings"),
    h("label", { class: "field" }, h("span", {}, t("system")), system),
    h("section", { class: "stack" }, h("h3", {}, t("sampling")), h("div", { class: "numbers" }, ...numbers)),
    toolsSection(tools, onChange),
  );
  await showDialog(dialog);
}

function check(label: string, isOn: boolean, onChange: (isOn: boolean) => void): HTMLElement {
  const box = h("input", { type: "checkbox", checked: isOn, onchange: () => onChange(box.checked) });
  return h("label", { class: "check" }, box, label);
}

function toolsSection(tools: Tools, onChange: () => void): HTMLElement {
  const boxes = switches.map(({ field, text }) =>
    check(t(text), tools[field], (isOn) => {
      tools[field] = isOn;
      onChange();
    }),
  );
  const stores = h("div", { class: "stack tight", hidden: true });
  void showStores(stores, tools, onChange);
  return h(
    "section",
    { class: "stack" },
    h("h3", {}, t("tools")),
    h("div", { class: "stack tight" }, ...boxes),
    stores,
    serversSection(tools, onChange),
  );
}

/** Lists the vector stores of the server, where it has some. */
async function showStores(element: HTMLElement, tools: Tools, onChange: () => void): Promise<void> {
  const { data } = await requestJson<{ data: VectorStore[] }>("v1/vector_stores").catch(() => ({ data: [] }));
  element.hidden = data.length === 0;
  element.replaceChildren(
    ...data.map(({ id, name }) =>
      check(t("toolFiles", { name: name || id }), tools.vectorStores.includes(id), (isOn) => {
        tools.vectorStores = tools.vectorStores.filter((each) => each !== id);
        if (isOn) tools.vectorStores.push(id);
        onChange();
      }),
    ),
  );
}

function serversSection(tools: Tools, onChange: () => void): HTMLElement {
  const list = h("ul", { class: "servers" });
  const show = (): void => {
    list.replaceChildren(
      ...tools.mcpServers.map((server) => {
        const label = t("removeServer", { label: server.label });
        const remove = (): void => {
          tools.mcpServers = tools.mcpServers.filter((each) => each !== server);
          onChange();
          show();
        };
        return h(
          "li",
          {},
          h("span", {}, h("b", {}, server.label), " ", h("small", { class: "muted" }, server.url)),
          check(t("serverAsks"), server.asks, (isOn) => {
            server.asks = isOn;
            onChange();
          }),
          h(
            "button",
            { type: "button", class: "bare", "aria-label": label, title: label, onclick: remove },
            icon("close"),
          ),
        );
      }),
    );
  };
  const name = h("input", {
    required: true,
    pattern: "[\\w\\-]{1,64}",
    placeholder: t("serverLabel"),
    "aria-label": t("serverLabel"),
  });
  const url = h("input", {
    required: true,
    type: "url",
    placeholder: "https://",
    "aria-label": t("serverUrl"),
  });
  const form = h(
    "form",
    {
      class: "server-form",
      onsubmit: (event: SubmitEvent) => {
        event.preventDefault();
        tools.mcpServers.push({ label: name.value, url: url.value, asks: true });
        form.reset();
        onChange();
        show();
      },
    },
    name,
    url,
    h("button", { type: "submit", class: "quiet" }, t("addServer")),
  );
  show();
  return h(
    "div",
    { class: "stack tight" },
    h("span", { class: "muted small" }, t("toolServers")),
    list,
    form,
  );
}
