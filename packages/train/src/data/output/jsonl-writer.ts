import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import type { Document } from "../document.ts";
import { withDiskError } from "./atomic-file.ts";
import type { ShardWriter } from "./shard-writer.ts";
import { zstdCompressor } from "./zstd.ts";

/** Characters per compressed frame; frames one after another are one valid file. */
const frameCharacters = 4 << 20;

/** A document as one line: its fields in a fixed order. */
export function toLine({ id, text, source, url, meta }: Document): string {
  return `${JSON.stringify({ id, text, source, ...(url === undefined ? {} : { url }), meta })}\n`;
}

/** Writes JSON lines, compressed where asked. */
export async function jsonlWriter(path: string, isCompressed: boolean): Promise<ShardWriter> {
  const compress = isCompressed ? await zstdCompressor() : null;
  const file = openSync(path, "w");
  let lines: string[] = [];
  let held = 0;
  const flush = (): void => {
    if (held === 0) return;
    const bytes = Buffer.from(lines.join(""));
    const block = compress === null ? bytes : compress(bytes);
    withDiskError(path, () => {
      for (let from = 0; from < block.length; ) from += writeSync(file, block, from);
    });
    lines = [];
    held = 0;
  };
  return {
    append(document) {
      const line = toLine(document);
      lines.push(line);
      held += line.length;
      if (held >= frameCharacters) flush();
    },
    async finish() {
      flush();
      withDiskError(path, () => fsyncSync(file));
      closeSync(file);
    },
    abandon: () => closeSync(file),
  };
}
