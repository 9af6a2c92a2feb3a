function find<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new TypeError(`The page has no ${type.name} called ${id}`);
}

/** The elements of the page. */
export interface Page {
  model: HTMLSelectElement;
  exportButton: HTMLButtonElement;
  clear: HTMLButtonElement;
  settings: HTMLDetailsElement;
  system: HTMLTextAreaElement;
  temperature: HTMLInputElement;
  temperatureValue: HTMLOutputElement;
  key: HTMLInputElement;
  log: HTMLElement;
  composer: HTMLFormElement;
  prompt: HTMLTextAreaElement;
  send: HTMLButtonElement;
  stop: HTMLButtonElement;
  speed: HTMLElement;
  note: HTMLElement;
  context: HTMLElement;
  contextMeter: HTMLMeterElement;
}

/** Finds the elements of index.html. */
export function findPage(): Page {
  return {
    model: find("model", HTMLSelectElement),
    exportButton: find("export", HTMLButtonElement),
    clear: find("clear", HTMLButtonElement),
    settings: find("settings", HTMLDetailsElement),
    system: find("system", HTMLTextAreaElement),
    temperature: find("temperature", HTMLInputElement),
    temperatureValue: find("temperature-value", HTMLOutputElement),
    key: find("key", HTMLInputElement),
    log: find("log", HTMLElement),
    composer: find("composer", HTMLFormElement),
    prompt: find("prompt", HTMLTextAreaElement),
    send: find("send", HTMLButtonElement),
    stop: find("stop", HTMLButtonElement),
    speed: find("speed", HTMLElement),
    note: find("note", HTMLElement),
    context: find("context", HTMLElement),
    contextMeter: find("context-meter", HTMLMeterElement),
  };
}

/** Shows how much of the context is used. */
export function showContext({ context, contextMeter }: Page, used: number | null, limit: number): void {
  const text = (count: number): string => count.toLocaleString("en");
  context.textContent = used === null ? `context ${text(limit)}` : `context ${text(used)} / ${text(limit)}`;
  contextMeter.max = limit;
  contextMeter.high = limit * 0.85;
  contextMeter.value = used ?? 0;
}

/** Grows a text box with its text. */
export function fitHeight(box: HTMLTextAreaElement): void {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

/** Follows the end of the conversation unless the reader has scrolled up. */
export function followEnd(log: HTMLElement, change: () => void): void {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  change();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

/** Hands the reader a file. */
export function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
