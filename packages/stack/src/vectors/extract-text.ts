/** A file is of a kind whose text cannot be read. */
export class UnsupportedFileError extends Error {
  override name = "UnsupportedFileError";
}

/** First bytes of kinds that are no text, though some of them pass for it. */
const magics: readonly (readonly [string, string])[] = [
  ["%PDF-", "PDF"],
  ["PK\u0003\u0004", "ZIP or Office"],
  ["{\\rtf", "RTF"],
  ["\u00d0\u00cf\u0011\u00e0", "old Office"],
  ["\u001f\u008b", "gzip"],
];

const readable = "text, Markdown, JSON and HTML in UTF-8 can be read";

/** The text of a file: HTML without its tags, everything else as it is. */
export async function extractText(bytes: Uint8Array, filename: string): Promise<string> {
  const head = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  const magic = magics.find(([start]) => head.startsWith(start));
  if (magic !== undefined) throw new UnsupportedFileError(`${filename} is a ${magic[1]} file; ${readable}`);
  const text = decode(bytes, filename);
  const isHtml = /\.x?html?$/i.test(filename) || /^\s*(<!doctype html|<html[\s>])/i.test(text);
  if (!isHtml) return text;
  const { extractHtml } = await import("@llamero/train/data");
  const { title, text: body } = extractHtml(text);
  return title === "" ? body : `${title}\n\n${body}`;
}

function decode(bytes: Uint8Array, filename: string): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Said below.
  }
  throw new UnsupportedFileError(`${filename} is no text; ${readable}`);
}
