import { errorBox, field, segments } from "../parts/elements.ts";
import { listModels } from "../parts/models.ts";
import { h } from "../shell/dom.ts";
import { mountShell } from "../shell/shell.ts";
import { addShortcut } from "../shell/shortcuts.ts";
import { AnswerView } from "./answer.ts";
import type { Question } from "./ask.ts";
import { KvBlocks } from "./kv-blocks.ts";
import { PromptTokens } from "./prompt-tokens.ts";
import { SettingsView } from "./settings.ts";
import { t } from "./texts.ts";
import { TokenCard } from "./token-card.ts";

const idlePollMs = 3000;
const busyPollMs = 400;

const shell = mountShell({ page: "playground" });
const settings = new SettingsView();
const card = new TokenCard();
const promptTokens = new PromptTokens((token) => card.show(token));
const answers = (["a", "b"] as const).map(
  (key) =>
    new AnswerView(
      key,
      (token) => card.show(token),
      () => update(),
    ),
);
const blocks = new KvBlocks();

const text = (id: string, rows: number, placeholder = ""): HTMLTextAreaElement =>
  h("textarea", { id, rows, placeholder, oninput: () => update() });
const prompt = text("prompt", 4, t("promptHint"));
const system = text("system", 2);
const user = text("user", 3);
const completionFields = field(t("prompt"), prompt);
const chatFields = h("div", { class: "stack" }, field(t("system"), system), field(t("user"), user));
const run = h("button", { type: "submit", id: "run" });

let mode: Question["mode"] = "completion";
let running: AbortController | null = null;

const question = (): Question => ({
  mode,
  prompt: prompt.value,
  system: system.value,
  user: user.value,
  ...settings.values,
});

function update(): void {
  promptTokens.update(question(), answers[0]!.model);
  void blocks.update(shownModels());
}

const shownModels = (): string[] =>
  answers.filter(({ element }) => !element.hidden).map(({ model }) => model);

function setMode(next: Question["mode"]): void {
  mode = next;
  completionFields.hidden = next === "chat";
  chatFields.hidden = next === "completion";
  update();
  (next === "chat" ? user : prompt).focus();
}

function setTwo(isTwo: boolean): void {
  answers[1]!.element.hidden = !isTwo;
  answerGrid.classList.toggle("pair", isTwo);
  update();
}

function showRun(): void {
  run.replaceChildren(
    running === null ? t("run") : t("stop"),
    h("kbd", { "aria-hidden": "true" }, running === null ? "Ctrl ↵" : "Esc"),
  );
}

async function start(): Promise<void> {
  if (running !== null) return;
  const asked = question();
  if ((mode === "chat" ? asked.user : asked.prompt) === "") return;
  const controller = new AbortController();
  running = controller;
  showRun();
  const timer = setInterval(() => void blocks.update(shownModels()), busyPollMs);
  const shown = answers.filter(({ element }) => !element.hidden);
  await Promise.all(shown.map((each) => each.run(asked, controller.signal)));
  clearInterval(timer);
  running = null;
  showRun();
  void blocks.update(shownModels());
  shell.announcer.say(shown.map((each) => `${each.model}: ${each.text}`).join("\n"));
}

const form = h(
  "form",
  {
    class: "card stack editor",
    onsubmit: (event: Event) => {
      event.preventDefault();
      if (running === null) void start();
      else running.abort();
    },
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void start();
    },
  },
  completionFields,
  chatFields,
  h("div", { class: "row end" }, run),
);
const answerGrid = h("div", { class: "answer-grid" }, ...answers.map(({ element }) => element));
const work = h("div", { class: "work" }, form, promptTokens.element, answerGrid);
const rail = h("div", { class: "rail" }, settings.element, card.element, blocks.element);

shell.actions.append(
  segments(
    "mode",
    t("mode"),
    [
      ["completion", t("completion")],
      ["chat", t("chat")],
    ],
    "completion",
    setMode,
  ),
);
addShortcut({ keys: "Escape", text: t("stop"), inText: true, run: () => running?.abort() });
addShortcut({ keys: "i", text: t("prompt"), run: () => (mode === "chat" ? user : prompt).focus() });
settings.two.addEventListener("change", () => setTwo(settings.two.checked));
showRun();

try {
  const models = await listModels();
  for (const [at, each] of answers.entries()) each.setModels(models, at);
  shell.main.append(h("div", { class: "playground" }, work, rail));
  setTwo(false);
  setMode("completion");
  setInterval(() => {
    if (document.visibilityState === "visible" && running === null) void blocks.update(shownModels());
  }, idlePollMs);
} catch (error) {
  shell.main.append(errorBox(error, () => location.reload()));
}
