import { HttpError } from "./http-error.ts";

/** What a form is made of, in the order in which it comes. */
export type FormEvent =
  | { type: "field"; name: string; value: string }
  | { type: "file"; name: string; filename: string }
  /** Bytes of the file that was named last; they lie in what was pushed. */
  | { type: "data"; bytes: Buffer }
  | { type: "file-end" };

const maxHeadBytes = 8192;
const maxFieldBytes = 64 * 1024;
const maxParts = 100;
const headEnd = Buffer.from("\r\n\r\n");

const invalid = (why: string): HttpError =>
  new HttpError(400, `The body is not multipart/form-data as its Content-Type says: ${why}`, {
    code: "invalid_form",
  });

/** The boundary of a Content-Type; throws for another type. */
export function boundaryOf(contentType: string): string {
  const match =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(
      contentType,
    );
  const boundary = match?.[1] ?? match?.[2];
  if (boundary !== undefined) return boundary;
  throw new HttpError(400, "The body must be multipart/form-data with a boundary", { code: "invalid_form" });
}

/** Reads multipart/form-data piece by piece, keeping no more of a file than may be the beginning of a boundary. */
export class MultipartParser {
  readonly #delimiter: Buffer;
  /** As if a line had ended before the body, so that the first boundary is like the others. */
  #rest: Buffer = Buffer.from("\r\n");
  #state: "start" | "boundary" | "head" | "body" | "done" = "start";
  /** The field that is being read; null in a file. */
  #field: { name: string; chunks: Buffer[]; numBytes: number } | null = null;
  #numParts = 0;
  /** Something of the part's content was taken. */
  #isBegun = false;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  }

  push(chunk: Buffer): FormEvent[] {
    if (this.#state === "done") return [];
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const events: FormEvent[] = [];
    while (this.#step(events));
    return events;
  }

  /** Throws when the body is not whole. */
  end(): void {
    if (this.#state !== "done") throw invalid("its end is missing");
  }

  /** Takes one thing from what is there; false when more has to come. */
  #step(events: FormEvent[]): boolean {
    switch (this.#state) {
      case "start":
        if (this.#rest.length < this.#delimiter.length) return false;
        if (!this.#rest.subarray(0, this.#delimiter.length).equals(this.#delimiter))
          throw invalid("it does not begin with the boundary");
        return this.#go("boundary", this.#delimiter.length);
      case "boundary": {
        if (this.#rest.length < 2) return false;
        const next = this.#rest.toString("latin1", 0, 2);
        if (next === "--") return this.#go("done", this.#rest.length);
        if (next !== "\r\n") throw invalid("a boundary is no line of its own");
        return this.#go("head", 2);
      }
      case "head":
        return this.#readHead(events);
      case "body":
        return this.#readBody(events);
      case "done":
        return false;
      default:
        return this.#state satisfies never;
    }
  }

  #go(state: "boundary" | "head" | "body" | "done", numBytes: number): boolean {
    this.#state = state;
    this.#rest = this.#rest.subarray(numBytes);
    return state !== "done";
  }

  #readHead(events: FormEvent[]): boolean {
    const end = this.#rest.indexOf(headEnd);
    if (end > maxHeadBytes || (end === -1 && this.#rest.length > maxHeadBytes))
      throw invalid(`the head of a part is longer than ${maxHeadBytes} bytes`);
    if (end === -1) return false;
    if (++this.#numParts > maxParts) throw invalid(`it has more than ${maxParts} parts`);
    const { name, filename } = readDisposition(this.#rest.toString("utf8", 0, end));
    this.#field = filename === null ? { name, chunks: [], numBytes: 0 } : null;
    if (filename !== null) events.push({ type: "file", name, filename });
    // The end of the head may begin the boundary of an empty part.
    return this.#go("body", end + 2);
  }

  #readBody(events: FormEvent[]): boolean {
    const end = this.#rest.indexOf(this.#delimiter);
    // The line end before the content is no part of it.
    const start = this.#isBegun ? 0 : 2;
    if (end === -1) {
      const safe = this.#rest.length - this.#delimiter.length + 1;
      if (safe <= start) return false;
      this.#take(this.#rest.subarray(start, safe), events);
      this.#rest = this.#rest.subarray(safe);
      this.#isBegun = true;
      return false;
    }
    if (end > start) this.#take(this.#rest.subarray(start, end), events);
    this.#isBegun = false;
    if (this.#field === null) events.push({ type: "file-end" });
    else {
      const { name, chunks } = this.#field;
      events.push({ type: "field", name, value: Buffer.concat(chunks).toString("utf8") });
    }
    return this.#go("boundary", end + this.#delimiter.length);
  }

  #take(bytes: Buffer, events: FormEvent[]): void {
    if (this.#field === null) {
      events.push({ type: "data", bytes });
      return;
    }
    this.#field.numBytes += bytes.length;
    if (this.#field.numBytes > maxFieldBytes) {
      const name = this.#field.name.slice(0, 100);
      throw new HttpError(400, `Field ${name} is longer than ${maxFieldBytes} bytes`, { param: name });
    }
    this.#field.chunks.push(Buffer.from(bytes));
  }
}

/** Characters that browsers write as %0A, %0D and %22 in names. */
const toPlain = (text: string): string =>
  text.replace(/%(0A|0D|22)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

function readDisposition(head: string): { name: string; filename: string | null } {
  const line = head.split("\r\n").find((each) => /^content-disposition\s*:/i.test(each));
  const value = line?.slice(line.indexOf(":") + 1).trim() ?? "";
  if (!/^form-data\s*;/i.test(value)) throw invalid("a part has no Content-Disposition of form-data");
  const parameter = (name: string): string | null => {
    const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, "i").exec(value);
    const text = match?.[1]?.replace(/\\(["\\])/g, "$1") ?? match?.[2];
    return text === undefined ? null : toPlain(text);
  };
  const name = parameter("name");
  if (name === null) throw invalid("a part has no name");
  const extended = /;\s*filename\*\s*=\s*utf-8''([^\s;]+)/i.exec(value)?.[1];
  try {
    return { name, filename: extended === undefined ? parameter("filename") : decodeURIComponent(extended) };
  } catch {
    throw invalid("the name of a file is not percent-encoded UTF-8");
  }
}
