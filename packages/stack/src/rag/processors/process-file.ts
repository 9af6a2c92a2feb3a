import { codeSections, markdownSections } from "./headings.ts";
import {
  checkLimit,
  defaultLimits,
  type Processed,
  type ProcessLimits,
  type Section,
  UnsupportedFileError,
} from "./processed.ts";

/** Reads one kind of file. */
interface Processor {
  name: string;
  /** First bytes, in Latin-1. */
  magic: string | null;
  extensions: readonly string[];
  read(bytes: Uint8Array, filename: string, limits: ProcessLimits): Promise<Processed>;
}

const markdownNames = ["md", "markdown", "mdx"];
const codeNames =
  "ts tsx js jsx mjs cjs py rs go java kt c h cc cpp hpp cs rb php swift scala sh sql lua r jl zig".split(
    " ",
  );

/** A processor of text whose spans are those of the file. */
const textual = (
  name: string,
  mediaType: string,
  extensions: readonly string[],
  sections: (text: string) => Section[],
): Processor => ({
  name,
  magic: null,
  extensions,
  async read(bytes, filename) {
    const text = decode(bytes, filename);
    const found = sections(text);
    return {
      mediaType,
      title: found.find(({ kind }) => kind === "heading")?.title ?? "",
      text,
      sections: found,
    };
  },
});

/** Processors by what a file begins with, or by its name; the last takes what no other knows. */
export const processors: readonly Processor[] = [
  {
    name: "pdf",
    magic: "%PDF-",
    extensions: ["pdf"],
    read: async (...args) => (await import("./pdf.ts")).readPdf(...args),
  },
  {
    name: "docx",
    magic: "PK\u0003\u0004",
    extensions: ["docx"],
    read: async (...args) => (await import("./docx.ts")).readDocx(...args),
  },
  { name: "html", magic: null, extensions: ["html", "htm", "xhtml", "xhtm"], read: readHtml },
  textual("markdown", "text/markdown", markdownNames, markdownSections),
  textual("code", "text/x-source", codeNames, codeSections),
  textual("text", "text/plain", [], () => []),
];

/** First bytes of kinds that nothing here reads. */
const foreign: readonly (readonly [string, string])[] = [
  ["{\\rtf", "RTF"],
  ["\u00d0\u00cf\u0011\u00e0", "old Office"],
  ["\u001f\u008b", "gzip"],
];

const readable = "text, Markdown, code and HTML in UTF-8, PDF and docx can be read";

/** The text of a file with its structure; the processor is chosen by the first bytes, else the name. */
export async function processFile(
  bytes: Uint8Array,
  filename: string,
  limits: Partial<ProcessLimits> = {},
): Promise<Processed> {
  const all = { ...defaultLimits, ...limits };
  checkLimit(filename, "bytes", bytes.length, all.maxBytes);
  const head = Buffer.from(bytes.subarray(0, 512)).toString("latin1");
  const kind = foreign.find(([start]) => head.startsWith(start))?.[1];
  if (kind !== undefined) throw new UnsupportedFileError(`${filename} is a file of ${kind}; ${readable}`);
  const extension = /\.([a-z0-9]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? "";
  const isPage = /^(?:\u00ef\u00bb\u00bf)?\s*(?:<!doctype html|<html[\s>])/i.test(head);
  const processor =
    processors.find(({ magic }) => magic !== null && head.startsWith(magic)) ??
    (isPage
      ? processors.find(({ name }) => name === "html")
      : processors.find(({ extensions, magic }) => magic === null && extensions.includes(extension))) ??
    processors.at(-1)!;
  const processed = await processor.read(bytes, filename, all);
  checkLimit(filename, "characters of text", processed.text.length, all.maxCharacters);
  return processed;
}

async function readHtml(bytes: Uint8Array, filename: string): Promise<Processed> {
  const html = decode(bytes, filename);
  const { extractHtml } = await import("@llamero/train/data");
  const { title, text: body } = extractHtml(html);
  const text = title === "" ? body : `${title}\n\n${body}`;
  return { mediaType: "text/html", title, text, sections: markdownSections(text) };
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
