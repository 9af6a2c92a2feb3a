import type { Json } from "../document.ts";

/** How the documents of a file lie in it. */
export type InputFormat = "jsonl" | "parquet" | "warc" | "html" | "text" | "tar";

/** Something in an input that could not be read; it stands in the report, and the run goes on unless it is strict. */
export interface InputError {
  source: string;
  file: string;
  /** `line 12`, `offset 4096`, `row 7`, or empty for the file. */
  position: string;
  message: string;
}

/** One document as it lies in a file, not yet decoded: decoding and extraction run in the workers. */
export interface RawRecord {
  /** Index of the source in the configuration. */
  source: number;
  /** As in the identifiers of documents: relative to the folder of the configuration. */
  file: string;
  /** Line, row or offset; empty where the file is one document. */
  position: string;
  kind: "json" | "html" | "text" | "row";
  body: Uint8Array;
  url?: string;
  /** As declared outside the body. */
  charset?: string;
  /** Columns of a Parquet row; `body` is empty then. */
  row?: Readonly<Record<string, Json>>;
  meta?: Readonly<Record<string, Json>>;
}

/** What a reader yields. */
export type Reading = { record: RawRecord; error?: never } | { record?: never; error: InputError };

/** Bounds of one line and of one document, in bytes. */
export interface InputLimits {
  lineBytes: number;
  documentBytes: number;
}

/** What a reader needs to know about the file it reads. */
export interface ReaderInput {
  source: number;
  sourceName: string;
  file: string;
  path: string;
  limits: InputLimits;
  /** Columns of interest; undefined for all. */
  columns?: readonly string[];
}

/** An error of a file as a reading. */
export function inputError(input: ReaderInput, position: string, message: string): Reading {
  return { error: { source: input.sourceName, file: input.file, position, message } };
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
