import type { ArenaChoice, ArenaPair, ArenaPairEvent, CastVoteResponse } from "@llamero/stack/api/arena";
import { renderMarkdown } from "../markdown/render-markdown.ts";
import { errorBox, field } from "../parts/elements.ts";
import { listModels } from "../parts/models.ts";
import { requestEvents, requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { addShortcut } from "../shell/shortcuts.ts";
import { LiveAnswer } from "./live-answer.ts";
import { t } from "./texts.ts";
import { choices, describeContestant, tags, toPairRequest } from "./vote.ts";

const raterKey = "llamero-rater";

/** A prompt, its two answers, and the vote on them. */
export class CompareView {
  readonly element: HTMLElement;
  readonly #say: (text: string) => void;
  readonly #prompt = h("textarea", {
    id: "prompt",
    rows: 3,
    placeholder: t("placeholder"),
    "aria-label": t("prompt"),
    required: true,
  });
  readonly #ask = h("button", { type: "submit", id: "ask" }, t("ask"));
  readonly #models = h("div", { class: "model-choices" });
  readonly #maxTokens = h("input", { type: "number", min: 1, max: 100_000, step: 1, value: 512 });
  readonly #rater = h("input", { value: localStorage.getItem(raterKey) ?? "", maxlength: 200 });
  readonly #stage = h("div", { class: "stage" });
  #pair: ArenaPair | null = null;
  #hasVoted = false;
  #running: AbortController | null = null;

  constructor(say: (text: string) => void) {
    this.#say = say;
    const submit = (event: Event): void => {
      event.preventDefault();
      if (this.#running !== null) this.#running.abort();
      else void this.#start();
    };
    this.#prompt.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (this.#running === null) void this.#start();
    });
    this.#rater.addEventListener("change", () => localStorage.setItem(raterKey, this.#rater.value.trim()));
    const form = h(
      "form",
      { class: "card ask", onsubmit: submit },
      this.#prompt,
      h("div", { class: "row ask-foot" }, this.#options(), this.#ask),
    );
    const intro = h(
      "div",
      { class: "intro" },
      h("h2", {}, t("title")),
      h("p", { class: "lead" }, t("about")),
    );
    this.element = h("div", { class: "column compare" }, intro, form, this.#stage);
    for (const { choice, text, key } of choices)
      addShortcut({ keys: key, text: t(text), run: () => void this.#vote(choice) });
    addShortcut({ keys: "n", text: t("next"), run: () => this.#next() });
  }

  /** Reads who can answer. */
  async load(): Promise<void> {
    const models = await listModels();
    this.#models.replaceChildren(
      ...models.map(({ id }) =>
        h(
          "label",
          { class: "chip" },
          h("input", { type: "checkbox", value: id, checked: true }),
          h("span", {}, id),
        ),
      ),
    );
    this.#prompt.focus();
  }

  #options(): HTMLElement {
    return h(
      "details",
      { class: "options" },
      h("summary", {}, t("options")),
      h("p", { class: "muted small" }, t("optionsAbout")),
      this.#models,
      h(
        "div",
        { class: "two" },
        field(t("maxTokens"), this.#maxTokens),
        field(t("rater"), this.#rater, t("raterHint")),
      ),
    );
  }

  async #start(): Promise<void> {
    const prompt = this.#prompt.value.trim();
    if (prompt === "") return;
    this.#pair = null;
    this.#hasVoted = false;
    const running = new AbortController();
    this.#running = running;
    this.#ask.textContent = t("stop");
    this.#say(t("writing"));
    const live = { left: new LiveAnswer("A"), right: new LiveAnswer("B") };
    this.#stage.replaceChildren(answers([live.left.element, live.right.element]));
    try {
      const boxes = [...this.#models.querySelectorAll<HTMLInputElement>("input")];
      const chosen = boxes.filter(({ checked }) => checked).map(({ value }) => value);
      const maxTokens = this.#maxTokens.value === "" ? null : Number(this.#maxTokens.value);
      const body = toPairRequest(prompt, chosen, maxTokens);
      const options = { body: { ...body, stream: true }, signal: running.signal };
      for await (const event of requestEvents<ArenaPairEvent>("v1alpha/arena/pairs", options)) {
        if (event.type === "delta") live[event.side].add(event.text);
        else this.#pair = event.pair;
      }
      this.#say(t("ready"));
      this.#draw(null);
      // Keys 1 to 4 vote, so they must not be typed.
      this.#prompt.blur();
      this.#stage.querySelector<HTMLElement>(".vote")?.scrollIntoView({ block: "nearest" });
    } catch (error) {
      this.#stage.replaceChildren(
        ...(running.signal.aborted ? [] : [errorBox(error, () => void this.#start())]),
      );
    } finally {
      this.#running = null;
      this.#ask.textContent = t("ask");
    }
  }

  #draw(result: CastVoteResponse | null): void {
    const pair = this.#pair!;
    const sides = (["left", "right"] as const).map((side) =>
      answerCard(side, pair[side], result && { result, contestant: result.contestants[side] }),
    );
    this.#stage.replaceChildren(answers(sides), result === null ? this.#voteForm() : this.#after(result));
  }

  #voteForm(): HTMLElement {
    const buttons = choices.map(({ choice, text, key }) =>
      h(
        "button",
        {
          type: "button",
          class: "quiet choice",
          "data-choice": choice,
          onclick: () => void this.#vote(choice),
        },
        h("span", {}, t(text)),
        h("kbd", { "aria-hidden": "true" }, key),
      ),
    );
    return h(
      "form",
      { class: "vote", onsubmit: (event: Event) => event.preventDefault() },
      h("h3", {}, t("vote")),
      h("div", { class: "choices" }, ...buttons),
      h(
        "details",
        { class: "why" },
        h("summary", {}, t("why")),
        h(
          "div",
          { class: "model-choices" },
          ...tags.map(([value, text]) =>
            h(
              "label",
              { class: "chip" },
              h("input", { type: "checkbox", name: "tag", value }),
              h("span", {}, t(text)),
            ),
          ),
        ),
        h("textarea", {
          rows: 2,
          name: "reason",
          maxlength: 2000,
          "aria-label": t("reason"),
          placeholder: t("reason"),
        }),
      ),
      h("div", { class: "problem" }),
    );
  }

  async #vote(choice: ArenaChoice): Promise<void> {
    const pair = this.#pair;
    const form = this.#stage.querySelector<HTMLFormElement>("form.vote");
    if (pair === null || form === null || this.#hasVoted) return;
    this.#hasVoted = true;
    const data = new FormData(form);
    const reason = String(data.get("reason") ?? "").trim();
    const chosen = data.getAll("tag").map(String);
    const rater = this.#rater.value.trim();
    const body = {
      choice,
      ...(reason !== "" && { reason }),
      ...(chosen.length > 0 && { tags: chosen }),
      ...(rater !== "" && { rater }),
    };
    try {
      const result = await requestJson<CastVoteResponse>(`v1alpha/arena/pairs/${pair.id}/votes`, { body });
      if (this.#pair !== pair) return;
      this.#draw(result);
      const { left, right } = result.contestants;
      this.#say(`A: ${left.name ?? left.model}. B: ${right.name ?? right.model}`);
      this.#stage.querySelector<HTMLElement>(".next")?.focus();
    } catch (error) {
      this.#hasVoted = false;
      form.querySelector(".problem")?.replaceChildren(errorBox(error));
    }
  }

  #after({ vote }: CastVoteResponse): HTMLElement {
    const text = t(choices.find(({ choice }) => choice === vote.choice)!.text);
    return h(
      "div",
      { class: "after" },
      h("p", {}, t("voted", { choice: text })),
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", class: "quiet", onclick: () => void this.#start() }, t("sameAgain")),
        h(
          "button",
          { type: "button", class: "next", onclick: () => this.#next() },
          t("next"),
          h("kbd", { "aria-hidden": "true" }, "n"),
        ),
      ),
    );
  }

  #next(): void {
    if (this.#running !== null) return;
    this.#pair = null;
    this.#stage.replaceChildren();
    this.#prompt.value = "";
    this.#prompt.focus();
  }
}

const answers = (cards: readonly HTMLElement[]): HTMLElement =>
  h("div", { class: "answers", role: "group", "aria-label": t("answers") }, ...cards);

function answerCard(
  side: "left" | "right",
  { text, completion_tokens }: ArenaPair["left"],
  reveal: { result: CastVoteResponse; contestant: CastVoteResponse["contestants"]["left"] } | null,
): HTMLElement {
  const letter = side === "left" ? "A" : "B";
  const hasWon = reveal?.result.vote.choice === side;
  const body = h("div", { class: "body" });
  renderMarkdown(body, text);
  const about = reveal === null ? "" : describeContestant(reveal.contestant);
  return h(
    "article",
    { class: `card answer ${hasWon ? "won" : ""}`, "aria-label": t(`answer${letter}`) },
    h(
      "header",
      {},
      h("span", { class: "letter" }, letter),
      reveal !== null &&
        h("strong", { class: "revealed" }, reveal.contestant.name ?? reveal.contestant.model),
      about !== "" && h("span", { class: "muted small break" }, about),
      h("span", { class: "muted small count" }, t("tokens", { count: completion_tokens })),
    ),
    body,
  );
}
