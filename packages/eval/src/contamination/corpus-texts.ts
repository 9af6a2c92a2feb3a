import { createReadStream } from "node:fs";
import { basename, dirname } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { formatOf } from "../data/find-files.ts";
import { readRecords } from "../data/read-records.ts";
import type { Row } from "../task.ts";
import { longGram } from "./contamination.ts";

/** Characters of a text file that are looked at together. */
const blockLength = 1 << 20;

/**
 * The texts of a file of a corpus: the field `text` of a record, or all its texts where there is none. JSONL and text,
 * also with `.gz`, are streamed; Parquet, CSV, JSON and `.zst` are read whole. Throws SyntaxError that names the line.
 */
export async function* corpusTexts(path: string): AsyncGenerator<string> {
  const format = formatOf(path);
  if (format !== null && format !== "txt" && (format !== "jsonl" || path.endsWith(".zst"))) {
    for (const row of await readRecords(dirname(path), basename(path))) yield textOfRecord(row);
    return;
  }
  const stored = createReadStream(path);
  const bytes = path.endsWith(".gz") ? stored.pipe(createGunzip()) : stored;
  stored.on("error", (error) => bytes.destroy(error));
  const lines = createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY });
  if (format === "jsonl") {
    let number = 0;
    for await (const line of lines) {
      number++;
      if (line.trim() !== "") yield textOfRecord(parse(line, `${path}, line ${number}`));
    }
    return;
  }
  let block: string[] = [];
  let length = 0;
  for await (const line of lines) {
    block.push(line);
    length += line.length;
    if (length < blockLength) continue;
    const text = block.join("\n");
    yield text;
    // Runs that begin in one block and end in the next are seen in the next.
    block = [
      text
        .split(/\s+/)
        .slice(-2 * longGram)
        .join(" "),
    ];
    length = 0;
  }
  if (block.length > 0) yield block.join("\n");
}

function parse(line: string, where: string): Row {
  try {
    return JSON.parse(line) as Row;
  } catch (cause) {
    throw new SyntaxError(`${where}: not valid JSON`, { cause });
  }
}

function textOfRecord(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  const text: unknown = Reflect.get(value, "text");
  if (typeof text === "string") return text;
  const { _file: _, ...fields } = value as Row;
  return Object.values(fields).map(textOfRecord).join("\n");
}
