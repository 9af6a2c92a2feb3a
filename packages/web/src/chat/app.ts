import type { ModelEntry, ModelList } from "@llamero/stack/api/models";
import { errorText, requestJson } from "../shell/client.ts";
import { h } from "../shell/dom.ts";
import { icon } from "../shell/icons.ts";
import { mountShell } from "../shell/shell.ts";
import { addShortcut } from "../shell/shortcuts.ts";
import { shellText } from "../shell/texts.ts";
import { writeAnswer } from "./answer.ts";
import { Composer } from "./composer.ts";
import {
  type Attachment,
  addTurn,
  type Conversation,
  newConversation,
  openApprovals,
  removeTurn,
  shownTurns,
  showVersion,
  type Turn,
} from "./conversation.ts";
import { ConversationList } from "./conversation-list.ts";
import { ConversationStore } from "./conversation-store.ts";
import { LedgerView } from "./ledger.ts";
import { showSettings } from "./settings.ts";
import { type TurnActions, TurnView } from "./show-turn.ts";
import { t } from "./texts.ts";

const modelKey = "llamero-model";
const currentKey = "llamero-conversation";

const shell = mountShell({ page: "chat" });
const { announcer } = shell;
const log = h("div", {
  class: "log",
  id: "log",
  "aria-label": t("conversation"),
  role: "group",
  tabindex: -1,
});
const ledger = new LedgerView();
const composer = new Composer({ onSend: send, onStop: () => running?.abort(), extra: ledger.element });
const modelChoice = h("select", { id: "model", "aria-label": t("model") });

/** Null where the browser keeps nothing. */
let store: ConversationStore | null = null;
let conversations: Conversation[] = [];
let conversation = newConversation();
let models: ModelEntry[] = [];
/** Aborts the answer that is being written. */
let running: AbortController | null = null;
const views = new Map<string, TurnView>();

const list = new ConversationList({
  open: (each) => open(each),
  create: () => open(newConversation(conversation)),
  save: (each) => save(each),
  delete: (each) => void remove(each),
  import(found) {
    conversations = [...found, ...conversations];
    for (const each of found) void store?.put(each);
    if (found[0] !== undefined) open(found[0]);
  },
  say: (text) => announcer.say(text),
});

const actions: TurnActions = {
  edit({ parent, attachments }, text) {
    if (running !== null) return;
    addTurn(conversation, parent, { role: "user", content: text, attachments });
    drawAll();
    composer.box.focus();
    void answer();
  },
  again({ parent }) {
    if (running !== null) return;
    conversation.leaf = parent;
    drawAll();
    composer.box.focus();
    void answer();
  },
  showVersion(id) {
    if (running !== null) return;
    const before =
      document.activeElement instanceof HTMLElement ? document.activeElement.dataset["go"] : null;
    showVersion(conversation, id);
    save(conversation);
    const top = log.scrollTop;
    drawAll();
    log.scrollTop = top;
    const buttons = [...views.get(id)!.element.querySelectorAll<HTMLButtonElement>("[data-go]")];
    (
      buttons.find((each) => each.dataset["go"] === before && !each.disabled) ??
      buttons.find((each) => !each.disabled)
    )?.focus();
  },
  approve(turn, id, isAllowed) {
    turn.approvals = { ...turn.approvals, [id]: isAllowed };
    views.get(turn.id)?.drawSteps();
    save(conversation);
    if (openApprovals(turn).length === 0) void answer(turn);
  },
  say: (text) => announcer.say(text),
};

function save(changed: Conversation): void {
  if (changed.turns.length > 0 && !conversations.includes(changed))
    conversations = [changed, ...conversations];
  if (changed.turns.length > 0) store?.put(changed).catch(() => announcer.say(t("notKept")));
  localStorage.setItem(currentKey, conversation.id);
  list.show(conversations, conversation);
  shell.setTitle(conversation.title || shellText("chat"));
}

function open(next: Conversation): void {
  running?.abort();
  conversation = next;
  save(next);
  drawAll();
  log.scrollTop = log.scrollHeight;
  composer.box.focus();
}

