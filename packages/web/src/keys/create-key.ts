import type { CreatedKey } from "@llamero/stack/api/keys";
import { copyButton, errorBox, field } from "../parts/elements.ts";
import { requestJson } from "../shell/client.ts";
import { createDialog, showDialog } from "../shell/dialog.ts";
import { h } from "../shell/dom.ts";
import { shellText } from "../shell/texts.ts";
import { toKeyRequest } from "./key-state.ts";
import { t } from "./texts.ts";

const scopes = [
  ["read", "scopeRead", true],
  ["write", "scopeWrite", true],
  ["admin", "scopeAdmin", false],
] as const;

const days = [7, 30, 90, 365] as const;

/** Asks for a new key, makes it and shows it once; the answer is whether there is one. */
export async function createKey(): Promise<boolean> {
  let made: CreatedKey | null = null;
  const name = h("input", { required: true, maxlength: 200, autocomplete: "off", autofocus: true });
  const boxes = scopes.map(([value, , checked]) => h("input", { type: "checkbox", value, checked }));
  const models = h("input", { autocomplete: "off", placeholder: t("allScopes") });
  const number = (): HTMLInputElement =>
    h("input", { type: "number", min: 1, step: 1, placeholder: t("serverLimit") });
  const [requests, tokens] = [number(), number()];
  const expiry = h(
    "select",
    {},
    h("option", { value: "" }, t("never")),
    ...days.map((count) => h("option", { value: count }, t("inDays", { count }))),
  );
  const problem = h("div", {});
  const submit = h("button", { type: "submit" }, t("create"));
  const create = async (event: Event): Promise<void> => {
    event.preventDefault();
    submit.disabled = true;
    problem.replaceChildren();
    try {
      const chosen = boxes.filter((box) => box.checked).map(({ value }) => value);
      const form = {
        name: name.value,
        scopes: chosen,
        models: models.value,
        requests: requests.value,
        tokens: tokens.value,
        days: expiry.value,
      };
      made = await requestJson<CreatedKey>("v1alpha/keys", { body: toKeyRequest(form, Date.now() / 1000) });
      dialog.close();
    } catch (error) {
      problem.replaceChildren(errorBox(error));
    } finally {
      submit.disabled = false;
    }
  };
  const checkScopes = (): void => {
    submit.disabled = boxes.every((box) => !box.checked);
  };
  const form = h(
    "form",
    { class: "stack", onsubmit: (event: Event) => void create(event) },
    field(t("name"), name, t("nameHint")),
    h(
      "fieldset",
      { class: "scopes", onchange: checkScopes },
      h("legend", { class: "muted small" }, t("scopes")),
      ...boxes.map((box, at) => h("label", { class: "check" }, box, h("span", {}, t(scopes[at]![1])))),
    ),
    field(t("models"), models, t("modelsHint")),
    h("div", { class: "two" }, field(t("requests"), requests), field(t("tokens"), tokens)),
    field(t("expires"), expiry),
    problem,
    h(
      "div",
      { class: "row end" },
      h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, shellText("cancel")),
      submit,
    ),
  );
  const dialog = createDialog(t("new"), form);
  await showDialog(dialog);
  if (made === null) return false;
  await showOnce(made);
  return true;
}

async function showOnce({ key, name }: CreatedKey): Promise<void> {
  const box = h("input", { readonly: true, value: key, class: "secret", "aria-label": name });
  box.addEventListener("focus", () => box.select());
  const dialog = createDialog(
    t("onceTitle"),
    h("p", { class: "muted" }, t("onceAbout")),
    box,
    h(
      "div",
      { class: "row end" },
      copyButton(key),
      h("button", { type: "button", onclick: () => dialog.close() }, t("done")),
    ),
  );
  await showDialog(dialog);
}
