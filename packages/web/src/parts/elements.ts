import { errorText, ServerError } from "../shell/client.ts";
import { createDialog, showDialog } from "../shell/dialog.ts";
import { type Child, h } from "../shell/dom.ts";
import { icon } from "../shell/icons.ts";
import { shellText } from "../shell/texts.ts";
import { partText } from "./texts.ts";

/** An error of the server in words, with a button that tries again. */
export function errorBox(error: unknown, retry?: () => void): HTMLElement {
  const isScope = error instanceof ServerError && error.code === "missing_scope";
  const text = isScope ? partText("needsAdmin") : errorText(error, shellText("unreachable"));
  return h(
    "div",
    { class: "error row", role: "alert" },
    h("span", {}, text),
    retry !== undefined && h("button", { type: "button", class: "quiet", onclick: retry }, partText("retry")),
  );
}

/** A heading with what stands at its end. */
export function sectionHead(title: string, ...rest: readonly Child[]): HTMLElement {
  return h("header", { class: "section-head" }, h("h2", {}, title), ...rest);
}

/** A choice of one among few, as buttons side by side. */
export function segments<Value extends string>(
  name: string,
  legend: string,
  choices: readonly (readonly [Value, string])[],
  chosen: Value,
  onChoose: (value: Value) => void,
): HTMLFieldSetElement {
  const labels = choices.map(([value, text]) =>
    h(
      "label",
      {},
      h("input", {
        type: "radio",
        name,
        value,
        checked: value === chosen,
        onchange: () => onChoose(value),
      }),
      h("span", {}, text),
    ),
  );
  return h("fieldset", { class: "segments" }, h("legend", { class: "hidden" }, legend), ...labels);
}

/** A bar that is filled up to a share. */
export function meter(share: number, label: string, className = ""): HTMLElement {
  const fill = h("span", { class: "meter-fill" });
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return h("span", { class: `meter ${className}`, role: "img", "aria-label": label }, fill);
}

/** A figure under its name. */
export function figure(name: string, value: string): HTMLElement {
  return h("div", { class: "figure" }, h("dt", {}, name), h("dd", {}, value));
}

/** Asks before something that cannot be undone. */
export async function confirm(title: string, about: string, action: string): Promise<boolean> {
  let isSure = false;
  const cancel = h(
    "button",
    { type: "button", class: "quiet", autofocus: true, onclick: () => dialog.close() },
    shellText("cancel"),
  );
  const sure = h(
    "button",
    {
      type: "button",
      class: "danger",
      onclick: () => {
        isSure = true;
        dialog.close();
      },
    },
    action,
  );
  const dialog = createDialog(
    title,
    h("p", { class: "muted" }, about),
    h("div", { class: "row end" }, cancel, sure),
  );
  await showDialog(dialog);
  return isSure;
}

/** A button that copies a text. */
export function copyButton(text: string): HTMLButtonElement {
  const label = h("span", {}, partText("copy"));
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    label.textContent = partText("copied");
    setTimeout(() => {
      label.textContent = partText("copy");
    }, 1500);
  };
  return h("button", { type: "button", class: "quiet", onclick: () => void copy() }, icon("copy"), label);
}

/** A field with its name above it. */
export function field(name: string, input: HTMLElement, hint?: string): HTMLLabelElement {
  return h(
    "label",
    { class: "field" },
    h("span", {}, name),
    input,
    hint !== undefined && h("small", { class: "muted" }, hint),
  );
}
