import { Buffer } from "node:buffer";

/** Status and headers of an answer; names are in lower case, what comes twice is joined by a comma. */
export interface AnswerHead {
  status: number;
  headers: Readonly<Record<string, string>>;
}

/** Told of an answer as its bytes come: the head, bytes of the body, the end. */
export interface AnswerEvents {
  onHead(head: AnswerHead): void;
  onBytes(bytes: Buffer): void;
  onEnd(): void;
}

type State = "head" | "length" | "size" | "chunk" | "chunk-end" | "trailers" | "close" | "over";

const maxHeadBytes = 64 * 1024;
/** The line before a chunk, and each line behind the last. */
const maxLineBytes = 4096;
const fieldName = /^[!#$%&'*+.^_`|~\w-]+$/;

/** Reads one answer in HTTP/1.1; throws SyntaxError for what is none. */
export class ResponseParser {
  readonly #events: AnswerEvents;
  #state: State = "head";
  /** Bytes of a head or line whose end has not come. */
  #rest: Buffer | null = null;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  /** Where the body is in the bytes at hand: chunks are moved together. */
  #bodyStart = 0;
  #bodyEnd = 0;
  /** Whether the connection can take another request when the answer is over. */
  isReusable = true;

  constructor(events: AnswerEvents) {
    this.#events = events;
  }

  /** The bytes become the parser's own. */
  push(bytes: Buffer): void {
    const input = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = null;
    this.#bodyStart = this.#bodyEnd = 0;
    let at = 0;
    while (at < input.length && this.#state !== "over") {
      if (this.#state === "size") at = this.#readChunks(input, at);
      const next = this.#step(input, at);
      if (next < 0) {
        this.#rest = input.subarray(at);
        break;
      }
      at = next;
    }
    if (this.#bodyEnd > this.#bodyStart) this.#events.onBytes(input.subarray(this.#bodyStart, this.#bodyEnd));
    if (this.#state !== "over") return;
    // What comes behind an answer was not asked for.
    if (at < input.length) this.isReusable = false;
    this.#events.onEnd();
  }

  /** The connection has ended; true when that ends the answer as it should. */
  close(): boolean {
    if (this.#state !== "close") return false;
    this.#state = "over";
    this.#events.onEnd();
    return true;
  }

  /** Where to go on reading; -1 when more has to come first. */
  #step(input: Buffer, at: number): number {
    switch (this.#state) {
      case "head": {
        const end = input.indexOf("\r\n\r\n", at, "latin1");
        if ((end < 0 ? input.length : end) - at > maxHeadBytes)
          throw new SyntaxError("The head of its answer is too long");
        if (end >= 0) this.#readHead(input.toString("latin1", at, end).split("\r\n"));
        return end < 0 ? -1 : end + 4;
      }
      case "size":
      case "trailers": {
        const end = input.indexOf("\r\n", at, "latin1");
        if ((end < 0 ? input.length : end) - at > maxLineBytes)
          throw new SyntaxError("A line of its answer is too long");
        if (end < 0) return -1;
        if (this.#state === "size") this.#readSize(input.toString("latin1", at, end));
        else if (end === at) this.#state = "over";
        return end + 2;
      }
      case "chunk-end":
        if (input.length < at + 2) return -1;
        if (input[at] !== 0x0d || input[at + 1] !== 0x0a)
          throw new SyntaxError("A chunk of its answer is longer than it says");
        this.#state = "size";
        return at + 2;
      case "close":
        this.#keep(input, at, input.length);
        return input.length;
      default: {
        const end = Math.min(input.length, at + this.#left);
        this.#keep(input, at, end);
        this.#left -= end - at;
        if (this.#left === 0) this.#state = this.#state === "chunk" ? "chunk-end" : "over";
        return end;
      }
    }
  }

  /** Keeps bytes of the body, behind those that are there. */
  #keep(input: Buffer, start: number, end: number): void {
    if (this.#bodyEnd === 0) this.#bodyStart = this.#bodyEnd = start;
    if (start > this.#bodyEnd) input.copyWithin(this.#bodyEnd, start, end);
    this.#bodyEnd += end - start;
  }

  /** Reads chunks that are there as a whole, up to the first that the steps have to read. */
  #readChunks(input: Buffer, from: number): number {
    for (let at = from; ; ) {
      let size = 0;
      let start = at;
      for (let digit = hexValue(input[start]); digit >= 0 && start < at + 8; digit = hexValue(input[start])) {
        size = size * 16 + digit;
        start++;
      }
      const end = start + 2 + size;
      if (size === 0 || !isLineEnd(input, start) || !isLineEnd(input, end)) return at;
      this.#keep(input, start + 2, end);
      at = end + 2;
    }
  }

  #readSize(line: string): void {
    const digits = /^([\da-f]{1,8})[ \t]*(?:;|$)/i.exec(line)?.[1];
    if (digits === undefined) throw new SyntaxError("A chunk of its answer has no size");
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? "trailers" : "chunk";
  }

  #readHead([first, ...lines]: string[]): void {
    const match = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/.exec(first!);
    if (match === null) throw new SyntaxError("It does not answer in HTTP/1.1");
    const status = Number(match[2]);
    const headers = readFields(lines);
    // 100 and 103 come before the answer.
    if (status < 200 && status !== 101) return;
    const connection = headers["connection"]?.toLowerCase() ?? "";
    this.isReusable = match[1] === "1" ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
    this.#chooseBody(status, headers);
    this.#events.onHead({ status, headers });
  }

  #chooseBody(status: number, headers: Readonly<Record<string, string>>): void {
    const coding = headers["transfer-encoding"];
    const length = headers["content-length"];
    if (status === 101) throw new SyntaxError("It changes the protocol, which nobody asked for");
    if (status === 204 || status === 304) this.#state = "over";
    else if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked")
        throw new SyntaxError("Its answer has an unknown transfer coding");
      // Two lengths: others on the way may have believed the other one.
      if (length !== undefined) this.isReusable = false;
      this.#state = "size";
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw new SyntaxError("The length of its answer is no number");
      this.#left = Number(length);
      this.#state = this.#left === 0 ? "over" : "length";
    } else {
      this.isReusable = false;
      this.#state = "close";
    }
  }
}

/** Value of a character that is a hexadecimal digit; -1 for others. */
function hexValue(code: number | undefined): number {
  if (code === undefined) return -1;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const isLineEnd = (input: Buffer, at: number): boolean => input[at] === 0x0d && input[at + 1] === 0x0a;

function readFields(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!fieldName.test(name) || /[\r\n\0]/.test(value))
      throw new SyntaxError("A header of its answer is malformed");
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}
