import type { Document } from "../data/document.ts";
import { expandRecord } from "../data/readers/expand.ts";
import { listFiles, nameFor } from "../data/readers/list-files.ts";
import { formatOfName, readFile } from "../data/readers/read-file.ts";
import type { InputError } from "../data/readers/record.ts";
import type { SynthTask } from "./recipe.ts";

/** A file that a task was built on, as it lay on the disk. */
export interface SourceFile {
  task: string;
  file: string;
  license: string;
  sizeBytes: number;
  sha256: string | null;
}

/** What a task builds on. */
export interface SourceTexts {
  documents: readonly Document[];
  files: readonly SourceFile[];
  errors: readonly InputError[];
}

/** Texts held for one task at most; the rest of the files is read for its digest only. */
const maxDocuments = 50_000;
const limits = { lineBytes: 32 * 2 ** 20, documentBytes: 4 * 2 ** 20 };

/** Reads the source of a task. Throws where it holds no text. */
export async function readSource(task: SynthTask, folder: string): Promise<SourceTexts> {
  const { source, name } = task;
  if (source === null) return { documents: [], files: [], errors: [] };
  const documents: Document[] = [];
  const files: SourceFile[] = [];
  const errors: InputError[] = [];
  const schema = { name, text: source.field, url: "url", meta: [] };
  for (const path of [...new Set(source.files.flatMap((pattern) => listFiles(pattern, folder)))]) {
    const file = nameFor(path, folder);
    const format = formatOfName(path) ?? "text";
    const reader = readFile({ source: 0, sourceName: name, file, path, limits }, format);
    for (;;) {
      const { done, value } = await reader.next();
      if (done === true) {
        const digest = value ?? { sizeBytes: 0, sha256: null };
        files.push({ task: name, file, license: source.license, ...digest });
        break;
      }
      const found = value.record === undefined ? value.error : expandRecord(value.record, schema);
      if (!("id" in found)) errors.push(found);
      else if (found.text.trim() !== "" && documents.length < maxDocuments) documents.push(found);
    }
  }
  if (documents.length > 0) return { documents, files, errors };
  const why = errors[0] === undefined ? "every text is empty" : `${errors[0].position}: ${errors[0].message}`;
  throw new RangeError(
    `Task ${name}: ${source.files.join(", ")} holds no text in the field ${source.field}: ${why}`,
  );
}
