import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** A line of the log. Each names the hash of the line before, so that none can be changed, taken out or moved unseen. */
export interface AuditEntry {
  number: number;
  at: string;
  event: string;
  details: Readonly<Record<string, string | number | boolean>>;
  previous: string;
  hash: string;
}

const start = "0".repeat(64);

/** SHA-256 in hexadecimal. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A log that only grows, a line of JSON an entry; a damaged one is not written to. */
export class AuditLog {
  readonly #path: string;
  readonly #now: () => Date;
  #last: AuditEntry | null;

  constructor(path: string, now: () => Date = () => new Date()) {
    this.#path = path;
    this.#now = now;
    this.#last = readAuditLog(path).at(-1) ?? null;
  }

  /** Hash of the last line: whoever notes it elsewhere also sees when lines at the end are missing. */
  get head(): string {
    return this.#last?.hash ?? start;
  }

  append(event: string, details: AuditEntry["details"]): void {
    const number = (this.#last?.number ?? 0) + 1;
    const entry = { number, at: this.#now().toISOString(), event, details, previous: this.head };
    this.#last = { ...entry, hash: sha256(JSON.stringify(entry)) };
    appendFileSync(this.#path, `${JSON.stringify(this.#last)}\n`, { mode: 0o600, flush: true });
  }
}

/** All entries, checked; a log that was tampered with is an error. A head that was noted elsewhere must be the last. */
export function readAuditLog(path: string, head?: string): AuditEntry[] {
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [""];
  if (lines.pop() !== "") throw new SyntaxError(`${path} ends in the middle of a line`);
  let previous = start;
  const entries = lines.map((line, at) => {
    const { hash, ...entry } = parseLine(path, line, at + 1);
    const isNext = entry.number === at + 1 && entry.previous === previous;
    if (!isNext || hash !== sha256(JSON.stringify(entry)))
      throw new SyntaxError(`${path} was tampered with: line ${at + 1} does not follow on the one before`);
    previous = hash;
    return { ...entry, hash };
  });
  if (head !== undefined && head !== previous)
    throw new SyntaxError(`${path} was tampered with: it ends at ${previous}, not at ${head}`);
  return entries;
}

function parseLine(path: string, line: string, number: number): AuditEntry {
  try {
    return JSON.parse(line) as AuditEntry;
  } catch (error) {
    throw new SyntaxError(`${path} was tampered with: line ${number} is no entry`, { cause: error });
  }
}
