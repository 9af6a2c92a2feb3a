import { fileWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { Document } from "../document.ts";
import { syncFile, withDiskError } from "./atomic-file.ts";
import type { ShardWriter } from "./shard-writer.ts";
import { zstdCompressor } from "./zstd.ts";

const groupCharacters = 16 << 20;
const columns = ["id", "text", "source", "url", "meta"] as const;

const schema: SchemaElement[] = [
  { name: "root", num_children: columns.length },
  ...columns.map(
    (name): SchemaElement => ({
      name,
      type: "BYTE_ARRAY",
      converted_type: "UTF8",
      repetition_type: name === "url" ? "OPTIONAL" : "REQUIRED",
    }),
  ),
];

/** Writes Parquet with ZSTD pages; metadata is a column of JSON. */
export async function parquetShardWriter(path: string): Promise<ShardWriter> {
  const compressors = { ZSTD: await zstdCompressor() };
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema,
    codec: "ZSTD",
    compressors,
    statistics: false,
    createdBy: "llamero",
  });
  let rows: Document[] = [];
  let held = 0;
  const flush = (): void => {
    if (rows.length === 0) return;
    const column = (name: (typeof columns)[number]): (string | null)[] =>
      rows.map((row) => (name === "meta" ? JSON.stringify(row.meta) : (row[name] ?? null)));
    const columnData = columns.map((name) => ({ name, data: column(name) }));
    withDiskError(path, () => void writer.write({ columnData, rowGroupSize: rows.length }));
    rows = [];
    held = 0;
  };
  return {
    append(document) {
      rows.push(document);
      held += document.text.length + 200;
      if (held >= groupCharacters) flush();
    },
    async finish() {
      flush();
      withDiskError(path, () => void writer.finish());
      syncFile(path);
    },
    abandon: () => undefined,
  };
}
