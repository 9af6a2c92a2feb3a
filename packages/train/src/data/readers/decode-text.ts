import { isUtf8 } from "node:buffer";

/** A text and the encoding it was read in. */
export interface Decoded {
  text: string;
  encoding: string;
}

/**
 * Reads bytes as text: by byte order mark, then as UTF-8 where that is valid, then as declared, then as windows-1252.
 * Valid UTF-8 with bytes above 127 goes before a declaration, because text in a legacy encoding is hardly ever valid.
 */
export function decodeText(bytes: Uint8Array, declared?: string): Decoded {
  const mark = markOf(bytes);
  if (mark !== null) return decodeAs(bytes.subarray(mark.sizeBytes), mark.encoding);
  const label = declared === undefined ? null : encodingOf(declared);
  // These use ASCII bytes for other characters, so that their texts are valid UTF-8 as well.
  if (label !== null && /^(utf-16|iso-2022)/.test(label)) return decodeAs(bytes, label);
  if (isUtf8(bytes))
    return { text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(), encoding: "utf-8" };
  if (label !== null && label !== "utf-8") return decodeAs(bytes, label);
  return decodeAs(bytes, "windows-1252");
}

/** The byte order mark at the start, or null. */
export function markOf(bytes: Uint8Array): { encoding: string; sizeBytes: number } | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { encoding: "utf-8", sizeBytes: 3 };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: "utf-16le", sizeBytes: 2 };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: "utf-16be", sizeBytes: 2 };
  return null;
}

/** The charset that the first bytes of a page declare, or undefined. */
export function declaredCharset(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString("latin1");
  return (
    /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(head)?.[1] ??
    /^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.:-]+)/i.exec(head)?.[1]
  );
}

function encodingOf(label: string): string | null {
  try {
    return new TextDecoder(label.trim()).encoding;
  } catch {
    return null; // An unknown label: the bytes decide.
  }
}

function decodeAs(bytes: Uint8Array, encoding: string): Decoded {
  const text = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  if (encoding !== "windows-1252") return { text, encoding };
  // Some versions of Node read it as Latin-1, which has control characters here.
  return { text: text.replace(/[\u0080-\u009f]/g, (c) => windows1252[c.charCodeAt(0) - 0x80]!), encoding };
}

/** Characters 80 to 9F of windows-1252 (encoding.spec.whatwg.org); five stand for themselves. */
const windows1252 =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f" +
  "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";
