import { Buffer } from "node:buffer";

/** A JSON string as bytes that are written one per character. */
export function latin1Json(text: string): string {
  return Buffer.from(JSON.stringify(text)).toString("latin1");
}

const modelValue = /\s*:\s*("(?:[^"\\]|\\.)*")/y;

/** Where the value of the top-level `model` of an object's JSON is, without parsing it; null where there is none. */
function findModel(json: string, from: number): { start: number; end: number } | null {
  for (let at = json.indexOf('"model"', from); at >= 0; at = json.indexOf('"model"', at + 7)) {
    modelValue.lastIndex = at + 7;
    const found = modelValue.exec(json);
    if (found === null || !isTopLevel(json, from, at)) continue;
    const end = modelValue.lastIndex;
    return { start: end - found[1]!.length, end };
  }
  return null;
}

/** Replaces the top-level `model`. `json` may hold bytes as characters (latin1); `name` is JSON of the same kind. */
export function renameModel(json: string, name: string): string {
  const found = findModel(json, 0);
  return found === null ? json : json.slice(0, found.start) + name + json.slice(found.end);
}

/** Whether the character at `at`, a quote, begins a string directly in the outermost object. */
function isTopLevel(json: string, from: number, at: number): boolean {
  let depth = 0;
  for (let i = from; i < at; i++) {
    const code = json.charCodeAt(i);
    if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === 0x22) {
      i = stringEnd(json, i);
      if (i >= at || i < 0) return false;
    }
  }
  return depth === 1;
}

/** Index of the quote that ends the string that begins at `start`, or -1. */
function stringEnd(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let slashes = 0;
    while (json.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

/** Where lines with data begin. */
function dataLines(lines: string): number[] {
  const found = lines.startsWith("data:") ? [0] : [];
  for (let at = lines.indexOf("\ndata:"); at >= 0; at = lines.indexOf("\ndata:", at + 1)) found.push(at + 1);
  return found;
}

/** An event line longer than this is no chunk of an answer. */
const maxLineBytes = 16 * 2 ** 20;

/** Renames the model in server-sent events; takes bytes as they come and gives whole lines. */
export class EventRenamer {
  readonly #name: string;
  #rest = "";
  /** How the last event began, up to the end of its model's name, and what that becomes: the next begin alike. */
  #start = "data:";
  #renamed = "";
  /** Whether the last event said that the stream is complete. */
  isDone = false;

  constructor(name: string) {
    this.#name = latin1Json(name);
  }

  /** Bytes as latin1 characters. */
  push(bytes: Buffer): string {
    const text = this.#rest + bytes.toString("latin1");
    const end = text.lastIndexOf("\n") + 1;
    this.#rest = text.slice(end);
    if (this.#rest.length > maxLineBytes) throw new RangeError("An event is longer than 16 MiB");
    return this.#rename(text.slice(0, end));
  }

  #rename(lines: string): string {
    const events = dataLines(lines).filter((at) => !this.#isEnd(lines, at));
    const [first] = events;
    if (first === undefined) return lines;
    if (this.#renamed !== "" || this.#learn(lines, first)) {
      // No text in JSON looks like the start of an event: its quotes would be escaped.
      const parts = lines.split(this.#start);
      if (parts.length - 1 === events.length) return parts.join(this.#renamed);
    }
    // They begin in different ways.
    let out = lines.slice(0, first);
    for (const [i, at] of events.entries()) {
      const isKnown = (this.#renamed !== "" && lines.startsWith(this.#start, at)) || this.#learn(lines, at);
      out += isKnown ? this.#renamed : "";
      out += lines.slice(isKnown ? at + this.#start.length : at, events[i + 1]);
    }
    return out;
  }

  #isEnd(lines: string, at: number): boolean {
    const isEnd = lines.startsWith("[DONE]", at + (lines.charCodeAt(at + 5) === 0x20 ? 6 : 5));
    if (isEnd) this.isDone = true;
    return isEnd;
  }

  /** Notes how an event begins and what that becomes; false for one without a model. */
  #learn(lines: string, at: number): boolean {
    const line = lines.slice(at, lines.indexOf("\n", at));
    const found = findModel(line, 5);
    if (found === null) return false;
    this.#start = line.slice(0, found.end);
    this.#renamed = line.slice(0, found.start) + this.#name;
    return true;
  }

  /** What came after the last line end. */
  end(): string {
    const rest = this.#rest;
    this.#rest = "";
    return rest;
  }
}
