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
  return { text: new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes), encoding };
}
