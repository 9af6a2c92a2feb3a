import type { PullEvent } from "@llamero/stack/api/stored-models";
import { errorBox, meter } from "../parts/elements.ts";
import { formatBytes, formatMs, formatPercent } from "../parts/format.ts";
import { requestEvents } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { icon } from "../shell/icons.ts";
import { shellText } from "../shell/texts.ts";
import { applyPullEvent, newPull, type PullState, secondsLeft } from "./pull-progress.ts";
import { t } from "./texts.ts";

/** The form that pulls a model, with the progress of the pull. */
export class PullView {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement = h("input", {
    id: "reference",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M",
    "aria-label": t("reference"),
  });
  readonly #progress = h("div", { class: "progress", hidden: true });
  readonly #button = h("button", { type: "submit", id: "pull" }, icon("download"), t("pullButton"));
  readonly #onPulled: () => void;
  readonly #say: (text: string) => void;
  #running: AbortController | null = null;

  constructor(onPulled: () => void, say: (text: string) => void) {
    this.#onPulled = onPulled;
    this.#say = say;
    this.element = h(
      "form",
      {
        class: "card pull",
        onsubmit: (event: Event) => {
          event.preventDefault();
          if (this.#running === null) void this.#pull(this.input.value.trim());
        },
      },
      h("div", { class: "pull-row" }, this.input, this.#button),
      h("small", { class: "muted" }, t("pullHint")),
      this.#progress,
    );
  }

  async #pull(reference: string): Promise<void> {
    if (reference === "") return;
    const running = new AbortController();
    this.#running = running;
    this.#button.disabled = true;
    let state: PullState = newPull;
    this.#show(state, t("asking"));
    try {
      const body = { reference, stream: true };
      const options = { body, signal: running.signal };
      for await (const event of requestEvents<PullEvent>("v1alpha/admin/models/pull", options)) {
        state = applyPullEvent(state, event, performance.now());
        if (event.type === "done") {
          this.#say(t("pulled", { name: event.model.name }));
          this.input.value = "";
          this.#end(h("p", { class: "small good" }, t("pulled", { name: event.model.name })));
          this.#onPulled();
        } else this.#show(state, noteOf(event));
      }
    } catch (error) {
      this.#end(
        running.signal.aborted
          ? h("p", { class: "small muted", role: "status" }, t("cancelled"))
          : errorBox(error, () => void this.#pull(reference)),
      );
    } finally {
      this.#running = null;
      this.#button.disabled = false;
    }
  }

  #end(result: HTMLElement): void {
    this.#progress.hidden = false;
    this.#progress.replaceChildren(result);
  }

  #show(state: PullState, note: string): void {
    const { name, received, total, speed } = state;
    const share = total === null || total === 0 ? 0 : received / total;
    const left = secondsLeft(state);
    const facts = [
      total === null
        ? formatBytes(received)
        : t("received", { received: formatBytes(received), total: formatBytes(total) }),
      ...(speed === null ? [] : [`${formatBytes(speed)}/s`]),
      ...(left === null ? [] : [t("left", { time: formatMs(left * 1000) })]),
    ];
    const cancel = h(
      "button",
      { type: "button", class: "quiet", id: "cancel-pull", onclick: () => this.#running?.abort() },
      shellText("cancel"),
    );
    const hadFocus = document.activeElement?.id === "cancel-pull";
    this.#progress.hidden = false;
    this.#progress.replaceChildren(
      h(
        "div",
        { class: "row pull-head" },
        h("strong", { class: "break" }, name === null ? t("asking") : t("pulling", { name })),
        h("span", { class: "muted small" }, formatPercent(share)),
        cancel,
      ),
      meter(share, formatPercent(share), "tall"),
      h("p", { class: "muted small" }, note !== "" && name !== null ? note : facts.join(" · ")),
    );
    if (hadFocus) cancel.focus();
  }
}

function noteOf(event: PullEvent): string {
  if (event.type === "retry") return t("retrying", { reason: event.reason });
  return event.type === "waiting" ? t("waiting", { holder: event.holder }) : "";
}
