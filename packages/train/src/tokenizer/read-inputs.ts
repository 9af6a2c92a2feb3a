import { statSync } from "node:fs";
import { resolve } from "node:path";
import { expandRecord } from "../data/readers/expand.ts";
import { listFiles } from "../data/readers/list-files.ts";
import { formatOfName, readFile } from "../data/readers/read-file.ts";

/** Text to learn from. */
export interface TokenizerInput {
  /** A file, a folder or a pattern. */
  path: string;
  /** Field of JSON lines and column of tables that holds the text; default `text`. */
  textField?: string;
  /** Take only documents whose field has this value. */
  where?: { field: string; value: string };
  /** How often each occurrence counts; default 1. */
  weight?: number;
  /** Bytes of text to take from it at most. */
  maxBytes?: number;
  /** Bytes to take from the beginning of each document at most, so that a few long ones do not fill `maxBytes`. */
  maxDocumentBytes?: number;
}

const lineLimit = 256 * 2 ** 20;

/** The files of an input with their sizes. Throws where there are none, or where a name does not tell the format. */
export function listInputFiles(input: TokenizerInput): { path: string; sizeBytes: number }[] {
  const paths = listFiles(input.path, process.cwd());
  const known = paths.filter((path) => formatOfName(path) !== null);
  // Of a folder the files of text are taken; a file that is named must be one.
  if (known.length === 0)
    throw new RangeError(
      `${input.path} has no file of a format that can be read: name .jsonl, .txt, .html, .parquet, .warc or .tar files, packed or not`,
    );
  return known.map((path) => ({ path, sizeBytes: statSync(path).size }));
}

/** The texts of a file. Throws at the first record that cannot be read. */
export async function* readTexts(
  path: string,
  { textField = "text", where }: Pick<TokenizerInput, "textField" | "where"> = {},
): AsyncGenerator<string> {
  const format = formatOfName(path)!;
  const limits = { lineBytes: lineLimit, documentBytes: lineLimit };
  const schema = {
    name: "input",
    text: textField,
    url: "url",
    meta: where === undefined ? [] : [where.field],
  };
  for await (const { record, error } of readFile(
    {
      source: 0,
      sourceName: "input",
      file: path,
      path: resolve(path),
      limits,
      columns: where === undefined ? [textField] : [textField, where.field],
    },
    format,
  )) {
    const found = record === undefined ? error : expandRecord(record, schema);
    if (!("id" in found)) {
      const position = found.position === "" ? "" : `, ${found.position}`;
      throw new SyntaxError(`${path}${position}: ${found.message}`);
    }
    if (where === undefined || `${found.meta[where.field]}` === where.value) yield found.text;
  }
}

/** The beginning of a text of at most so many bytes, cut before a word where it can be. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  const head = bytes.subarray(0, end).toString();
  const space = head.lastIndexOf(" ");
  return space > head.length / 2 ? head.slice(0, space) : head;
}
