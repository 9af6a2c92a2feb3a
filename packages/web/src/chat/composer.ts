import { h } from "../shell/dom.ts";
import { icon } from "../shell/icons.ts";
import type { Attachment } from "./conversation.ts";
import { readAttachment } from "./read-attachment.ts";
import { fileChip } from "./show-turn.ts";
import { t } from "./texts.ts";

export interface ComposerOptions {
  onSend(text: string, attachments: Attachment[]): void;
  onStop(): void;
  /** Beside the buttons. */
  extra: Node;
}

/** Where messages are written. */
export class Composer {
  readonly element: HTMLFormElement;
  readonly box: HTMLTextAreaElement;
  readonly #options: ComposerOptions;
  readonly #files = h("div", { class: "row files", hidden: true });
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });
  readonly #send: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  #attachments: Attachment[] = [];

  constructor(options: ComposerOptions) {
    this.#options = options;
    this.box = h("textarea", {
      id: "prompt",
      rows: 1,
      placeholder: t("placeholder"),
      "aria-label": t("message"),
      oninput: () => this.#fit(),
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.#submit();
      },
      onpaste: (event: ClipboardEvent) => void this.add([...(event.clipboardData?.files ?? [])]),
    });
    const picker = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      onchange: () => {
        void this.add([...(picker.files ?? [])]);
        picker.value = "";
      },
    });
    const attach = {
      type: "button",
      class: "bare",
      id: "attach",
      "aria-label": t("attach"),
      title: t("attach"),
    };
    const stop = {
      type: "button",
      class: "round",
      id: "stop",
      "aria-label": t("stop"),
      title: t("stop"),
      hidden: true,
    };
    this.#send = h(
      "button",
      { type: "submit", class: "round", id: "send", "aria-label": t("send"), title: t("send") },
      icon("send"),
    );
    this.#stop = h("button", { ...stop, onclick: () => options.onStop() }, icon("stop"));
    this.element = h(
      "form",
      {
        class: "composer",
        onsubmit: (event: SubmitEvent) => {
          event.preventDefault();
          this.#submit();
        },
      },
      this.#problem,
      this.#files,
      this.box,
      h(
        "div",
        { class: "row controls" },
        h("button", { ...attach, onclick: () => picker.click() }, icon("attach")),
        picker,
        options.extra,
        this.#send,
        this.#stop,
      ),
    );
  }

  setRunning(isRunning: boolean): void {
    // Whoever stopped by the button goes on from the box.
    const hadFocus = this.#stop === document.activeElement;
    this.#send.hidden = isRunning;
    this.#stop.hidden = !isRunning;
    if (hadFocus && !isRunning) this.box.focus();
  }

  /** Adds text files. */
  async add(files: readonly File[]): Promise<void> {
    this.#problem.hidden = true;
    for (const file of files) {
      const read = await readAttachment(file);
      if (typeof read !== "string") this.#attachments.push(read);
      else {
        this.#problem.textContent = t(read === "tooLarge" ? "fileTooLarge" : "fileNotText", {
          name: file.name,
        });
        this.#problem.hidden = false;
      }
    }
    this.#showFiles();
  }

  #showFiles(): void {
    this.#files.hidden = this.#attachments.length === 0;
    this.#files.replaceChildren(
      ...this.#attachments.map((attachment) => {
        const chip = fileChip(attachment.name, attachment.text);
        const label = t("removeFile", { name: attachment.name });
        const remove = (): void => {
          this.#attachments = this.#attachments.filter((each) => each !== attachment);
          this.#showFiles();
          this.box.focus();
        };
        chip.append(
          h(
            "button",
            { type: "button", class: "bare", "aria-label": label, title: label, onclick: remove },
            icon("close"),
          ),
        );
        return chip;
      }),
    );
  }

  #submit(): void {
    const text = this.box.value;
    if (this.#send.hidden || (text.trim() === "" && this.#attachments.length === 0)) return;
    const attachments = this.#attachments;
    this.#attachments = [];
    this.#problem.hidden = true;
    this.#showFiles();
    this.box.value = "";
    this.#fit();
    this.#options.onSend(text, attachments);
  }

  #fit(): void {
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight}px`;
  }
}
