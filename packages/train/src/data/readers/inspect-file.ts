import { statSync } from "node:fs";
import { basename } from "node:path";
import type { Document } from "../document.ts";
import { expandRecord } from "./expand.ts";
import { formatOfName, readFile } from "./read-file.ts";
import type { InputError, InputFormat } from "./record.ts";

/** What is in a file. */
export interface FileSummary {
  format: InputFormat;
  /** Of the file, and of its texts as UTF-8. */
  sizeBytes: number;
  textBytes: number;
  documents: number;
  empty: number;
  errors: { total: number; first: InputError[] };
  /** How many documents have a metadata field. */
  fields: Record<string, number>;
  samples: Document[];
  sha256: string | null;
}

/** Reads a whole file as curation would and counts what is in it. */
export async function inspectFile(
  path: string,
  options: {
    format?: InputFormat;
    textField?: string;
    samples?: number;
    limit?: number;
    signal?: AbortSignal;
  } = {},
): Promise<FileSummary> {
  const format = options.format ?? formatOfName(path);
  if (format === null) throw new SyntaxError(`The name of ${path} does not tell its format; give one`);
  const summary: FileSummary = {
    format,
    sizeBytes: statSync(path).size,
    textBytes: 0,
    documents: 0,
    empty: 0,
    errors: { total: 0, first: [] },
    fields: {},
    samples: [],
    sha256: null,
  };
  const name = basename(path);
  const bound = 256 * 2 ** 20;
  const limits = { lineBytes: bound, documentBytes: bound };
  const schema = { name: "file", text: options.textField ?? "text", url: "url", meta: null };
  const reader = readFile({ source: 0, sourceName: "file", file: name, path, limits }, format);
  for (;;) {
    options.signal?.throwIfAborted();
    const step = await reader.next();
    if (step.done === true) {
      summary.sha256 = step.value?.sizeBytes === summary.sizeBytes ? step.value.sha256 : null;
      return summary;
    }
    const found =
      step.value.record === undefined ? step.value.error : expandRecord(step.value.record, schema);
    if (!("id" in found)) {
      summary.errors.total++;
      if (summary.errors.first.length < 20) summary.errors.first.push(found);
      continue;
    }
    summary.documents++;
    if (found.text.trim() === "") summary.empty++;
    summary.textBytes += Buffer.byteLength(found.text);
    for (const key of Object.keys(found.meta)) summary.fields[key] = (summary.fields[key] ?? 0) + 1;
    if (summary.samples.length < (options.samples ?? 3)) summary.samples.push(found);
    if (summary.documents === options.limit) {
      await reader.return(null);
      return summary;
    }
  }
}
