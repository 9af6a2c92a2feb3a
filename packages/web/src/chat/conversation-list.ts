import { createDialog, showDialog } from "../shell/dialog.ts";
import { download, h } from "../shell/dom.ts";
import { type IconName, icon } from "../shell/icons.ts";
import type { Conversation } from "./conversation.ts";
import { exportConversations, importConversations } from "./exchange.ts";
import { t } from "./texts.ts";

/** What the list tells the page. */
export interface ListActions {
  open(conversation: Conversation): void;
  create(): void;
  save(conversation: Conversation): void;
  delete(conversation: Conversation): void;
  import(conversations: readonly Conversation[]): void;
  say(text: string): void;
}

function small(label: string, name: IconName, onclick: () => void): HTMLElement {
  return h(
    "button",
    { type: "button", class: "bare", "aria-label": label, title: label, onclick },
    icon(name),
  );
}

async function askToDelete({ title }: Conversation): Promise<boolean> {
  let isSure = false;
  const button = h(
    "button",
    {
      type: "button",
      class: "danger",
      onclick: () => {
        isSure = true;
        dialog.close();
      },
    },
    t("delete"),
  );
  const dialog = createDialog(
    t("deleteAsk", { title: title || t("untitled") }),
    h("p", { class: "muted" }, t("deleteAbout")),
    h("div", { class: "row end" }, button),
  );
  await showDialog(dialog);
  return isSure;
}

/** The conversations of this browser, below the navigation. */
export class ConversationList {
  readonly element: HTMLElement;
  readonly #actions: ListActions;
  readonly #list = h("ul");
  #all: readonly Conversation[] = [];

  constructor(actions: ListActions) {
    this.#actions = actions;
    const picker = h("input", {
      type: "file",
      accept: ".json,application/json",
      hidden: true,
      onchange: () => {
        void this.#import([...(picker.files ?? [])]);
        picker.value = "";
      },
    });
    this.element = h(
      "section",
      { class: "conversations", "aria-label": t("conversations") },
      h(
        "header",
        {},
        h("h2", {}, t("conversations")),
        small(t("import"), "upload", () => picker.click()),
        small(t("exportAll"), "download", () =>
          download("llamero-conversations.json", exportConversations(this.#all)),
        ),
        picker,
      ),
      h(
        "button",
        {
          type: "button",
          class: "quiet new",
          id: "new",
          "data-closes": true,
          onclick: () => actions.create(),
        },
        icon("plus"),
        t("new"),
      ),
      this.#list,
    );
  }

  async #import(files: readonly File[]): Promise<void> {
    try {
      for (const file of files) {
        const found = importConversations(await file.text());
        this.#actions.import(found);
        this.#actions.say(t("imported", { count: found.length }));
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const text = h("p", { class: "error" }, error.message);
      await showDialog(createDialog(t("importFailed"), text));
    }
  }

  /** Shows all conversations; the current one can be renamed, exported and deleted. */
  show(all: readonly Conversation[], current: Conversation): void {
    this.#all = all;
    this.#list.replaceChildren(...all.map((each) => this.#row(each, each.id === current.id)));
  }

  #row(conversation: Conversation, isCurrent: boolean): HTMLElement {
    const title = conversation.title || t("untitled");
    const open = { type: "button", class: "open", "aria-current": isCurrent && "true", "data-closes": true };
    const name = h("button", { ...open, title, onclick: () => this.#actions.open(conversation) }, title);
    if (!isCurrent) return h("li", {}, name);
    const row = h(
      "li",
      { class: "current" },
      name,
      small(t("rename"), "edit", () => this.#rename(row, conversation)),
      small(t("export"), "download", () => {
        const file = title.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 40);
        download(`${file}.json`, exportConversations([conversation]));
      }),
      small(t("delete"), "trash", () => {
        void askToDelete(conversation).then((isSure) => isSure && this.#actions.delete(conversation));
      }),
    );
    return row;
  }

  #rename(row: HTMLElement, conversation: Conversation): void {
    const input = h("input", { value: conversation.title, "aria-label": t("rename") });
    let isOver = false;
    const end = (keep: boolean): void => {
      if (isOver) return;
      isOver = true;
      if (keep && input.value.trim() !== "") conversation.title = input.value.trim();
      this.#actions.save(conversation);
    };
    input.addEventListener("blur", () => end(true));
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
      event.stopPropagation();
      end(event.key === "Enter");
      this.#list.querySelector<HTMLElement>(".current .open")?.focus();
    });
    row.replaceChildren(input);
    input.select();
  }
}
