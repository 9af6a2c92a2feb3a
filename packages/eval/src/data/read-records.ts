import { join } from "node:path";
import type { Row, Source } from "../task.ts";
import { type DelimitedRecord, parseCsv, parseTsv } from "./delimited.ts";
import { type FileFormat, formatOf } from "./find-files.ts";
import { decodeText, readBytes } from "./read-bytes.ts";
import { readParquet } from "./read-parquet.ts";

type Layout = Pick<Source, "columns" | "records">;

/** Reads a file of any known format. Throws SyntaxError that names the file and the line. */
export async function readRecords(folder: string, file: string, layout: Layout = {}): Promise<Row[]> {
  const path = join(folder, file);
  const format = formatOf(file);
  if (format === null) {
    throw new RangeError(
      `${path} has no known ending; it must be .jsonl, .json, .csv, .tsv, .txt or .parquet`,
    );
  }
  const bytes = await readBytes(path);
  const rows =
    format === "parquet"
      ? await readParquet(bytes, path)
      : readers[format](decodeText(bytes, path), path, layout);
  return rows.map((row) => ({ ...row, _file: file }));
}

const readers: {
  [F in Exclude<FileFormat, "parquet">]: (text: string, path: string, layout: Layout) => Row[];
} = {
  jsonl: parseLines,
  json: parseDocument,
  csv: (text, path, layout) => named(parseCsv(text, path), path, layout),
  tsv: (text, path, layout) => named(parseTsv(text), path, layout),
  txt: (text) =>
    text
      .split(/\r?\n/)
      .filter((line) => line !== "")
      .map((line) => ({ text: line })),
};

function parseLines(text: string, path: string): Row[] {
  const rows: Row[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SyntaxError(`${path}, line ${at + 1}: not valid JSON: ${why}`, { cause });
    }
    rows.push(asRow(value, `${path}, line ${at + 1}`));
  }
  return rows;
}

/** An array of records, an object that holds them, or JSON lines under another name, as some publishers have them. */
function parseDocument(text: string, path: string, { records }: Layout): Row[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const [first = "", second = ""] = text.trimStart().split("\n", 2);
    if (isJson(first) && second.trim() !== "") return parseLines(text, path);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`${path}: not valid JSON: ${why}`, { cause });
  }
  if (records !== undefined) return nested(asRow(value, path), records, path);
  if (Array.isArray(value)) return value.map((each, at) => asRow(each, `${path}, record ${at + 1}`));
  return [asRow(value, path)];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function nested(outer: Row, names: readonly string[], path: string): Row[] {
  const [name, ...rest] = names;
  if (name === undefined) return [outer];
  const inner = outer[name];
  if (!Array.isArray(inner)) throw new SyntaxError(`${path}: the field ${name} must be an array of records`);
  const { [name]: _, ...around } = outer;
  return inner.flatMap((each) => nested({ ...around, ...asRow(each, `${path}, in ${name}`) }, rest, path));
}

function asRow(value: unknown, where: string): Row {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Row;
  const kind = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
  throw new SyntaxError(`${where}: a record must be a JSON object, not ${kind}`);
}

function named(records: readonly DelimitedRecord[], path: string, { columns }: Layout): Row[] {
  const [first, ...rest] = records;
  const isHeader = columns === undefined;
  const names = columns ?? first?.fields ?? [];
  return (isHeader ? rest : records).map(({ line, fields }) => {
    if (fields.length !== names.length) {
      throw new SyntaxError(
        `${path}, line ${line}: ${fields.length} fields, but there are ${names.length} columns (${names.join(", ")})`,
      );
    }
    return Object.fromEntries(names.map((name, at) => [name, fields[at]!]));
  });
}
