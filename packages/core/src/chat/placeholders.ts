import { pythonJsonString, strip, stripEnd, stripStart } from "./python-text.ts";

// Private-use characters: no trimming, change of case or JSON writing alters them.
const open = "\ue000";
const close = "\ue001";
const placeholder = new RegExp(`${open}(\\d+)${close}`, "g");

/** A stretch of a rendered template: its own text, or what became of a string that a caller gave. */
export type RenderedPart =
  | { kind: "template"; text: string }
  | { kind: "value"; index: number; text: string };

/** Strings replaced by marks, to find out where a template puts them. */
export class Placeholders<Kind extends string> {
  readonly #values: { value: string; kind: Kind }[] = [];
  readonly #marks = new Map<string, string>();

  /** The mark for a value of a kind, always the same one; "" for an empty value. */
  add(value: string, kind: Kind): string {
    if (value === "") return "";
    const key = `${kind} ${value}`;
    const known = this.#marks.get(key);
    if (known !== undefined) return known;
    const mark = `${open}${this.#values.length}${close}`;
    this.#values.push({ value, kind });
    this.#marks.set(key, mark);
    return mark;
  }

  kindOf(index: number): Kind | undefined {
    return this.#values[index]?.kind;
  }

  /** Cuts a text rendered with marks into template text and values (`text` empty until aligned). */
  split(marked: string): RenderedPart[] {
    const parts: RenderedPart[] = [];
    let from = 0;
    for (const match of marked.matchAll(placeholder)) {
      if (match.index > from) parts.push({ kind: "template", text: marked.slice(from, match.index) });
      parts.push({ kind: "value", index: Number(match[1]), text: match[0] });
      from = match.index + match[0].length;
    }
    if (from < marked.length) parts.push({ kind: "template", text: marked.slice(from) });
    return parts;
  }

  /** The parts with the values as the template wrote them into `plain`; null when the two do not correspond. */
  align(parts: readonly RenderedPart[], plain: string): RenderedPart[] | null {
    const chosen: RenderedPart[] = [];
    const isDead = new Set<string>();
    // Depth first with an explicit stack of the forms still to be tried per part.
    const pending: { at: number; forms: readonly string[]; next: number }[] = [];
    let at = 0;
    for (;;) {
      const part = parts[chosen.length];
      if (part === undefined) {
        if (at === plain.length) return chosen;
      } else if (pending.length === chosen.length && !isDead.has(`${chosen.length} ${at}`)) {
        const forms = part.kind === "template" ? [part.text] : formsOf(this.#values[part.index]?.value ?? "");
        pending.push({ at, forms, next: 0 });
      }
      // Take the next form that fits, or go back to the last part that has another one.
      for (;;) {
        if (pending.length === 0) return null;
        const level = pending.length - 1;
        const { at: start, forms, next } = pending[level]!;
        chosen.length = level;
        if (next === forms.length) {
          isDead.add(`${level} ${start}`);
          pending.pop();
          continue;
        }
        pending[level]!.next++;
        const text = forms[next]!;
        if (!plain.startsWith(text, start)) continue;
        chosen.push({ ...parts[level]!, text });
        at = start + text.length;
        break;
      }
    }
  }
}

/** Whether a text holds characters that marks are made of. */
export function isConfusableWithMark(text: string): boolean {
  return text.includes(open) || text.includes(close);
}

/** Where the first mark from `start` on begins, or -1. */
export function findMark(text: string, start: number): number {
  return text.indexOf(open, start);
}

/** What templates make of a string: as it is, trimmed, or inside a JSON string. */
function formsOf(value: string): string[] {
  const json = (asciiOnly: boolean): string => pythonJsonString(value, asciiOnly).slice(1, -1);
  return [...new Set([value, strip(value), stripEnd(value), stripStart(value), json(false), json(true)])];
}
