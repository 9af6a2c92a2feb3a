import { renderMarkdown } from "../markdown/render-markdown.ts";
import { h } from "../shell/dom.ts";
import { type IconName, icon } from "../shell/icons.ts";
import { isRefused } from "./apply-event.ts";
import { type Conversation, type Turn, versionsOf } from "./conversation.ts";
import { showSteps } from "./show-steps.ts";
import { t } from "./texts.ts";
import { roughTokens } from "./to-request.ts";

/** What the reader can do with a message. */
export interface TurnActions {
  edit(turn: Turn, text: string): void;
  again(turn: Turn): void;
  showVersion(id: string): void;
  approve(turn: Turn, id: string, isAllowed: boolean): void;
  say(text: string): void;
}

function iconButton(label: string, name: IconName, onclick: () => void): HTMLButtonElement {
  return h(
    "button",
    { type: "button", class: "bare", "aria-label": label, title: label, onclick },
    icon(name),
  );
}

/** Chip of a file that goes with a message. */
export function fileChip(name: string, text: string): HTMLElement {
  const size = t("roughTokens", { count: roughTokens(text) });
  return h(
    "span",
    { class: "file" },
    icon("attach"),
    h("span", { class: "name" }, name),
    h("small", {}, size),
  );
}

/** A message on the page. */
export class TurnView {
  readonly element: HTMLElement;
  readonly #turn: Turn;
  readonly #actions: TurnActions;
  readonly #steps = h("ol", { class: "steps" });
  readonly #body = h("div", { class: "body" });
  readonly #guard = h("div", { class: "guard" });
  readonly #foot = h("footer", { class: "foot" });
  #shownSteps: unknown = null;

  constructor(turn: Turn, actions: TurnActions) {
    this.#turn = turn;
    this.#actions = actions;
    const isUser = turn.role === "user";
    const files = (turn.attachments ?? []).map(({ name, text }) => fileChip(name, text));
    this.element = h(
      "article",
      {
        class: `message ${turn.role}`,
        "aria-label": isUser ? t("you") : (turn.model ?? t("model")),
        "data-turn": turn.id,
      },
      files.length > 0 && h("div", { class: "row files" }, ...files),
      this.#steps,
      this.#body,
      this.#guard,
      this.#foot,
    );
    this.draw();
  }

  setBusy(isBusy: boolean): void {
    this.element.classList.toggle("busy", isBusy);
  }

  /** Shows the message as it is now. */
  draw(): void {
    const turn = this.#turn;
    if (turn.role === "user") this.#body.textContent = turn.content;
    else renderMarkdown(this.#body, turn.content, (code) => this.#copyButton(code));
    this.#body.hidden = turn.content === "" && turn.role === "user";
    if (turn.steps !== this.#shownSteps) this.drawSteps();
    this.#drawGuard();
  }

  drawSteps(): void {
    this.#shownSteps = this.#turn.steps;
    this.#steps.hidden = (this.#turn.steps ?? []).length === 0;
    showSteps(this.#steps, this.#turn, (id, isAllowed) => this.#actions.approve(this.#turn, id, isAllowed));
  }

  #drawGuard(): void {
    const turn = this.#turn;
    this.#guard.hidden = !isRefused(turn);
    if (this.#guard.hidden) return;
    const verdicts = (turn.verdicts ?? []).map(({ shield, categories, reason }) =>
      h(
        "li",
        {},
        h("b", {}, shield),
        categories.length > 0 && ` ${categories.join(", ")}`,
        reason !== "" && ` · ${reason}`,
      ),
    );
    this.#guard.replaceChildren(
      icon("shield"),
      h(
        "div",
        {},
        h("p", {}, turn.refusal ?? t("withheld")),
        verdicts.length > 0 && h("ul", {}, ...verdicts),
      ),
    );
  }

  /** Shows what can be done with the message. */
  drawFoot(conversation: Conversation): void {
    const turn = this.#turn;
    const isUser = turn.role === "user";
    const { again } = this.#actions;
    const rate = turn.usage?.tokensPerSecond ?? 0;
    const notes = [
      turn.finish === "length" || turn.finish === "max_output_tokens" ? t("cutOff") : "",
      turn.finish === "aborted" ? t("stopped") : "",
      rate > 0 ? t("speed", { rate: Math.round(rate * 10) / 10 }) : "",
    ].filter((note) => note !== "");
    this.#foot.replaceChildren(
      ...this.#versions(conversation),
      this.#copyButton(turn.content),
      isUser
        ? iconButton(t("edit"), "edit", () => this.edit())
        : iconButton(t("again"), "again", () => again(turn)),
      h("span", { class: "note" }, notes.join(" · ")),
    );
  }

  #copyButton(text: string): HTMLElement {
    const copy = async (): Promise<void> => {
      await navigator.clipboard.writeText(text);
      this.#actions.say(t("copied"));
    };
    return iconButton(t("copy"), "copy", () => void copy());
  }

  #versions(conversation: Conversation): Node[] {
    const versions = versionsOf(conversation, this.#turn);
    if (versions.length < 2) return [];
    const at = versions.indexOf(this.#turn);
    const go = (label: string, name: "left" | "right", to: number): HTMLElement => {
      const button = iconButton(label, name, () => this.#actions.showVersion(versions[to]!.id));
      button.disabled = versions[to] === undefined;
      button.dataset["go"] = name;
      return button;
    };
    const place = h(
      "span",
      { class: "place", "aria-label": t("version", { index: at + 1, count: versions.length }) },
      `${at + 1}/${versions.length}`,
    );
    return [
      h(
        "span",
        { class: "versions" },
        go(t("previous"), "left", at - 1),
        place,
        go(t("next"), "right", at + 1),
      ),
    ];
  }

  /** Lets the reader write the message anew; what is sent becomes another version of it. */
  edit(): void {
    if (this.element.querySelector("form") !== null) return;
    const box = h("textarea", { rows: 3, "aria-label": t("edit"), value: this.#turn.content });
    const close = (): void => {
      form.replaceWith(this.#body);
      this.#foot.hidden = false;
      this.element.classList.remove("editing");
      this.#foot.querySelector<HTMLElement>("button:last-of-type")?.focus();
    };
    const form = h(
      "form",
      {
        class: "stack",
        onsubmit: (event: SubmitEvent) => {
          event.preventDefault();
          if (box.value.trim() !== "") this.#actions.edit(this.#turn, box.value);
        },
        onkeydown: (event: KeyboardEvent) => {
          if (event.isComposing) return;
          if (event.key === "Escape") {
            event.stopPropagation();
            close();
          } else if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            form.requestSubmit();
          }
        },
      },
      box,
      h(
        "div",
        { class: "row end" },
        h("button", { type: "button", class: "quiet", onclick: close }, t("cancel")),
        h("button", { type: "submit", class: "small" }, t("send")),
      ),
    );
    this.#body.replaceWith(form);
    this.#foot.hidden = true;
    this.element.classList.add("editing");
    box.style.height = `${Math.min(box.scrollHeight + 4, 400)}px`;
    box.focus();
  }
}
