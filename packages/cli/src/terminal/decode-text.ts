import { UsageError } from "../errors.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 bytes as text, a byte order mark included; `source` is what the error calls them. */
export function decodeText(bytes: Uint8Array, source: string): string {
  try {
    return strict.decode(bytes);
  } catch (cause) {
    const hint = "Convert it first: iconv -f LATIN1 -t UTF-8, with the encoding it has";
    throw new UsageError(`${source} holds bytes that are no UTF-8 text`, hint, { cause });
  }
}
