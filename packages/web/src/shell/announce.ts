import { h } from "./dom.ts";

const region = (role: string): HTMLElement => h("div", { role, class: "hidden", "aria-live": "polite" });

/** The end of the last whole sentence or line of a text after a place; the place when there is none. */
export function sentenceEnd(text: string, from: number): number {
  const match = /^[\s\S]*(?:(?<!\d)[.!?।…]["')\]]*(?=\s)|\n)/.exec(text.slice(from));
  return match === null ? from : from + match[0].length;
}

/** Markdown as it is read aloud: without its marks. */
export function toSpoken(markdown: string): string {
  return markdown
    .replace(/^ {0,3}(?:`{3,}|~{3,}).*$/gm, "")
    .replace(/^ {0,3}(?:#{1,6}|>) +/gm, "")
    .replace(/\*\*|`|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)/g, "")
    .trim();
}

/** Speaks through a screen reader. */
export class Announcer {
  readonly #status = region("status");
  readonly #log = region("log");
  #spoken = 0;

  /** Both regions must be in the page before anything is said. */
  get elements(): readonly HTMLElement[] {
    return [this.#status, this.#log];
  }

  /** Says what happened. */
  say(text: string): void {
    this.#status.textContent = text;
  }

  /** Speaks a text that is still growing, sentence by sentence; what was said stays said until the text ends. */
  stream(text: string, isDone: boolean): void {
    const end = isDone ? text.length : sentenceEnd(text, this.#spoken);
    const piece = toSpoken(text.slice(this.#spoken, end));
    if (piece !== "") this.#log.append(h("p", {}, piece));
    while (this.#log.childElementCount > 20) this.#log.firstElementChild?.remove();
    this.#spoken = isDone ? 0 : end;
  }
}
