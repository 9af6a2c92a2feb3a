/** What may be taken from one file; beyond it the file is refused. */
export interface ProcessLimits {
  /** Of the file. */
  maxBytes: number;
  /** Of what an archive or a stream inflates to. */
  maxInflatedBytes: number;
  maxPages: number;
  /** Characters of text. */
  maxCharacters: number;
  /** For a PDF, whose thread is ended then. */
  maxMs: number;
}

/** Limits for files of strangers. */
export const defaultLimits: ProcessLimits = {
  maxBytes: 512 * 2 ** 20,
  maxInflatedBytes: 256 * 2 ** 20,
  maxPages: 5000,
  maxCharacters: 100_000_000,
  maxMs: 60_000,
};

/** A part of a text that its file names: `text.slice(start, end)`. */
export interface Section {
  kind: "heading" | "page" | "symbol";
  /** The heading, the number of the page, the name of the symbol. */
  title: string;
  /** Depth of a heading, from 1; else 1. */
  level: number;
  start: number;
  end: number;
}

/** The text of a file. */
export interface Processed {
  mediaType: string;
  title: string;
  /** Spans point into this: the file itself for text, Markdown and code; what was read from it for HTML, PDF and docx. */
  text: string;
  sections: readonly Section[];
}

/** A file is of a kind whose text cannot be read, or goes beyond a limit. */
export class UnsupportedFileError extends Error {
  override name = "UnsupportedFileError";
}

/** Fails where a file is larger than allowed. */
export function checkLimit(filename: string, what: string, found: number, limit: number): void {
  if (found <= limit) return;
  throw new UnsupportedFileError(`${filename} has ${found} ${what}; the limit is ${limit}`);
}
