import { h } from "./dom.ts";
import { icon } from "./icons.ts";
import { shellText } from "./texts.ts";

/** A dialog over the page, with a title and a button that closes it; Escape does too. */
export function createDialog(title: string, ...content: readonly Node[]): HTMLDialogElement {
  const close = h(
    "button",
    { type: "button", class: "bare", "aria-label": shellText("close"), onclick: () => dialog.close() },
    icon("close"),
  );
  const dialog = h(
    "dialog",
    { "aria-label": title, onclick: (event: MouseEvent) => event.target === dialog && dialog.close() },
    h("div", { class: "dialog" }, h("header", {}, h("h2", {}, title), close), ...content),
  );
  // Where no field asks for the focus, the dialog itself is read first.
  dialog.autofocus = dialog.querySelector("[autofocus]") === null;
  dialog.tabIndex = -1;
  return dialog;
}

/** Shows a dialog until it is closed; it is not kept. */
export async function showDialog(dialog: HTMLDialogElement): Promise<void> {
  document.body.append(dialog);
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  dialog.remove();
}
