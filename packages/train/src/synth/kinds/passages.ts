import { createHash } from "node:crypto";
import type { Document, Json } from "../../data/document.ts";
import { DroppedError, type ItemContext } from "../kind.ts";

/** Characters of a passage that questions are asked about. */
const maxPassage = 4000;
const minPassage = 120;

/** A passage with where it is from. */
export interface Passage {
  text: string;
  origin: Readonly<Record<string, Json>>;
}

/** The passage for an item: documents take turns, and within one a passage is drawn. */
export function choosePassage({ documents, index, random }: ItemContext): Passage {
  const document = documents[index % documents.length]!;
  const text = cut(document, random);
  if (text.length < minPassage)
    throw new DroppedError("form", "document too short", {
      detail: `${document.id}: ${text.length} characters`,
      text,
    });
  return { text, origin: originOf(document) };
}

/** Id and digest of a document, for the metadata of what was made from it. */
export function originOf({ id, text, url }: Document): Passage["origin"] {
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { document: id, documentSha256: sha256, ...(url === undefined ? {} : { documentUrl: url }) };
}

function cut({ text }: Document, random: () => number): string {
  if (text.length <= maxPassage) return text.trim();
  const from = Math.floor(random() * (text.length - maxPassage));
  // From the beginning of a paragraph or line to the end of one, where there are any.
  const start = text.indexOf("\n", from);
  const begin = start < 0 || start > from + maxPassage / 2 ? from : start + 1;
  const piece = text.slice(begin, begin + maxPassage);
  const end = piece.lastIndexOf("\n");
  return (end > maxPassage / 2 ? piece.slice(0, end) : piece).trim();
}

/** A text with spaces, quotation marks and case made equal. */
export function plainText(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[“”„«»]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

/** Whether a text stands in a passage word for word. */
export function isSpan(part: string, passage: string): boolean {
  const wanted = plainText(part).replace(/^["'.…\s]+|["'.…\s]+$/g, "");
  return wanted !== "" && plainText(passage).includes(wanted);
}

/** Share of the longer words of an answer that a passage has; numbers must all be there. */
export function supportOf(answer: string, passage: string): number {
  if (isSpan(answer, passage)) return 1;
  const words = (text: string): string[] => plainText(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const known = new Set(words(passage));
  const own = words(answer);
  if (own.some((word) => /\p{N}/u.test(word) && !known.has(word))) return 0;
  const long = own.filter((word) => word.length > 3);
  return long.length === 0 ? 0 : long.filter((word) => known.has(word)).length / long.length;
}
