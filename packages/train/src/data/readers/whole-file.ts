import { inputError, type ReaderInput, type Reading } from "./record.ts";

/** Whether a file with this name is a page or plain text; null where it is neither. */
export function kindOfName(name: string): "html" | "text" | null {
  const bare = name.replace(/\.(gz|zst|zstd)$/i, "");
  if (/\.(html?|xhtml)$/i.test(bare)) return "html";
  return /\.(txt|text|md|markdown|rst|adoc|tex|log|py|go|rs|c|h|cc|cpp|java|js|ts|sh|sql)$/i.test(bare)
    ? "text"
    : null;
}

/** A file that is one document. */
export async function* readWholeFile(
  bytes: AsyncIterable<Uint8Array>,
  input: ReaderInput,
  kind: "html" | "text",
): AsyncGenerator<Reading> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of bytes) {
    sizeBytes += piece.length;
    if (sizeBytes > input.limits.documentBytes) {
      yield inputError(
        input,
        "",
        `File too large for one document: more than limits.documentBytes, which is ${input.limits.documentBytes}`,
      );
      return;
    }
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  yield { record: { source: input.source, file: input.file, position: "", kind, body } };
}
