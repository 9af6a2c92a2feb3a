import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Json } from "../document.ts";
import { inputError, messageOf, type ReaderInput, type Reading } from "./record.ts";

/** The rows of a Parquet file, row group by row group. A broken row group is one error; the next one is read. */
export async function* readParquet(input: ReaderInput): AsyncGenerator<Reading> {
  const file = await asyncBufferFromFile(input.path);
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(file);
  } catch (error) {
    yield inputError(input, "", `Not a readable Parquet file: ${messageOf(error)}`);
    return;
  }
  const names = parquetSchema(metadata).children.map((child) => child.element.name);
  const columns = input.columns?.filter((name) => names.includes(name));
  if (columns?.length === 0) {
    yield inputError(input, "", `No column ${input.columns!.join(", ")}; the file has ${names.join(", ")}`);
    return;
  }
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    try {
      const options = columns === undefined ? {} : { columns };
      const rows = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd, ...options });
      for (const [index, row] of rows.entries()) {
        yield {
          record: {
            source: input.source,
            file: input.file,
            position: `${rowStart + index}`,
            kind: "row",
            body: new Uint8Array(0),
            row: toJson(row) as Readonly<Record<string, Json>>,
          },
        };
      }
    } catch (error) {
      yield inputError(input, `rows ${rowStart} to ${rowEnd - 1}`, `Broken row group: ${messageOf(error)}`);
    }
    rowStart = rowEnd;
  }
}

/** Parquet's values as JSON: integers of 64 bits, dates and bytes become numbers and texts. */
function toJson(value: unknown): Json {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]));
  }
  return typeof value === "string" || typeof value === "boolean" ? value : null;
}
