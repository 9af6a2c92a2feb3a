import { apiKey, keepApiKey } from "./client.ts";
import { createDialog, showDialog } from "./dialog.ts";
import { h } from "./dom.ts";
import { shellText } from "./texts.ts";

/** Asks for the key of the server; true when there is a new one. */
export async function askForKey(): Promise<boolean> {
  const before = apiKey();
  const input = h("input", {
    type: "password",
    autocomplete: "off",
    autofocus: true,
    value: before,
    "aria-label": shellText("apiKey"),
  });
  const form = h(
    "form",
    {
      class: "stack",
      onsubmit(event: SubmitEvent) {
        event.preventDefault();
        keepApiKey(input.value.trim());
        dialog.close();
      },
    },
    h("p", { class: "muted" }, shellText("keyAbout")),
    h("label", { class: "field" }, h("span", {}, shellText("apiKey")), input),
    h(
      "div",
      { class: "row end" },
      before !== "" &&
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            onclick() {
              keepApiKey("");
              dialog.close();
            },
          },
          shellText("keyForget"),
        ),
      h("button", { type: "submit" }, shellText("save")),
    ),
  );
  const dialog = createDialog(before === "" ? shellText("keyTitle") : shellText("apiKey"), form);
  await showDialog(dialog);
  return apiKey() !== before;
}
