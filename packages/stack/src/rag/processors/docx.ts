import { sectionsOf } from "./headings.ts";
import { type Processed, type ProcessLimits, type Section, UnsupportedFileError } from "./processed.ts";
import { ZipReader } from "./read-zip.ts";

const mediaType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10_ffff ? String.fromCodePoint(code) : "\ufffd";
  });

/**
 * The paragraphs of a Word file, its headings and tables (cells parted by tabs). The XML is read tag by tag, without a tree, so
 * that no depth of nesting matters; entities of a document type are never expanded, and such a file is refused.
 */
export function readDocx(bytes: Uint8Array, filename: string, limits: ProcessLimits): Processed {
  const zip = new ZipReader(bytes, filename, limits);
  if (!zip.has("word/document.xml")) {
    throw new UnsupportedFileError(`${filename} is an archive but no Word file; only .docx can be read`);
  }
  const xml = zip.read("word/document.xml").toString("utf8");
  if (xml.includes("<!DOCTYPE"))
    throw new UnsupportedFileError(`${filename} holds a document type; Word writes none`);
  let text = "";
  const marks: Omit<Section, "end">[] = [];
  let level = 0;
  let start = 0;
  let isText = false;
  let cellDepth = 0;
  for (const [, tag, plain] of xml.matchAll(/<([^<>]*)>|([^<]+)/g)) {
    if (plain !== undefined) {
      if (isText) text += unescapeXml(plain);
      continue;
    }
    const name = /^\/?[\w:]+/.exec(tag!)?.[0] ?? "";
    if (name === "w:t") isText = !tag!.endsWith("/");
    else if (name === "/w:t") isText = false;
    else if (name === "w:tab") text += "\t";
    else if (name === "w:br") text += "\n";
    else if (name === "w:tc") cellDepth++;
    else if (name === "/w:tc") {
      cellDepth--;
      text = `${text.trimEnd()}\t`;
    } else if (name === "/w:tr") text = `${text.trimEnd()}\n`;
    else if (name === "/w:tbl") text += "\n";
    else if (name === "w:pStyle") {
      const value = /w:val="([^"]{0,100})"/.exec(tag!)?.[1] ?? "";
      level =
        value === "Title"
          ? 1
          : Number(/^(?:heading|berschrift|Titre|Ttulo)\s?([1-6])$/i.exec(value)?.[1] ?? 0);
    } else if (name === "/w:p") {
      const title = text.slice(start).trim();
      if (level > 0 && title !== "") marks.push({ kind: "heading", title, level, start });
      text += cellDepth > 0 ? " " : "\n\n";
      level = 0;
      start = text.length;
    }
  }
  return { mediaType, title: marks[0]?.title ?? "", text, sections: sectionsOf(marks, text.length) };
}
