import { renderMarkdown } from "../markdown/render-markdown.ts";
import { fetchModels, ServerError, streamChat } from "./client.ts";
import { loadConversation, saveConversation, type Turn, toMessages } from "./conversation.ts";
import { download, findPage, fitHeight, followEnd, showContext } from "./page.ts";

const page = findPage();
const saved = loadConversation(localStorage);
const contextLimits = new Map<string, number>();
/** Aborts the answer that is being written. */
let running: AbortController | null = null;

function save(): void {
  if (!saveConversation(localStorage, saved)) page.note.textContent = "The browser does not keep this chat";
}

function showTurn({ role, content }: Turn): HTMLElement {
  const element = document.createElement("article");
  element.className = `message ${role}`;
  element.setAttribute("aria-label", role === "user" ? "You" : "Model");
  if (role === "user") element.textContent = content;
  else renderMarkdown(element, content);
  followEnd(page.log, () => page.log.append(element));
  return element;
}

function showError(error: unknown): void {
  const element = document.createElement("div");
  element.className = "error";
  element.setAttribute("role", "alert");
  const text = document.createElement("span");
  // A browser's own message for a server that is down is "Failed to fetch".
  text.textContent =
    error instanceof ServerError ? error.message : `The server cannot be reached (${String(error)})`;
  const retry = document.createElement("button");
  retry.type = "button";
  retry.className = "quiet";
  retry.textContent = "Try again";
  retry.addEventListener("click", () => void start());
  element.append(text, retry);
  followEnd(page.log, () => page.log.append(element));
  if (error instanceof ServerError && error.status === 401) {
    page.settings.open = true;
    page.key.focus();
  }
}

function setRunning(controller: AbortController | null): void {
  running = controller;
  page.send.hidden = controller !== null;
  page.stop.hidden = controller === null;
  page.log.setAttribute("aria-busy", String(controller !== null));
}

/** Asks the server for its models and shows them. */
async function showModels(): Promise<void> {
  const models = await fetchModels(page.key.value);
  page.model.replaceChildren(...models.map(({ id }) => new Option(id, id)));
  page.model.disabled = models.length < 2;
  for (const { id, context_length = null } of models) {
    if (context_length !== null) contextLimits.set(id, context_length);
  }
  showContext(page, null, contextLimits.get(page.model.value) ?? 0);
}

/** Answers the last message. */
async function answer(signal: AbortSignal): Promise<void> {
  const turn: Turn = { role: "assistant", content: "" };
  // Clearing begins a new list, into which a stopped answer must not fall.
  const { turns } = saved;
  const element = showTurn(turn);
  element.classList.add("busy");
  let isDrawn = true;
  const draw = (): void => {
    if (isDrawn) return;
    isDrawn = true;
    followEnd(page.log, () => renderMarkdown(element, turn.content));
  };
  try {
    const { details, finishReason } = await streamChat({
      key: page.key.value,
      model: page.model.value,
      messages: toMessages(saved),
      temperature: saved.temperature,
      signal,
      onText(text) {
        turn.content += text;
        if (isDrawn) requestAnimationFrame(draw);
        isDrawn = false;
      },
    });
    const rate = details?.timings.tokens_per_second ?? 0;
    page.speed.textContent = rate > 0 ? `${rate.toFixed(1)} tokens/s` : "";
    if (details !== null) showContext(page, details.context.used, details.context.limit);
    page.note.textContent = finishReason === "length" ? "Cut off: no room for more" : "";
  } finally {
    draw();
    element.classList.remove("busy");
    if (turn.content === "") element.remove();
    else turns.push(turn);
    save();
  }
}

/** Answers the last message, or says why not. */
async function start(): Promise<void> {
  if (running !== null) return;
  for (const error of page.log.querySelectorAll(".error")) error.remove();
  const controller = new AbortController();
  setRunning(controller);
  page.note.textContent = "";
  try {
    if (page.model.value === "") await showModels();
    if (saved.turns.at(-1)?.role === "user") await answer(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) page.note.textContent = "Stopped";
    else showError(error);
  } finally {
    setRunning(null);
  }
}

function send(text: string): void {
  if (text.trim() === "" || running !== null) return;
  const turn: Turn = { role: "user", content: text };
  saved.turns.push(turn);
  save();
  showTurn(turn);
  page.log.scrollTop = page.log.scrollHeight;
  void start();
}

page.composer.addEventListener("submit", (event) => {
  event.preventDefault();
  if (running !== null) return;
  const text = page.prompt.value;
  page.prompt.value = "";
  fitHeight(page.prompt);
  send(text);
});
page.prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  page.composer.requestSubmit();
});
page.prompt.addEventListener("input", () => fitHeight(page.prompt));
page.stop.addEventListener("click", () => {
  running?.abort();
  page.prompt.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") running?.abort();
});
page.clear.addEventListener("click", () => {
  running?.abort();
  saved.turns = [];
  save();
  page.log.replaceChildren();
  page.speed.textContent = "";
  page.note.textContent = "";
  showContext(page, null, contextLimits.get(page.model.value) ?? 0);
  page.prompt.focus();
});
page.exportButton.addEventListener("click", () => {
  const { temperature } = saved;
  const exported = { model: page.model.value, temperature, messages: toMessages(saved) };
  download("chat.json", `${JSON.stringify(exported, null, 2)}\n`);
});
page.system.addEventListener("input", () => {
  saved.system = page.system.value;
  save();
});
page.temperature.addEventListener("input", () => {
  saved.temperature = page.temperature.valueAsNumber;
  page.temperatureValue.textContent = page.temperature.value;
  save();
});
page.key.addEventListener("change", () => void start());
page.model.addEventListener("change", () =>
  showContext(page, null, contextLimits.get(page.model.value) ?? 0),
);

page.system.value = saved.system;
page.temperature.value = String(saved.temperature);
page.temperatureValue.textContent = page.temperature.value;
for (const turn of saved.turns) showTurn(turn);
page.prompt.focus();
const asked = new URLSearchParams(location.hash.slice(1)).get("prompt");
if (asked === null) showModels().catch(showError);
else {
  // A reload must not ask again.
  history.replaceState(null, "", location.pathname);
  send(asked);
}
