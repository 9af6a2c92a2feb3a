import { createDialog, showDialog } from "./dialog.ts";
import { h } from "./dom.ts";
import { shellText } from "./texts.ts";

/** Something that keys do; `keys` is one key as in `KeyboardEvent.key`, or two after one another, as `g c`. */
export interface Shortcut {
  keys: string;
  /** What it does, in the reader's language. */
  text: string;
  run(): void;
  /** Also where text is typed; only for keys that write nothing, such as Escape. */
  inText?: boolean;
}

const storageKey = "llamero-single-keys";
const shortcuts: Shortcut[] = [];
let first = "";
let forgetTimer = 0;

const isOn = (): boolean => localStorage.getItem(storageKey) !== "off";

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches(
      "textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=button])",
    ));

/** Adds a shortcut; `?` lists it. */
export function addShortcut(shortcut: Shortcut): void {
  shortcuts.push(shortcut);
}

/** The shortcut that a key completes, after the key before it. */
export function findShortcut(list: readonly Shortcut[], before: string, key: string): Shortcut | undefined {
  return list.find(({ keys }) => keys === `${before} ${key}`) ?? list.find(({ keys }) => keys === key);
}

function listen(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") !== null) return;
  const found = findShortcut(shortcuts, first, event.key);
  const typing = isTyping(event.target);
  first = typing ? "" : event.key;
  clearTimeout(forgetTimer);
  forgetTimer = window.setTimeout(() => {
    first = "";
  }, 1200);
  if (found === undefined || (typing && found.inText !== true)) return;
  if (event.key.length === 1 && event.key !== "?" && !isOn()) return;
  event.preventDefault();
  found.run();
}

/** Lists the shortcuts. */
export function showShortcuts(): void {
  const keysOf = (keys: string): HTMLElement =>
    h(
      "span",
      { class: "keys" },
      ...keys
        .split(" ")
        .flatMap((key, index) => [
          ...(index === 0 ? [] : [` ${shellText("shortcutThen")} `]),
          h("kbd", {}, key === "Escape" ? "Esc" : key),
        ]),
    );
  const single = h("input", {
    type: "checkbox",
    checked: isOn(),
    onchange: () => localStorage.setItem(storageKey, single.checked ? "on" : "off"),
  });
  const list = h(
    "dl",
    { class: "shortcuts" },
    ...shortcuts.flatMap(({ keys, text }) => [h("dt", {}, text), h("dd", {}, keysOf(keys))]),
  );
  const choice = h("label", { class: "check" }, single, shellText("singleKeys"));
  void showDialog(createDialog(shellText("shortcuts"), list, choice));
}

/** Begins to listen to keys. */
export function startShortcuts(): void {
  addShortcut({ keys: "?", text: shellText("shortcutHelp"), run: showShortcuts });
  document.addEventListener("keydown", listen);
}
