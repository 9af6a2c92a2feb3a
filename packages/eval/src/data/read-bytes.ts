import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** The bytes of a file, decompressed where its name ends in `.gz` or `.zst`. */
export async function readBytes(path: string): Promise<Uint8Array> {
  const stored = readFileSync(path);
  const form = /\.(gz|zst)$/i.exec(path)?.[1]?.toLowerCase();
  try {
    if (form === "gz") return gunzipSync(stored);
    if (form === "zst") return (await import("fzstd")).decompress(stored);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`${path} cannot be decompressed: ${why}; get it again`, { cause });
  }
  return stored;
}

/** Text of bytes in UTF-8, or in UTF-16 with a byte order mark. Throws SyntaxError naming the line that is neither. */
export function decodeText(bytes: Uint8Array, path: string): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) return new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError(`${path}, line ${firstBadLine(bytes)}: not UTF-8; convert the file to UTF-8`, {
      cause,
    });
  }
}

function firstBadLine(bytes: Uint8Array): number {
  for (let line = 1, start = 0; ; line++) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline;
    const text = new TextDecoder().decode(bytes.subarray(start, end));
    if (newline === -1 || text.includes("\ufffd")) return line;
    start = end + 1;
  }
}
