import { createHash } from "node:crypto";
import { readJsonLines } from "./jsonl.ts";
import { openBytes, storedBytes } from "./open-bytes.ts";
import { readParquet } from "./parquet.ts";
import { type InputFormat, inputError, messageOf, type ReaderInput, type Reading } from "./record.ts";
import { readTar } from "./tar.ts";
import { readWarc } from "./warc.ts";
import { kindOfName, readWholeFile } from "./whole-file.ts";

/** What a file held, as it lies on the disk. */
export interface FileDigest {
  sha256: string;
  sizeBytes: number;
}

/** The format that a file's name tells, or null. */
export function formatOfName(path: string): InputFormat | null {
  const bare = path.replace(/\.(gz|zst|zstd)$/i, "");
  if (/\.(jsonl|ndjson)$/i.test(bare)) return "jsonl";
  if (/\.parquet$/i.test(path)) return "parquet";
  if (/\.warc$/i.test(bare)) return "warc";
  if (/\.tar$/i.test(bare) || /\.(tgz|tzst)$/i.test(path)) return "tar";
  return kindOfName(path);
}

/** Everything in one file, in order. Returns its digest; what makes it unreadable is yielded as an error. */
export async function* readFile(
  input: ReaderInput,
  format: InputFormat,
): AsyncGenerator<Reading, FileDigest | null> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const onStored = (chunk: Uint8Array): void => {
    hash.update(chunk);
    sizeBytes += chunk.length;
  };
  try {
    if (format === "parquet") {
      for await (const _ of storedBytes(input.path, onStored));
      yield* readParquet(input);
    } else {
      yield* readers[format](openBytes(input.path, onStored), input);
    }
  } catch (error) {
    yield inputError(input, "", `Cannot be read to its end: ${messageOf(error)}`);
    return null;
  }
  return { sha256: hash.digest("hex"), sizeBytes };
}

const readers: Readonly<
  Record<
    Exclude<InputFormat, "parquet">,
    (bytes: AsyncIterable<Uint8Array>, input: ReaderInput) => AsyncGenerator<Reading>
  >
> = {
  jsonl: readJsonLines,
  warc: readWarc,
  tar: readTar,
  html: (bytes, input) => readWholeFile(bytes, input, "html"),
  text: (bytes, input) => readWholeFile(bytes, input, "text"),
};