async function remove(gone: Conversation): Promise<void> {
  running?.abort();
  conversations = conversations.filter((each) => each !== gone);
  await store?.delete(gone.id);
  if (gone === conversation) open(newConversation(gone));
}

/** Follows the end of the conversation unless the reader has scrolled up. */
function followEnd(change: () => void): void {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  change();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function addView(turn: Turn): TurnView {
  const view = new TurnView(turn, actions);
  views.set(turn.id, view);
  followEnd(() => log.append(view.element));
  return view;
}

function drawAll(): void {
  views.clear();
  log.replaceChildren();
  for (const turn of shownTurns(conversation)) addView(turn);
  drawFeet();
}

/** What can be done with each message, and the tokens used. */
function drawFeet(): void {
  const turns = shownTurns(conversation);
  for (const turn of turns) views.get(turn.id)?.drawFoot(conversation);
  const last = turns.findLast(({ usage }) => usage !== undefined);
  const limit = models.find(({ id }) => id === modelChoice.value)?.context_length ?? null;
  ledger.show(last?.usage ?? null, limit);
  log.classList.toggle("new", turns.length === 0);
  showUnanswered(turns);
  if (turns.length === 0)
    log.replaceChildren(
      h("div", { class: "empty" }, h("h2", {}, t("emptyTitle")), h("p", {}, t("emptyAbout"))),
    );
}

function showError(error: unknown): void {
  const text = errorText(error, shellText("unreachable"));
  const element = h("div", { class: "error row", role: "alert" }, h("span", {}, text), retryButton());
  followEnd(() => log.append(element));
}

const retryButton = (): HTMLElement =>
  h("button", { type: "button", class: "quiet", onclick: () => void answer() }, t("retry"));

/** Offers to answer a last message that has no answer, as one that was stopped before its first word. */
function showUnanswered(turns: readonly Turn[]): void {
  for (const row of log.querySelectorAll(".unanswered")) row.remove();
  if (running !== null || turns.at(-1)?.role !== "user" || log.querySelector(".error") !== null) return;
  followEnd(() => log.append(h("div", { class: "unanswered row" }, retryButton())));
}

function setRunning(controller: AbortController | null): void {
  running = controller;
  composer.setRunning(controller !== null);
  log.setAttribute("aria-busy", String(controller !== null));
}

/** Asks the server for its models and shows them. */
async function showModels(): Promise<void> {
  const { data } = await requestJson<ModelList>("v1/models");
  models = data.filter(({ model_type: type }) => type === "llm");
  modelChoice.replaceChildren(...models.map(({ id }) => new Option(id, id)));
  const wanted = localStorage.getItem(modelKey);
  if (models.some(({ id }) => id === wanted)) modelChoice.value = wanted!;
  modelChoice.disabled = models.length < 2;
  drawFeet();
}

/** Answers the last message, or goes on with an answer; says why where it cannot. */
async function answer(waiting?: Turn): Promise<void> {
  if (running !== null) return;
  for (const row of log.querySelectorAll(".error, .unanswered")) row.remove();
  const controller = new AbortController();
  setRunning(controller);
  const asked = conversation;
  let turn = waiting;
  try {
    if (models.length === 0) await showModels();
    if (turn === undefined && shownTurns(asked).at(-1)?.role !== "user") return;
    const model = modelChoice.value;
    turn ??= addTurn(asked, asked.leaf, { role: "assistant", content: "", model });
    await write(asked, turn, controller.signal);
  } catch (error) {
    if (asked === conversation) showError(error);
  } finally {
    if (turn !== undefined) finish(asked, turn);
    setRunning(null);
    if (asked === conversation) drawFeet();
  }
}

/** Writes an answer and shows it as it grows. */
async function write(asked: Conversation, turn: Turn, signal: AbortSignal): Promise<void> {
  const view = views.get(turn.id) ?? addView(turn);
  view.setBusy(true);
  let isDue = false;
  let isOver = false;
  const draw = (): void => {
    isDue = false;
    if (isOver) return;
    followEnd(() => view.draw());
    announcer.stream(turn.content, false);
  };
  try {
    await writeAnswer(asked, turn, {
      model: turn.model ?? modelChoice.value,
      signal,
      onChange() {
        if (!isDue) requestAnimationFrame(draw);
        isDue = true;
      },
    });
  } finally {
    isOver = true;
    view.setBusy(false);
    followEnd(() => view.draw());
    announcer.stream(turn.content, true);
    announcer.say(
      turn.finish === "aborted" ? t("stopped") : openApprovals(turn).length > 0 ? t("stepWaiting") : "",
    );
  }
}

/** Keeps what was said; an answer without anything is none. */
function finish(asked: Conversation, turn: Turn): void {
  const { content, steps = [], refusal, finish: why } = turn;
  if (content === "" && steps.length === 0 && refusal === undefined && why !== "content_filter") {
    removeTurn(asked, turn);
    views.get(turn.id)?.element.remove();
    views.delete(turn.id);
  }
  // Deleted while it was answered: gone.
  if (asked === conversation || conversations.includes(asked)) save(asked);
}

function send(content: string, attachments: Attachment[]): void {
  if (running !== null) return;
  const isFirst = conversation.turns.length === 0;
  const files = attachments.length > 0 ? { attachments } : {};
  const turn = addTurn(conversation, conversation.leaf, { role: "user", content, ...files });
  if (conversation.title === "") conversation.title = attachments[0]?.name ?? "";
  save(conversation);
  if (isFirst) drawAll();
  else addView(turn).drawFoot(conversation);
  log.scrollTop = log.scrollHeight;
  void answer();
}

function lastButton(label: string): HTMLButtonElement | undefined {
  return [...log.querySelectorAll<HTMLButtonElement>("button")].findLast(
    (each) => each.getAttribute("aria-label") === label,
  );
}

/** Opens what was open last, and asks what the address asks. */
async function start(): Promise<void> {
  try {
    store = await ConversationStore.open();
    conversations = [...conversations, ...(await store.list())];
  } catch {
    announcer.say(t("notKept"));
  }
  // Somebody was faster than the browser's store: what was said stays.
  if (conversation.turns.length > 0) return save(conversation);
  const asked = new URLSearchParams(location.hash.slice(1)).get("prompt");
  const last = conversations.find(({ id }) => id === localStorage.getItem(currentKey));
  open(asked === null ? (last ?? newConversation(conversations[0])) : newConversation(conversations[0]));
  if (asked === null) return await showModels().catch(showError);
  // A reload must not ask again.
  history.replaceState(null, "", location.pathname);
  send(asked, []);
}

const settings = {
  type: "button",
  class: "bare",
  id: "settings",
  "aria-label": t("settings"),
  title: t("settings"),
};
shell.side.append(list.element);
shell.actions.append(
  modelChoice,
  h(
    "button",
    { ...settings, onclick: () => void showSettings(conversation, () => save(conversation)) },
    icon("settings"),
  ),
);
shell.main.append(log, h("div", { class: "dock" }, composer.element));
modelChoice.addEventListener("change", () => {
  localStorage.setItem(modelKey, modelChoice.value);
  drawFeet();
});
shell.main.addEventListener("dragover", (event) => event.preventDefault());
shell.main.addEventListener("drop", (event) => {
  event.preventDefault();
  void composer.add([...(event.dataTransfer?.files ?? [])]);
});
// What was said so far outlives the page.
addEventListener("pagehide", () => save(conversation));

addShortcut({ keys: "/", text: t("shortcutWrite"), run: () => composer.box.focus() });
addShortcut({ keys: "Escape", text: t("stop"), inText: true, run: () => running?.abort() });
addShortcut({ keys: "n", text: t("new"), run: () => open(newConversation(conversation)) });
addShortcut({ keys: "e", text: t("shortcutEdit"), run: () => lastButton(t("edit"))?.click() });
addShortcut({ keys: "r", text: t("again"), run: () => lastButton(t("again"))?.click() });
addShortcut({ keys: "s", text: t("settings"), run: () => document.getElementById("settings")?.click() });

void start();
