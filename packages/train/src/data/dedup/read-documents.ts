import { resolve } from "node:path";
import type { Document } from "../document.ts";
import { expandRecord, type RecordSchema } from "../readers/expand.ts";
import { listFiles, nameFor } from "../readers/list-files.ts";
import { formatOfName, readFile } from "../readers/read-file.ts";

/** Every document in the files of some patterns; the first one that cannot be read throws. */
export async function* readDocuments(
  owner: string,
  patterns: readonly string[],
  folder: string,
  fields: { text: string; url: string },
): AsyncGenerator<Document> {
  const limits = { lineBytes: 2 ** 25, documentBytes: 2 ** 25 };
  const schema: RecordSchema = { name: owner, ...fields, meta: null };
  for (const path of patterns.flatMap((pattern) => listFiles(pattern, folder))) {
    const format = formatOfName(path);
    if (format === null) throw new SyntaxError(`${owner}: the format of ${path} is not known by its name`);
    const input = { source: 0, sourceName: owner, file: nameFor(path, folder), path: resolve(path), limits };
    for await (const reading of readFile(input, format)) {
      const document = reading.record === undefined ? reading.error : expandRecord(reading.record, schema);
      if ("id" in document) yield document;
      else throw new SyntaxError(`${owner}: ${document.file} ${document.position}: ${document.message}`);
    }
  }
}
